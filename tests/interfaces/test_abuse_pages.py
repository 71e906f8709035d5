"""Abuse is reported by anybody, decided at the desk by more than one, and appealed in the account (5.3 and 5.4)."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image

from ringfence.interfaces.uploads import LARGEST_OF_STRANGERS
from ringfence.kernel.actor import Role
from ringfence.privacy import queries as privacy
from ringfence.support.abuse_models import AbuseCase, AbusePicture, AbuseReport
from ringfence.telephony import queries as telephony
from tests import world
from tests.accounts import builders
from tests.support.cases import REPORTER, Affair

pytestmark = [pytest.mark.django_db(databases=["default", "keys"])]
NOW = builders.now()
REASON = "You called people in a bank’s name."


def address(name: str, *args: object) -> str:
    """Return the address of a page in English."""
    with translation.override("en"):
        return reverse(name, args=args)


def desk(email: str, role: Role = Role.SUPPORT) -> Client:
    """Return the browser of a member of staff."""
    client = Client()
    builders.staff_member(client, role, email=email)
    return client


def page(client: Client, name: str, *args: object) -> str:
    """Return a page, or what a button led to."""
    answer = client.get(address(name, *args))
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def press(client: Client, name: str, *args: object, **said: object) -> str:
    """Press a button; return the page it leads to."""
    answer = client.post(address(name, *args), said, follow=True)
    return str(answer.content.decode())


def picture() -> SimpleUploadedFile:
    """A picture that tells where it was taken, unless it is drawn anew."""
    out = BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    Image.linear_gradient("L").resize((640, 480)).convert("RGB").save(out, "JPEG", exif=exif)
    return SimpleUploadedFile("home.jpg", out.getvalue(), "image/jpeg")


def said(number: str, **more: object) -> dict[str, object]:
    """What a report says."""
    return {"number": number, "kind": "fraud", "said": "They asked for my PIN.", **more}


@pytest.fixture
def owner() -> Client:
    """The browser of a customer."""
    client = Client()
    builders.customer(client, email="caller@example.com")
    return client


@pytest.fixture
def number(owner: Client) -> telephony.Offer:
    """The number of that customer."""
    from ringfence.accounts.queries import find_by_address

    holder = find_by_address("caller@example.com")
    assert holder is not None
    return world.number_of(holder, NOW)


def taken_up(number: telephony.Offer, client: Client) -> str:
    """Report the number, and have the case taken up; return its public id."""
    Client().post(address("storefront:abuse"), said(number.e164, email="reporter@example.net"))
    case = AbuseCase.objects.get(state="reported").public_id
    press(client, "console:abuse_case", case)
    press(client, "console:abuse_take_up", case)
    return case


@pytest.mark.promise("5.3")
def test_the_form_says_the_same_whosever_number_it_is(number: telephony.Offer) -> None:
    answers = [Client().post(address("storefront:abuse"), said(one)) for one in (number.e164, "+1 555 0100")]
    assert {(one.status_code, one["Location"]) for one in answers} == {
        (302, address("storefront:abuse_sent"))
    }
    assert [case.number for case in AbuseCase.objects.order_by("reported_at")] == [number.id, None]


@pytest.mark.promise("5.3")
def test_the_form_asks_for_what_is_missing_and_stops_programs(number: telephony.Offer) -> None:
    client = Client()
    empty = client.post(address("storefront:abuse"), {"number": "me", "email": "nonsense"})
    assert empty.status_code == 422
    for text in ("Write the whole number", "Choose one of these", "Write in a few words what happened"):
        assert text in empty.content.decode()
    wrong = client.post(address("storefront:abuse"), said(number.e164, email="nonsense"))
    assert "This is not an e-mail address" in wrong.content.decode()
    caught = client.post(address("storefront:abuse"), said(number.e164, web_page="https://example.com"))
    assert "Send it once more" in caught.content.decode()
    assert "https://example.com" not in caught.content.decode(), "sending it once more works"
    assert not AbuseReport.objects.exists()
    statuses = [client.post(address("storefront:abuse"), said(number.e164)).status_code for _try in range(11)]
    assert set(statuses[:8]) == {302}
    assert statuses[-1] == 429


@pytest.mark.promise("5.4")
def test_staff_see_that_a_letter_did_not_arrive() -> None:
    affair = Affair().reported(address=REPORTER).taken_up().decided()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE support_abusecase SET told_at = NULL")
        cursor.execute("UPDATE support_abusereport SET told_at = NULL, unreached_at = now()")
    staff, case = desk("first@example.com"), affair.row.public_id
    press(staff, "console:abuse_case", case)
    shown = page(staff, "console:abuse_case", case)
    assert "The letter with this decision did not arrive" in shown
    assert "the letter about the outcome did not arrive" in shown


@pytest.mark.promise("5.3")
def test_pictures_come_along_drawn_anew_and_not_too_many(number: telephony.Offer) -> None:
    staff = desk("first@example.com")
    client = Client()
    client.post(address("storefront:abuse"), said(number.e164, pictures=[picture(), picture()]))
    assert AbusePicture.objects.count() == 2
    case = AbuseCase.objects.get().public_id
    found = AbusePicture.objects.first()
    assert found is not None
    closed = staff.get(address("console:abuse_picture", case, found.pk))
    assert closed["Location"] == address("console:abuse_case", case), "a purpose is asked for first"
    press(staff, "console:abuse_case", case)
    opened = staff.get(address("console:abuse_picture", case, found.pk))
    assert opened["Content-Disposition"].startswith("attachment")
    assert opened.content.startswith(b"\xff\xd8")
    assert b"taken at home" not in opened.content
    wrong = client.post(address("storefront:abuse"), said("", pictures=[picture()])).content.decode()
    assert "Choose the pictures again" in wrong
    many = client.post(
        address("storefront:abuse"), said(number.e164, pictures=[picture() for _one in range(4)])
    )
    assert "Send at most 3 pictures" in many.content.decode()
    assert "Choose the pictures again" not in many.content.decode()
    text = SimpleUploadedFile("x.jpg", b"#!/bin/sh", "image/jpeg")
    assert (
        "not a picture"
        in client.post(address("storefront:abuse"), said(number.e164, pictures=[text])).content.decode()
    )
    huge = SimpleUploadedFile("x.jpg", b"x" * LARGEST_OF_STRANGERS, "image/jpeg")
    assert client.post(address("storefront:abuse"), said(number.e164, pictures=[huge])).status_code == 413


@pytest.mark.promise("5.4")
def test_a_number_is_suspended_and_its_customer_appeals_to_somebody_else(
    owner: Client, number: telephony.Offer
) -> None:
    first, second = desk("first@example.com"), desk("second@example.com", Role.OPERATIONS)
    case = taken_up(number, first)
    shown = page(first, "console:abuse_case", case)
    assert "They asked for my PIN." in shown
    assert "reporter@example.net" in shown
    assert "Decide the case" in shown
    refused = press(first, "console:abuse_decide", case, decision="suspension", clause="5.4", reason=" ")
    assert AbuseCase.objects.get().state == "looking", refused
    press(
        first, "console:abuse_decide", case, decision="suspension", clause="5.4", reason=REASON, looked="yes"
    )
    mine = page(owner, "account:abuse_case", case)
    assert REASON in mine
    assert "PIN" not in mine
    assert "reporter@example.net" not in mine
    assert "Why, and how to appeal" in page(owner, "account:home")
    assert "we have decided about it" in page(owner, "account:number", number.public_id)
    press(second, "console:number_change", number.public_id, "resume", purpose="fault")
    assert telephony.offer(number.id).state == "suspended", "only the case lets it ring again"
    press(owner, "account:abuse_case", case, text="That was not me.")
    assert "That was not me." in page(first, "console:abuse_case", case)
    said_no = press(first, "console:abuse_answer", case, outcome="overturned", answer="Right.", looked="yes")
    assert "Somebody else has to answer" in said_no
    press(second, "console:abuse_answer", case, outcome="overturned", answer="You are right.", looked="yes")
    assert telephony.offer(number.id).state == "in_service"
    assert "You are right." in page(owner, "account:abuse_case", case)
    assert "The decision was taken back" in page(owner, "account:abuse")
    assert "The number was suspended" in page(owner, "account:abuse")


@pytest.mark.promise("5.4")
def test_two_close_an_account_and_nothing_is_bought_meanwhile(owner: Client, number: telephony.Offer) -> None:
    first, second = desk("first@example.com"), desk("second@example.com")
    case = taken_up(number, first)
    press(first, "console:abuse_close", case, clause="5.4", reason=REASON, looked="yes")
    for name, args in (("account:abuse_case", (case,)), ("account:abuse", ()), ("account:home", ())):
        shown = page(owner, name, *args)
        assert "One of us proposes to close the account" in shown
        assert "The account is closed" not in shown
        assert "how to appeal" not in shown
    assert "Somebody else has to confirm it" in press(first, "console:abuse_confirm", case)
    assert "Confirmed" in press(second, "console:abuse_confirm", case)
    assert "The account is going to be closed" in page(owner, "account:home")
    assert "Why, and how to appeal" in page(owner, "account:home")
    free = world.free_number()
    answer = owner.post(address("storefront:choose", free.public_id))
    assert answer["Location"] == address("account:abuse")
    assert AbuseCase.objects.get().appeal_until - builders.now() > timedelta(days=13)


def test_the_desk_shows_what_waits_and_lists_narrow_it(number: telephony.Offer) -> None:
    staff = desk("first@example.com")
    Client().post(address("storefront:abuse"), said(number.e164))
    assert "Not looked at yet" in page(staff, "console:desk")
    shown = page(staff, "console:abuse")
    assert number.e164[-4:] in shown.replace(" ", "")
    narrowed = staff.get(address("console:abuse"), {"show": "new", "kind": "threats"}).content.decode()
    assert "Nothing fits" in narrowed
    ends = staff.get(address("console:abuse"), {"show": "new", "number": number.e164[-4:]}).content.decode()
    assert "Nothing fits" not in ends
    assert "Reports of abuse" not in page(desk("third@example.com", Role.PRIVACY), "console:desk")


@pytest.mark.promise("2.1")
def test_a_case_is_opened_for_a_purpose_that_the_customer_reads(
    owner: Client, number: telephony.Offer
) -> None:
    staff = desk("first@example.com")
    Client().post(address("storefront:abuse"), said(number.e164))
    case = AbuseCase.objects.get()
    assert "PIN" not in page(staff, "console:abuse_case", case.public_id)
    assert "PIN" in press(staff, "console:abuse_case", case.public_id)
    assert privacy.looks_at(case.subject).filter(action="abuse.look_at").count() == 1
    assert "To look into a report of abuse" in page(owner, "account:history")
