"""Card and account numbers are taken out of everything that comes in, by whatever way, and the sender is told (2.4)."""

import ast
import json
import zlib
from email.message import EmailMessage

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ringfence.accounts.actions import enter_from_outside
from ringfence.accounts.models import OutsideIdentity
from ringfence.accounts.ports import OutsideIdentityStated
from ringfence.accounts.queries import profile_of
from ringfence.interfaces.payment_firewall import LEFT_AS_THEY_ARE, PaymentFirewall
from ringfence.interfaces.uploads import LARGEST_ELSEWHERE
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.payment_data import MARKS, MARKS_IN, PaymentData, holds_payment_data
from ringfence.privacy.payment_watch.models import RemovedPaymentData
from ringfence.support import queries as letters
from ringfence.support.actions import receive_letter
from ringfence.support.cleaning import without_payment_data
from ringfence.telephony.actions import calls
from ringfence.telephony.actions.imports import send_file
from ringfence.telephony.models import CallRecord
from ringfence.telephony.ports import SpooledLine
from ringfence.telephony.stock_models import ImportPart
from tests.accounts.builders import TESTS, customer, now, sign_in, staff_member
from tests.house import source
from tests.privacy.payment_numbers import completed
from tests.shop.conftest import found_anywhere
from tests.telephony.spools import spooled
from tests.telephony.test_numbers import in_service
from tests.world import AT

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.4"),
]
CARD, ACCOUNT = "4242 4242 4242 4242", "NO93 8601 1117 947"
REMOVED = MARKS[PaymentData.CARD]
DETAILS = {"language": "en", "consumer": "yes", "country": "", "time_zone": ""}


def counts() -> dict[tuple[str, str], int]:
    """How much was removed, by channel and kind."""
    rows = RemovedPaymentData.objects.values_list("channel", "kind", "count")
    return {(channel, kind): count for channel, kind, count in rows}


def passed(request: HttpRequest) -> HttpRequest:
    """What a view sees of a request."""
    PaymentFirewall(lambda _request: HttpResponse())(request)
    firewall = PaymentFirewall(lambda _request: HttpResponse())
    firewall.process_view(request, lambda _request: HttpResponse(), (), {})
    return request


@pytest.mark.parametrize(
    ("language", "told"), [("en", "There was a card number"), ("nb", "Det sto et kortnummer")]
)
def test_what_is_typed_into_a_form_is_removed_and_told(client: Client, language: str, told: str) -> None:
    person = customer(client)
    answer = client.post(
        f"/{language}/account/details/",
        {**DETAILS, "name": "One", "address": f"Street 1\n{CARD}"},
        follow=True,
    )
    assert told in answer.content.decode()
    profile = profile_of(person)
    assert profile is not None
    assert profile.address == f"Street 1\n{MARKS_IN[language][PaymentData.CARD]}"
    assert counts() == {("form", "card number"): 1}
    assert not found_anywhere(CARD)


def test_an_account_number_is_told_of_too(client: Client) -> None:
    customer(client)
    answer = client.post("/en/account/details/", {**DETAILS, "name": "One", "company": ACCOUNT}, follow=True)
    assert "There was a bank account number" in answer.content.decode()
    assert counts() == {("form", "bank account number"): 1}


def test_an_address_and_its_query_are_cleaned(client: Client) -> None:
    page = client.get("/en/", {"digits": CARD}).content.decode()
    assert CARD not in page
    assert client.get(f"/en/numbers/{CARD}/").status_code == 404
    assert counts() == {("address", "card number"): 2}
    assert not found_anywhere(CARD)


def test_a_password_is_never_altered(client: Client) -> None:
    """It may be any text, and is never stored as it comes."""
    password = completed("400012345678901")
    customer(email="two@example.com", password=password)
    client.post("/en/login/", {"email": "two@example.com", "password": password})
    assert client.get("/en/account/").status_code == 200
    assert counts() == {}
    assert not found_anywhere(password)


