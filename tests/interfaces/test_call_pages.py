"""The call log: only its customer's, narrowed, as a file, deleted at once; staff see counts (clauses 2.1, 2.5, 2.9)."""

import csv
import io
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.interfaces.account import call_words
from ringfence.interfaces.account.call_table import harmless
from ringfence.interfaces.console import purpose
from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.queries import lines_of
from ringfence.telephony import call_log, queries
from ringfence.telephony.actions import calls
from ringfence.telephony.models import CallRecord
from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine
from tests.accounts import builders
from tests.accounts.builders import TESTS, now
from tests.telephony.test_call_intake import sold

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
ONE, TWO, SHOWN = "+442079460901", "+442079460902", "+44 20 7946 0901"
CALLS = "/en/account/calls/"


@pytest.fixture
def owner(client: Client) -> UUID:
    """A customer who is signed in and was called four times."""
    person = builders.customer(client, time_zone="Europe/Oslo")
    at = now() - timedelta(hours=1)
    _number, e164, _subject = sold(person, at - timedelta(days=2))
    ring(e164, at, caller=ONE)
    ring(e164, at + timedelta(minutes=1), caller=TWO, outcome=Outcome.NO_ANSWER, code=480)
    ring(e164, at + timedelta(minutes=2), caller="", outcome=Outcome.UNREACHABLE, code=404)
    ring(e164, at + timedelta(minutes=3), caller=ONE, outcome=Outcome.BUSY, code=486)
    return person


def ring(e164: str, at: datetime, **said: object) -> None:
    """Have a call of 25 seconds taken in."""
    values = {"call_id": f"at {at}", "called": e164, "started_at": at, "node": "edge-1", "answered_at": None}
    values |= {"outcome": Outcome.ANSWERED, "ended_at": at + timedelta(seconds=25), **said}
    if values["outcome"] is Outcome.ANSWERED:
        values["answered_at"] = at
    calls.take_in(lines=[SpooledLine("f", 1, SpooledCall(**values))], by=TESTS, at=now())  # type: ignore[arg-type]


def seen(client: Client, query: str = "") -> str:
    answer = client.get(f"{CALLS}{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def rows(page: str) -> int:
    return page.count('class="tag ')


def test_the_log_says_why_each_call_went_as_it_did(client: Client, owner: UUID) -> None:
    page = seen(client)
    assert rows(page) == 4
    assert page.count(SHOWN) == 2
    for words in (
        "Answered, 25 s",
        "Nobody answered within 25 seconds.",
        "does not know the address (SIP 404)",
    ):
        assert words in page
    assert "The line was busy" in page
    assert "Ingen svarte innen 25 sekunder." in client.get("/nb/account/calls/").content.decode()


def test_nobody_is_said_to_have_waited_for_what_never_rang(client: Client, owner: UUID) -> None:
    e164, at = queries.numbers_of(owner)[0].e164, now()
    for ahead, outcome in enumerate((Outcome.AWAY, Outcome.MISSED_BY_MAIL)):
        began = at - timedelta(minutes=5 - ahead)
        ring(e164, began, caller=ONE, outcome=outcome, code=480, ended_at=began)
    page = seen(client)
    assert "None of your phones was connected." in page
    assert "Nobody answered. You are told by e-mail" in page
    assert "within 0" not in page
    assert "No phone connected" in seen(client, "?outcome=failed")
    assert "Ingen av telefonene dine var tilkoblet" in client.get("/nb/account/calls/").content.decode()


def test_lengths_are_rounded_to_the_nearest_second(client: Client, owner: UUID) -> None:
    e164, at = queries.numbers_of(owner)[0].e164, now() - timedelta(minutes=5)
    ring(e164, at, caller=ONE, ended_at=at + timedelta(seconds=1.99))
    newest = queries.calls_of(owner)[0].public_id
    assert "Answered, 2 s" in seen(client)
    assert "2 s" in client.get(f"{CALLS}{newest}/").content.decode()
    line = b"".join(client.get(f"{CALLS}calls.csv")).decode().splitlines()[1]
    assert ",0,2," in line


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_words_a_group_and_a_reason(owner: UUID, outcome: Outcome) -> None:
    call = queries.calls_of(owner)[0]
    other = type(call)(**{name: getattr(call, name) for name in call.__slots__} | {"outcome": outcome})
    assert call_words.SHORT[outcome]
    assert sum(outcome in outcomes for outcomes in call_log.GROUPS.values()) == 1
    assert bool(call_words.why(other)) == (outcome is not Outcome.ANSWERED)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("?outcome=answered", 1),
        ("?outcome=missed", 2),
        ("?outcome=failed", 1),
        ("?caller=withheld", 1),
        ("?caller=withheld&outcome=missed", 0),
        ("?since=2020-01-01&until=2020-01-02", 0),
        ("?since=2020-01-01", 4),
        ("?number=num_nothing&outcome=nothing&since=x&until=32&caller=y&after=z", 4),
    ],
)
def test_the_log_is_narrowed(client: Client, owner: UUID, query: str, count: int) -> None:
    assert rows(seen(client, query)) == count


def test_calls_of_a_caller_are_found_and_no_address_names_the_caller(client: Client, owner: UUID) -> None:
    answer = client.post(f"{CALLS}caller/", {"caller": SHOWN})
    assert "7946" not in answer["Location"]
    assert "0901" not in answer["Location"]
    page = client.get(answer["Location"]).content.decode()
    assert (rows(page), page.count(SHOWN)) == (2, 2)
    for typed, words in (
        ("+44 20 7946 0999", "There is no call from this number"),
        ("0901", "Write the whole"),
    ):
        said = client.post(f"{CALLS}caller/", {"caller": typed})
        assert (said.status_code, words in said.content.decode()) == (422, True)
        assert f'value="{typed}"' in said.content.decode(), "what was typed is still there"


