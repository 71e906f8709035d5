"""The console's pages of the stock: found, changed, taken in from a file."""

import re
from html import unescape
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from pytest_django.fixtures import DjangoAssertNumQueries

from ringfence.kernel.actor import Role
from ringfence.privacy.queries import lines_of
from ringfence.telephony import importing, stock_search
from ringfence.telephony.actions import imports, numbers
from ringfence.telephony.models import Import, Number
from tests.accounts.builders import staff_member
from tests.world import AT, SYSTEM, free_number, take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def desk(settings: Settings) -> Client:
    """A member of staff of operations."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    client = Client(headers={"accept": "text/html"})
    staff_member(client, Role.OPERATIONS)
    return client


def words(client: Client, path: str) -> str:
    """Return the words of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def test_an_empty_stock_says_what_to_do(desk: Client) -> None:
    assert "There is no stock yet" in words(desk, "/en/staff/numbers/")
    assert "No file was sent in yet" in words(desk, "/en/staff/numbers/imports/")
    assert "Det er ingenting på lager ennå" in words(desk, "/nb/staff/numbers/")


def test_numbers_are_found_by_digits_and_state_page_by_page(desk: Client) -> None:
    take_in_stock("+4721000000,+4721000059,49.00,0,NOK,voice")
    retired = Number.objects.get(e164="+4721000030")
    numbers.retire_from_stock(number=retired.pk, by=SYSTEM, at=AT)
    seen, url = [], "?country=NO"
    while url:
        page = desk.get(f"/en/staff/numbers/{url}").content.decode()
        seen += re.findall(r'href="/en/staff/numbers/(num_[a-z0-9]+)/', page)
        following = re.search(r'rel="next"\s+href="([^"]+)"', page)
        url = unescape(following[1]) if following else ""
    assert len(seen) == len(set(seen)) == 60
    found = desk.get("/en/staff/numbers/?state=retired").content.decode()
    assert re.findall(r"numbers/(num_[a-z0-9]+)/", found) == [retired.public_id]
    assert "No number fits that search" in words(desk, "/en/staff/numbers/?digits=999999")
    assert 'aria-invalid="true"' in desk.get("/en/staff/numbers/?digits=%23&after=x").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_three_numbers_as_for_one(
    desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    take_in_stock(f"+4721000000,+472100000{count - 1},49.00,0,NOK,voice")
    with django_assert_num_queries(7):
        desk.get("/en/staff/numbers/")


def test_a_number_is_retired_and_returned_after_a_question(desk: Client) -> None:
    offer = free_number()
    page = words(desk, f"/en/staff/numbers/{offer.public_id}/")
    assert "London" in page
    assert "Never used" in page
    assert "Return to stock" not in page
    assert "Retire this number?" in words(desk, f"/en/staff/numbers/{offer.public_id}/retire/")
    desk.post(f"/en/staff/numbers/{offer.public_id}/retire/")
    assert "The number is retired." in words(desk, f"/en/staff/numbers/{offer.public_id}/")
    desk.post(f"/en/staff/numbers/{offer.public_id}/retire/")
    assert "cannot be done now" in words(desk, f"/en/staff/numbers/{offer.public_id}/")
    desk.post(f"/en/staff/numbers/{offer.public_id}/return/")
    assert Number.objects.get(pk=offer.id).state == "available"
    assert desk.get(f"/en/staff/numbers/{offer.public_id}/burn/").status_code == 404


def test_suspending_asks_for_a_purpose_and_tells_the_holder(desk: Client) -> None:
    offer, holder = free_number(), uuid4()
    numbers.put_into_service(number=offer.id, subject=holder, by=SYSTEM, at=AT)
    page = words(desk, f"/en/staff/numbers/{offer.public_id}/")
    assert str(holder) not in page
    assert "Retire" not in page
    page = desk.get(f"/en/staff/numbers/{offer.public_id}/").content.decode()
    assert ("In service since" in page, "Never used" in page) == (True, False)
    answer = desk.post(f"/en/staff/numbers/{offer.public_id}/suspend/", {"purpose": ""})
    assert answer.status_code == 200
    assert Number.objects.get(pk=offer.id).state == "in_service"
    desk.post(f"/en/staff/numbers/{offer.public_id}/suspend/", {"purpose": "abuse"})
    assert Number.objects.get(pk=offer.id).state == "suspended"
    (line,) = [line for line in lines_of(holder) if line.action == "number.suspend"]
    assert line.purpose == "abuse"
    found = stock_search.number(offer.public_id)
    assert found is not None
    assert not found.is_published


def test_a_file_is_sent_in_looked_through_confirmed_and_followed(desk: Client) -> None:
    content = b"first,last,type\n+4721000000,+4721000099,\n+4721000050,,\n+4790000000,,geographic\n"
    answer = desk.post("/en/staff/numbers/imports/", {"file": SimpleUploadedFile("numbers.csv", content)})
    upload = Import.objects.get()
    url = f"/en/staff/numbers/imports/{upload.public_id}/"
    assert answer.headers["Location"] == url
    looked = desk.get(url)
    assert looked.headers["Refresh"] == "2"
    assert b"<progress" in looked.content
    importing.go_on(upload.pk, by=SYSTEM, at=AT)
    page = words(desk, url)
    assert "Numbers found: 100, of which 0 are in stock already" in page
    assert "already listed on line 2" in page
    assert "Norway Landline number Oslo 100" in page
    assert not Number.objects.exists()
    desk.post(f"{url}confirm/")
    importing.go_on(upload.pk, by=SYSTEM, at=AT)
    done = desk.get(url)
    assert "Refresh" not in done.headers
    assert Number.objects.count() == 100
    assert "Taken in" in words(desk, url)
    desk.post(f"{url}cancel/")
    assert "moved on" in words(desk, url)
    assert "100" in words(desk, "/en/staff/numbers/imports/")


def test_a_file_that_is_too_large_or_empty_is_refused_with_a_reason(
    desk: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "LARGEST_FILE", 2 * 1024**2)
    large = SimpleUploadedFile("numbers.csv", b"x" * (2 * 1024**2 + 1))
    answer = desk.post("/en/staff/numbers/imports/", {"file": large})
    assert "The file is larger than 2 MB" in answer.content.decode()
    empty = desk.post("/nb/staff/numbers/imports/", {"file": SimpleUploadedFile("numbers.csv", b"")})
    assert "Filen er tom" in empty.content.decode()
    assert not Import.objects.exists()