def test_every_field_for_a_password_is_left_and_each_has_its_reason() -> None:
    """A new form for a secret joins the list, or this fails."""
    asked = set()
    for path in source.python("src"):
        for node in ast.walk(source.tree(path)):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
                made = ast.unparse(node.value)
                if "password_field(" in made or "PasswordInput" in made:
                    asked |= {ast.unparse(target) for target in node.targets}
    assert asked - {"widget"} <= LEFT_AS_THEY_ARE.keys()
    assert all(len(why) > 15 for why in LEFT_AS_THEY_ARE.values())


def test_the_name_of_a_file_is_cleaned() -> None:
    file = SimpleUploadedFile(f"{CARD}.png", b"content")
    request = passed(RequestFactory().post("/", {"file": file, "note": "fine"}))
    [sent] = request.FILES.values()
    assert "4242" not in str(sent.name)
    assert sent.read() == b"content"
    assert counts() == {("file", "card number"): 1}


def test_a_json_body_is_cleaned() -> None:
    body = {"note": [CARD], "number": 4242424242424242, "answer": "signed", "amount": 12}
    request = passed(RequestFactory().post("/", json.dumps(body), content_type="application/json"))
    assert json.loads(request.body) == {**body, "note": [REMOVED], "number": REMOVED}
    assert counts() == {("api", "card number"): 2}


def test_headers_that_are_kept_are_cleaned() -> None:
    request = passed(RequestFactory().get("/", headers={"user-agent": f"Browser {CARD}"}))
    assert request.META["HTTP_USER_AGENT"] == f"Browser {REMOVED}"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_what_holds_no_payment_data_is_the_very_same(text: str) -> None:
    if holds_payment_data(text):
        return
    request = RequestFactory().post("/", {"a": text, "b": [text, text]})
    before = request.POST
    assert passed(request).POST is before


def letter(*, attachment: tuple[bytes, str] | None = None, **headers: str) -> EmailMessage:
    """A letter with a card number in its text, in quoted-printable."""
    made = EmailMessage()
    for name, value in headers.items():
        made[name] = value
    made.set_content(f"Hei, kortet mitt er {CARD}. Blåbær!\n", cte="quoted-printable")
    made.add_alternative(
        f"<p>kortet er <b>{CARD.replace(' ', '&nbsp;')}</b></p>", subtype="html", cte="base64"
    )
    if attachment is not None:
        content, kind = attachment
        maintype, subtype = kind.split("/")
        made.add_attachment(content, maintype=maintype, subtype=subtype, filename=f"{CARD}.txt")
    return made


def test_a_letter_is_cleaned_in_every_part_before_it_is_stored() -> None:
    made = letter(Subject=f"My card {CARD}", From="a@example.org", attachment=(CARD.encode(), "text/plain"))
    receive_letter(
        content=bytes(made), sender="a@example.org", recipients=["support@example.no"], by=TESTS, at=now()
    )
    [kept] = letters.newest_letters(10)
    assert without_payment_data(kept.content) == (kept.content, {})
    assert "Blåbær" in kept.content.decode("utf-8", "replace") or b"Bl=C3=A5b" in kept.content
    assert f"Subject: My card {REMOVED}".encode() in kept.content
    assert counts() == {("mail", "card number"): 5}


@pytest.mark.parametrize(
    "content",
    [
        b"From: a@example.org\r\nSubject: Nothing\r\n\r\nCall +44 20 7946 0101\r\n",
        b"no letter at all",
        b"",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nbroken",
        b"Message-ID: <1764.4242@x>\r\nSubject: Bl=?utf-8?q?=C3=A5?=\r\n\r\nx",
    ],
)
def test_a_letter_without_payment_data_stays_as_it_came(content: bytes) -> None:
    assert without_payment_data(content) == (content, {})


