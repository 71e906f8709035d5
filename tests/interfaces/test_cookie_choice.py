"""Nothing but what is strictly necessary before a choice, none is easier than the other, and failing means no (3.2)."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from pytest_django import Settings

from ringfence.interfaces import clock, cookie_choice, security
from ringfence.interfaces.storefront import kept
from ringfence.kernel.actor import Role
from ringfence.privacy.consent import notices, queries
from ringfence.privacy.consent.models import ConsentRecord
from ringfence.privacy.consent.rules import VALID, Said
from tests.accounts.builders import PASSWORD, customer, staff_member

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.promise("3.2"),
    pytest.mark.promise("1.4"),
]
ORIGIN = "http://testserver"
QUESTION = "May Google count your visit?"
GOOGLE = "googletagmanager.com"
GPC = {"Sec-GPC": "1"}


@pytest.fixture(autouse=True)
def asks(settings: Settings) -> None:
    """A store that asks."""
    settings.ANALYTICS_ID = "G-TEST123456"


def answer(client: Client, word: str, *, origin: str = ORIGIN, **more: str) -> int:
    """Press a button of the question."""
    sent = {"answer": word, "from": "banner", "question": notices.digest()[:16], "next": "/en/help/", **more}
    return client.post("/en/cookies/answer/", sent, headers={"origin": origin}).status_code


def page(client: Client, path: str = "/en/help/", **headers: str) -> tuple[str, str]:
    """A page, and what its browser may load."""
    found = client.get(path, headers=headers)
    return found.content.decode(), found["Content-Security-Policy"]


def is_counted(client: Client, path: str = "/en/help/", **headers: str) -> bool:
    content, policy = page(client, path, **headers)
    assert (GOOGLE in content) is (GOOGLE in policy), (
        "a page opens to Google exactly when it loads from there"
    )
    return GOOGLE in content


def test_before_a_choice_a_page_asks_sets_no_cookie_and_opens_to_nobody(client: Client) -> None:
    content, policy = page(client)
    assert QUESTION in content
    assert not is_counted(client)
    assert "google" not in policy
    assert client.cookies == {}


def test_yes_and_no_are_the_same_button(client: Client) -> None:
    content, _policy = page(client)
    buttons = re.findall(
        r'<button class="([^"]*)"\s+type="submit"\s+name="answer"\s+value="(yes|no)"', content
    )
    assert [word for _look, word in buttons] == ["no", "yes"]
    assert len({look for look, _word in buttons}) == 1


def test_a_yes_counts_on_pages_anybody_may_read_and_nowhere_else(client: Client) -> None:
    assert answer(client, "yes") == 303
    cookie = client.cookies[cookie_choice.settings.CHOICE_COOKIE_NAME]
    assert (cookie["httponly"], cookie["samesite"], cookie["domain"]) == (True, "Lax", "")
    assert VALID.days * 86_400 - 60 < int(cookie["max-age"]) <= VALID.days * 86_400
    content, policy = page(client)
    assert is_counted(client)
    assert QUESTION not in content
    assert 'data-place="/en/help/"' in content
    for directive, sources in security.STATISTICS.items():
        assert all(source in policy.split(f"{directive} ")[1].split(";")[0] for source in sources)
    for path in (
        "login/",
        "register/",
        "cookies/",
        "receipts/",
        "numbers/num_nothing/",
        "contact/",
        "report-abuse/",
    ):
        assert not is_counted(client, f"/en/{path}"), path
    assert is_counted(client, "/en/")
    for path in ("/en/?digits=4471", "/en/help/?order=ord_1", "/en/policy/1/"):
        assert not is_counted(client, path), f"an address that says more than the page: {path}"
        assert QUESTION not in page(client, path)[0]


def test_what_one_visitor_said_is_on_nobody_elses_page(client: Client, settings: Settings) -> None:
    settings.CATALOGUE_SECONDS = 60
    try:
        assert answer(client, "yes") == 303
        assert is_counted(client, "/en/")
        other = Client()
        assert not is_counted(other, "/en/")
        assert QUESTION in page(other, "/en/")[0]
        assert is_counted(client, "/en/")
        assert QUESTION not in page(Client(), "/en/", **GPC)[0]
    finally:
        kept.forget()


def test_a_no_is_remembered_and_not_asked_again(client: Client) -> None:
    assert answer(client, "no") == 303
    assert QUESTION not in page(client)[0]
    assert not is_counted(client)
    assert ConsentRecord.objects.get().state == Said.REFUSED


def test_taking_it_back_is_one_button_at_the_foot_of_every_page(client: Client) -> None:
    answer(client, "yes")
    client.cookies["_ga"] = "GA1.1.1.1"
    client.cookies["_ga_TEST123456"] = "GS1"
    for path in ("/en/help/", "/en/login/"):
        assert "Stop counting my visits" in page(client, path)[0]
    assert answer(client, "no", **{"from": "foot", "question": ""}) == 303
    assert not is_counted(client)
    assert "Stop counting" not in page(client)[0]
    assert [client.cookies[name].value for name in ("_ga", "_ga_TEST123456")] == ["", ""], (
        "Google’s cookies go"
    )
    assert ConsentRecord.objects.get(replaced_at=None).state == Said.WITHDRAWN


@pytest.mark.parametrize("origin", ["https://other.example.com", "null", ""])
def test_a_choice_that_another_site_sends_is_refused(client: Client, origin: str) -> None:
    assert answer(client, "yes", origin=origin) == 403
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize("sent", [{"answer": "maybe"}, {"from": "4242 4242 4242 4242"}, {"answer": ""}])
def test_only_fixed_words_are_taken_in(client: Client, sent: dict[str, str]) -> None:
    assert answer(client, sent.pop("answer", "yes"), **sent) == 400
    assert not ConsentRecord.objects.exists()


def test_it_leads_back_to_pages_of_ours_only(client: Client) -> None:
    sent = {"answer": "no", "from": "page", "next": "https://other.example.com/"}
    found = client.post("/en/cookies/answer/", sent, headers={"origin": ORIGIN})
    assert found["Location"] == "/en/cookies/"


def test_the_signal_is_a_no_and_takes_a_yes_back_for_good(client: Client) -> None:
    content, _policy = page(client, **GPC)
    assert QUESTION not in content
    assert not ConsentRecord.objects.exists(), "a signal is no choice that must be kept"
    answer(client, "yes")
    assert not is_counted(client, **GPC)
    assert not is_counted(client), "it stays taken back"
    newest = ConsentRecord.objects.get(replaced_at=None)
    assert (newest.state, newest.signal) == (Said.WITHDRAWN, True)
    found = client.get("/en/cookies/", headers=GPC).content.decode()
    assert "Your browser says no" in found
    assert 'value="yes"' not in found
    assert client.get("/.well-known/gpc.json").json()["gpc"] is True


def test_the_signal_with_a_made_up_yes_writes_nothing(client: Client) -> None:
    client.cookies["choice"] = f"{'a' * 32}.yes.{notices.digest()[:16]}"
    assert not is_counted(client, **GPC)
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    "cookie", ["", "yes", f"{'a' * 32}.yes", f"{'a' * 32}.yes.{'0' * 16}", "x" * 4000, "\xe6.yes.0"]
)
def test_a_cookie_nobody_can_read_is_a_no(client: Client, cookie: str) -> None:
    client.cookies["choice"] = cookie
    assert not is_counted(client)


def test_a_yes_the_database_does_not_know_is_a_no(client: Client) -> None:
    client.cookies["choice"] = f"{'a' * 32}.yes.{notices.digest()[:16]}"
    assert not is_counted(client)


def test_a_database_that_does_not_answer_is_a_no(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(client, "yes")

    def fails(**_asked: object) -> bool:
        raise OperationalError

    monkeypatch.setattr(queries, "is_given", fails)
    assert not is_counted(client)


def test_an_answer_that_cannot_be_stored_is_a_no_and_says_so(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**_asked: object) -> None:
        raise OperationalError

    monkeypatch.setattr("ringfence.privacy.consent.actions.choose", fails)
    sent = {"answer": "yes", "from": "banner", "question": notices.digest()[:16]}
    found = client.post("/en/cookies/answer/", sent, headers={"origin": ORIGIN})
    assert found.status_code == 409
    assert "counts as a no" in found.content.decode()
    assert "choice" not in client.cookies


def test_a_clock_that_jumps_does_not_make_a_yes_last(client: Client) -> None:
    answer(client, "yes")
    with clock.standing_at(datetime.now(UTC) + VALID + timedelta(seconds=1)):
        assert not is_counted(client)


def test_who_is_signed_in_is_never_counted_and_finds_what_they_said(client: Client) -> None:
    answer(client, "yes")
    person = customer(email="one@example.com")
    client.post("/en/login/", {"email": "one@example.com", "password": PASSWORD})
    assert ConsentRecord.objects.get().subject == person, "it is theirs from the moment they sign in"
    for path in ("/en/help/", "/en/account/", "/en/"):
        assert not is_counted(client, path)
    content = client.get("/en/account/data/consents/").content.decode()
    assert "Take back every yes" in content
    found = client.get("/en/account/data/consents/receipt/")
    assert found["Content-Type"] == "application/ld+json"
    record = json.loads(found.content)["dpv:hasRecordOfActivity"][0]["dct:identifier"]
    assert client.get(f"/en/account/data/consents/{record}/receipt/").status_code == 200
    client.post("/en/account/data/consents/take-back/")
    assert "Withdrawn" in client.get("/en/account/data/consents/").content.decode()
    client.post("/en/logout/")
    assert not is_counted(client), "it is taken back in this browser too"


def test_staff_are_not_counted_and_own_no_choice(client: Client) -> None:
    answer(client, "yes")
    staff_member(client, Role.SUPPORT)
    assert not is_counted(client)
    assert ConsentRecord.objects.get().subject is None


def test_the_receipt_of_a_browser_needs_no_account(client: Client) -> None:
    assert client.get("/en/cookies/receipt/").status_code == 404
    answer(client, "yes")
    found = client.get("/en/cookies/receipt/")
    assert found.status_code == 200
    assert json.loads(found.content)["@type"] == "dpv:ConsentReceipt"


def test_where_nobody_is_counted_nobody_is_asked(client: Client, settings: Settings) -> None:
    answer(client, "yes")
    settings.ANALYTICS_ID = ""
    content, _policy = page(client)
    assert QUESTION not in content
    assert not is_counted(client)
    assert "there is nothing to accept" in client.get("/en/cookies/").content.decode()
    assert answer(client, "yes") == 409
