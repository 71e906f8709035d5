"""Your data: what is held and why, who looked, what was agreed, the proof of each entry, and the copy (4.1, 7.2)."""

import io
import json
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.accounts import actions as accounts
from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.money import Money
from ringfence.privacy.copying.models import DataCopy
from ringfence.privacy.ledger import checkpoints
from ringfence.privacy.ledger.standalone import ringfence_verify
from ringfence.privacy.requests.models import SubjectRequest
from tests.accounts.builders import customer, run_jobs, sign_in, staff_member
from tests.installation import founded
from tests.privacy.copying import fill

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture(autouse=True)
def swept(settings: Settings) -> None:
    """An installation as it is after its start."""
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)
    founded(NOW)


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept": "text/html"})


@pytest.mark.promise("4.1")
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("You", "registration", "Change your details")),
        ("nb", ("Endre opplysningene dine", "Beholdes til")),
    ],
)
def test_the_page_says_what_from_where_and_until_when(
    client: Client, language: str, said: tuple[str, ...]
) -> None:
    person = customer(client, name="Customer One", country="NO")
    fill(person=person, calls=60, by=SYSTEM, at=NOW)
    page = client.get(f"/{language}/account/data/").content.decode()
    for word in (
        "Customer One",
        "(60)",
        "/account/calls/delete/",
        "/account/data/kinds/telephony.calls/",
        *said,
    ):
        assert word in page, word
    records = client.get(f"/{language}/account/data/kinds/telephony.calls/?page=3").content.decode()
    assert records.count("<tbody>") == 10
    assert records.count("<time") >= 30, "when each is gone stands beside it"
    assert client.get(f"/{language}/account/data/kinds/telephony.calls/?page=4").status_code == 302
    assert client.get(f"/{language}/account/data/kinds/nothing/").status_code == 404


@pytest.mark.promise("2.1")
def test_who_looked_and_why_stands_on_the_page(client: Client) -> None:
    person = customer(client)
    assert "None of our staff" in client.get("/en/account/data/").content.decode()
    staff = Actor.staff(staff_member(), frozenset({Role.SUPPORT})).for_purpose("customer-called")
    accounts.look_at_customer(person=person, what="profile", by=staff, at=NOW)
    page = client.get("/en/account/data/").content.decode()
    assert "None of our staff" not in page
    assert "your details" in page


@pytest.mark.promise("2.6")
def test_the_proof_of_an_entry_is_a_click_away(client: Client) -> None:
    person = customer(client)
    client.post("/en/account/data/copy/")
    page = client.get("/en/account/history/").content.decode()
    address = re.findall(r'href="/en/account/history/([0-9]+/)"', page)[0]
    assert "not been signed yet" in client.get(f"/en/account/history/{address}").content.decode()
    checkpoints.publish(by=SYSTEM, at=NOW + timedelta(seconds=1))
    assert "Save the proof" in client.get(f"/en/account/history/{address}").content.decode()
    proof = json.loads(client.get(f"/en/account/history/{address}?download").content)
    key = ringfence_verify.read_key(client.get("/ledger/key").content.decode())
    assert ringfence_verify.check_line(proof, key).size > proof["position"]
    proof["line"]["action"] = "nothing.happened"
    with pytest.raises(ringfence_verify.Wrong):
        ringfence_verify.check_line(proof, key)
    other = Client()
    assert sign_in(other, customer(email="two@example.com"))
    assert other.get(f"/en/account/history/{address}").status_code == 404
    assert person


@pytest.mark.promise("7.2")
def test_a_copy_from_the_asking_to_the_file(client: Client) -> None:
    person = customer(client, email="seen@example.com", name="Customer One")
    assert "Make my copy" in client.get("/en/account/data/copy/").content.decode()
    client.post("/en/account/data/copy/")
    waiting = client.get("/en/account/data/copy/")
    assert waiting["Refresh"]
    assert "is being made" in waiting.content.decode()
    run_jobs("privacy.make_copy")
    request = SubjectRequest.objects.get(subject=person)
    assert (request.kind, request.state) == ("copy", "closed")
    ready = client.get("/en/account/data/copy/")
    assert "Refresh" not in ready
    assert "Your copy is ready" in client.get("/en/account/data/").content.decode()
    address = ready.content.decode().split("/file/")[0].rsplit('"', 1)[1] + "/file/"
    answer = client.get(address)
    content = b"".join(answer)
    assert int(answer["Content-Length"]) == len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert b"seen@example.com" in everything
    assert b"md5$" not in everything
    other = Client()
    assert sign_in(other, customer(email="two@example.com"))
    assert other.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    with clock.standing_at(NOW + timedelta(hours=1)):
        assert "/prove" in client.get(address)["Location"]
    assert client.post(address.replace("/file/", "/remove/")).status_code == 302
    assert not DataCopy.objects.exists()
    assert client.get(address).status_code == 404


@pytest.mark.promise("7.3")
def test_a_further_copy_with_a_fee_is_made_after_it_was_accepted(client: Client, settings: Settings) -> None:
    settings.COPY_FEES = {"US": Money.of("5", "USD")}
    customer(client, country="US")
    for _turn in range(2):
        client.post("/en/account/data/copy/")
        run_jobs("privacy.make_copy")
    (first,) = DataCopy.objects.all()
    assert "A further copy costs $5" in client.get("/en/account/data/copy/").content.decode()
    waits = client.post("/en/account/data/copy/")["Location"]
    assert "/account/requests/req_" in waits
    assert DataCopy.objects.get() == first
    client.post(f"{waits}fee/")
    assert DataCopy.objects.exclude(pk=first.pk).exists()


@pytest.mark.promise("7.2")
def test_what_a_copy_looks_like_is_published(client: Client) -> None:
    found = client.get("/schemas/copy/2/telephony.calls.json").json()
    forms = found["properties"]["records"]["items"]["oneOf"]
    named = {one["properties"]["kind"]["const"]: set(one["properties"]) for one in forms}
    assert named["telephony.CallRecord"] >= {"caller", "called", "started_at"}
    assert client.get("/schemas/copy/2/manifest.json").status_code == 200
    assert client.get("/schemas/copy/2/nothing.json").status_code == 404