@pytest.mark.parametrize(
    "content",
    [
        f"Content-Type: text/plain; charset=no-such\r\n\r\n{CARD}".encode(),
        f"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\n{CARD}".encode(),
        f"Content-Transfer-Encoding: base64\r\n\r\n!!{CARD}!!".encode(),
        f"{CARD}".encode(),
        f"Subject: =?utf-8?q?{CARD.replace(' ', '_')}?=\r\n\r\nx".encode(),
        bytes(letter(Subject="x", attachment=(b"%PDF\x00" + CARD.encode(), "application/pdf"))),
    ],
)
def test_a_letter_that_is_badly_made_is_cleaned_too(content: bytes) -> None:
    clean, removed = without_payment_data(content)
    assert removed[PaymentData.CARD] >= 1
    assert b"4242" not in clean
    assert without_payment_data(clean) == (clean, {})


def test_a_border_that_looks_like_a_card_goes_and_is_not_counted() -> None:
    made = EmailMessage()
    made.set_content("one")
    made.add_alternative("<p>two</p>", subtype="html")
    made.set_boundary(f"=={CARD.replace(' ', '')}==")
    clean, removed = without_payment_data(bytes(made))
    assert (removed, b"4242" in clean) == ({}, False)
    assert [part.get_content().strip() for part in _parsed(clean).iter_parts()] == ["one", "<p>two</p>"]


def test_a_picture_is_left_alone() -> None:
    picture = zlib.compress(b"not a picture, but bytes as of one" * 100)
    made = letter(Subject="x", attachment=(picture, "image/png"))
    clean, _removed = without_payment_data(bytes(made))
    parts = list(_parsed(clean).walk())
    assert parts[-1].get_payload(decode=True) == picture


def _parsed(content: bytes) -> EmailMessage:
    from email import message_from_bytes, policy

    return message_from_bytes(content, policy=policy.default)


def test_what_an_outside_provider_states_is_cleaned_and_its_owner_comes_in_again() -> None:
    stated = OutsideIdentityStated("https://id.example.com", CARD.replace(" ", ""), "one@example.com")
    with translation.override("en"):
        first = enter_from_outside(stated=stated, language="en", by=Actor.stranger(), at=now())
        assert enter_from_outside(stated=stated, language="en", by=Actor.stranger(), at=now()) == first
    assert not holds_payment_data(str(OutsideIdentity.objects.get().key.open()))
    assert counts()["openid", "card number"] >= 1


def test_a_caller_that_is_a_card_number_is_not_kept() -> None:
    offer, _customer = in_service()
    call = spooled(offer.e164, caller=f"+{CARD.replace(' ', '')}")
    calls.take_in(lines=[SpooledLine("f", 10, call)], by=TESTS, at=AT)
    assert CallRecord.objects.get().caller.open() == f"+{REMOVED}"
    assert counts() == {("call", "card number"): 1}


def test_a_file_of_numbers_is_cleaned_whatever_its_parts() -> None:
    file = f"first,last\n{ACCOUNT},+442079460000\nx,{CARD}".encode()
    parts = [file[start : start + 7] for start in range(0, len(file), 7)]
    send_file(parts=parts, by=TESTS, at=now())
    kept = b"".join(
        bytes(one) for one in ImportPart.objects.order_by("position").values_list("content", flat=True)
    )
    assert kept == f"first,last\n{MARKS[PaymentData.ACCOUNT]},+442079460000\nx,{REMOVED}".encode()
    assert counts() == {("import", "card number"): 1, ("import", "bank account number"): 1}


@pytest.mark.parametrize(("language", "words"), [("nb", "Det var for stort"), ("en", "That was too large")])
@pytest.mark.parametrize("who", ["stranger", "customer", "staff"])
def test_of_a_form_that_is_too_large_nothing_is_read(
    client: Client, language: str, words: str, who: str
) -> None:
    if who == "customer":
        sign_in(client, customer())
    elif who == "staff":
        staff_member(client, Role.SUPPORT)
    large = SimpleUploadedFile("large.txt", b"0" * (LARGEST_ELSEWHERE + 1))
    answer = client.post(f"/{language}/receipts/", {"receipt": large})
    assert (answer.status_code == 413) is (who != "staff")
    assert (words in answer.content.decode()) is (who != "staff")
    if who != "staff":
        assert not hasattr(answer.wsgi_request, "_files"), "nothing was read"