def test_days_the_wrong_way_round_are_explained_at_the_field(client: Client, owner: UUID) -> None:
    page = seen(client, "?since=2026-05-02&until=2026-05-01")
    assert 'aria-describedby="until-error"' in page
    assert "The last day is before the first." in page
    assert "until-error" not in seen(client, "?since=2026-05-01&until=2026-05-01")


def test_pages_follow_each_other_without_gap_or_double(
    client: Client, owner: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.interfaces.account.call_pages.ON_A_PAGE", 3)
    first = seen(client)
    link = first.split('rel="next"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    second = seen(client, link)
    assert (rows(first), rows(second)) == (3, 1)
    assert "Answered, 25 s" in second


@pytest.mark.promise("2.5")
def test_nobody_else_sees_a_call(client: Client, owner: UUID) -> None:
    call = queries.calls_of(owner)[0].public_id
    assert SHOWN in client.get(f"{CALLS}{call}/").content.decode()
    other = Client()
    builders.customer(other, email="customer2@example.com")
    for path in (f"{call}/", f"{call}/delete/", "call_nothing/"):
        assert other.get(f"{CALLS}{path}").status_code == 404
    assert other.post(f"{CALLS}{call}/delete/").status_code == 404
    assert SHOWN not in other.get(f"{CALLS}?caller={call}").content.decode()
    assert other.post(f"{CALLS}delete/", {"count": 0}).status_code == 302
    assert CallRecord.objects.count() == 4


def test_the_file_holds_what_was_asked_for_and_no_formula(client: Client, owner: UUID) -> None:
    answer = client.get(f"{CALLS}calls.csv?outcome=missed")
    assert answer["Content-Type"].startswith("text/csv")
    text = b"".join(answer).decode()
    head, *lines = csv.reader(io.StringIO(text))
    assert (head[0], head[1], len(lines)) == ("Began (UTC)", "From", 2)
    assert {line[1] for line in lines} == {ONE, TWO}, "a telephone number reckons nothing"
    assert not [cell for line in lines for cell in line if cell.startswith(("=", "-", "@"))]
    assert harmless("+1+2") == "'+1+2"
    assert harmless('=HYPERLINK("x")') == '\'=HYPERLINK("x")'
    assert "Begynte (UTC)" in b"".join(client.get("/nb/account/calls/calls.csv")).decode()


@pytest.mark.promise("2.9")
def test_records_are_deleted_at_once_with_our_letters_about_them(client: Client, owner: UUID) -> None:
    e164 = queries.numbers_of(owner)[0].e164
    ring(e164, now(), caller=ONE, outcome=Outcome.MISSED_BY_MAIL, code=480)
    assert OutgoingLetter.objects.filter(kind="missed-call").count() == 1
    newest = queries.calls_of(owner)[0].public_id
    assert "cannot be brought back" in client.get(f"{CALLS}{newest}/delete/").content.decode()
    client.post(f"{CALLS}{newest}/delete/")
    assert not OutgoingLetter.objects.filter(kind="missed-call").exists()
    assert CallRecord.objects.count() == 4
    assert "These are 2 records" in client.get(f"{CALLS}delete/?outcome=missed").content.decode()
    client.post(f"{CALLS}delete/?outcome=missed", {"count": 2})
    assert set(CallRecord.objects.values_list("outcome", flat=True)) == {"answered", "unreachable"}
    page = client.post(f"{CALLS}delete/", {"count": 2}, follow=True).content.decode()
    assert "Call records removed: 2" in page
    assert "No calls yet" in page
    assert {"calls.delete", "calls.delete_one"} <= {line.action for line in lines_of(owner)}


@pytest.mark.promise("2.1")
def test_staff_see_counts_and_who_called_only_for_a_purpose(client: Client, owner: UUID) -> None:
    desk = Client()
    builders.staff_member(desk, Role.SUPPORT)
    page = desk.get("/en/staff/calls/").content.decode()
    assert "By country of the number" in page
    assert "United Kingdom" in page
    assert "7946" not in page.split("<main")[1].split("</main")[0]
    number = public_id("cus", owner)
    theirs = f"/en/staff/customers/{number}/calls/"
    assert desk.get(theirs)["Location"].endswith(f"/en/staff/customers/{number}/")
    desk.post(f"/en/staff/customers/{number}/", {"purpose": next(iter(purpose.SAID_AT_THE_DESK))})
    assert SHOWN in desk.get(theirs).content.decode()
    [line] = [line for line in lines_of(owner) if line.action == "calls.look_at"]
    assert line.purpose
    assert "Your calls were looked at" in client.get("/en/account/history/").content.decode()


@action("tests.forget_digests")
def forget_digests(*, by: Actor, at: datetime) -> None:
    """Have records as an earlier version wrote them."""
    CallRecord.objects.update(caller_digest=None)


def test_a_caller_of_an_earlier_version_is_found_once_the_worker_has_run(client: Client, owner: UUID) -> None:
    forget_digests(by=TESTS, at=now())
    assert "There is no call" in client.post(f"{CALLS}caller/", {"caller": ONE}).content.decode()
    assert calls.add_digests(by=TESTS, at=now()) == 3
    assert calls.add_digests(by=TESTS, at=now()) == 0
    assert client.post(f"{CALLS}caller/", {"caller": ONE})["Location"].startswith(f"{CALLS}?caller=call_")
