"""Where promises are shown: a page for each clause with its history, metrics, the desk, the front page, a letter."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import OutgoingLetter
from ringfence.adapters.mail.writing import written
from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, Finding, history, registry, running, telling
from ringfence.privacy.promises.models import PromiseResult
from tests.accounts.builders import staff_member

pytestmark = pytest.mark.django_db(databases=["default", "keys"])

SYSTEM = Actor.system("tests")
NOW = datetime.now(UTC)
EARLIER = NOW - timedelta(days=2)


@pytest.fixture(autouse=True)
def static_files(settings: Settings) -> None:
    Path(settings.STATIC_ROOT).mkdir(exist_ok=True)


def found(state: str, at: datetime, clause: str = "4.3") -> None:
    """A check found something."""
    running.record(clause=clause, finding=Finding(state, "", {"open": 3}), by=SYSTEM, at=at)


def checked_all_along(state: str, since: datetime, until: datetime, clause: str = "4.3") -> None:
    """The check ran every ten minutes and found the same."""
    at = since
    while at < until:
        found(state, at, clause)
        at += timedelta(minutes=10)


def a_break() -> None:
    """Kept for a day, broken for an hour, kept since."""
    checked_all_along(KEPT, EARLIER, EARLIER + timedelta(hours=5))
    checked_all_along(BROKEN, EARLIER + timedelta(hours=5), EARLIER + timedelta(hours=6))
    checked_all_along(DUE_SOON, EARLIER + timedelta(hours=6), EARLIER + timedelta(hours=8))
    checked_all_along(KEPT, EARLIER + timedelta(hours=8), EARLIER + timedelta(hours=10))


def test_the_past_of_a_clause_has_each_break_with_its_length() -> None:
    a_break()
    at = EARLIER + timedelta(hours=10)
    past = history.past("4.3", at)
    (broken,) = past.breaks
    assert broken.lasted(at) == timedelta(hours=1)
    assert past.kept_since == broken.until == EARLIER + timedelta(hours=6), "due soon is kept still"
    assert past.began_at == EARLIER
    assert past.share == pytest.approx(0.9)
    assert past.unchecked == timedelta(0)


def test_time_in_which_nobody_looked_is_neither_kept_nor_broken() -> None:
    found(BROKEN, NOW - timedelta(hours=10))
    found(BROKEN, NOW - timedelta(hours=2))
    found(KEPT, NOW - timedelta(hours=1))
    past = history.past("4.3", NOW)
    assert past.unchecked == timedelta(hours=8 + 1 + 1)
    assert past.share in {None, 0.0, 1.0}, "of no time anything is known"
    found(KEPT, NOW + timedelta(minutes=5))
    assert history.past("4.3", NOW + timedelta(minutes=5)).unchecked == timedelta(hours=10, minutes=5)


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("When it was broken", "60 minutes")), ("nb", ("Når det var brutt", "60 minutter"))],
)
def test_a_clause_has_a_page_with_its_history(language: str, words: tuple[str, ...]) -> None:
    a_break()
    with clock.standing_at(EARLIER + timedelta(hours=10)):
        page = Client().get(f"/{language}/promises/4.3/").content.decode()
    assert all(word in page for word in words)
    assert page.count("<li ") + page.count("<li>") > 4
    assert "90" in page


def test_a_clause_that_is_broken_says_so_on_its_page_and_the_front() -> None:
    found(KEPT, EARLIER)
    found(BROKEN, NOW - timedelta(minutes=3))
    page = Client().get("/en/promises/4.3/").content.decode()
    assert "still broken" in page
    assert "It is not kept at the moment." in page
    front = Client().get("/en/").content.decode()
    assert re.search(r"Broken now:\s*<a href=\"/en/promises/4\.3/\">4\.3</a>", front)


def test_a_clause_that_nobody_checks_is_not_called_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    checked = {clause: one for clause, one in registry._promises.items() if clause != "3.1"}
    monkeypatch.setattr(registry, "_promises", checked)
    page = Client().get("/en/promises/3.1/").content.decode()
    assert "No program looks at this one yet" in page
    assert 'class="tag kept"' not in page
    assert Client().get("/en/promises/9.9/").status_code == 404


def test_the_data_is_exactly_what_was_promised() -> None:
    found(BROKEN, NOW)
    data = Client().get("/promises.json").json()
    assert next(iter(data)) == "promises"
    assert {frozenset(one) for one in data["promises"]} == {
        frozenset({"clause", "state", "checked_at", "since", "figures"})
    }
    (one,) = [one for one in data["promises"] if one["clause"] == "4.3"]
    assert (one["state"], one["figures"]) == ("broken", {"open": 3})
    assert datetime.fromisoformat(one["since"]) == datetime.fromisoformat(one["checked_at"]) == NOW


def metrics(**asked: str) -> str:
    answer = Client().get("/metrics", **asked)  # type: ignore[arg-type] # headers of WSGI
    return answer.content.decode() if answer.status_code == 200 else str(answer.status_code)


def test_metrics_tell_states_figures_and_ages() -> None:
    found(BROKEN, NOW - timedelta(minutes=2))
    with clock.standing_at(NOW):
        told = metrics()
    assert 'promise_state{clause="4.3",state="broken"} 1' in told
    assert 'promise_state{clause="4.3",state="kept"} 0' in told
    assert 'promise_figure{clause="4.3",figure="open"} 3' in told
    assert 'promise_check_age_seconds{clause="4.3"} 120.0' in told
    for line in told.splitlines():
        assert re.fullmatch(r"# (?:HELP|TYPE) \S+ .+|\w+(?:\{[^}]*\})? [0-9.e+-]+", line), line


def test_metrics_are_for_this_machine_and_for_who_has_the_token(settings: Settings) -> None:
    assert metrics(REMOTE_ADDR="192.0.2.7") == "404"
    assert metrics(HTTP_X_FORWARDED_FOR="192.0.2.7") == "404", "handed on by a proxy on this machine"
    settings.METRICS_TOKEN = "a token that is long enough"
    assert metrics(HTTP_AUTHORIZATION="Bearer another one") == "404"
    given = {"HTTP_AUTHORIZATION": "Bearer a token that is long enough"}
    assert "promises_checked" in metrics(REMOTE_ADDR="192.0.2.7", **given)
    settings.METRICS_TOKEN = ""
    assert metrics(REMOTE_ADDR="192.0.2.7", HTTP_AUTHORIZATION="Bearer ") == "404"


def test_the_desk_shows_what_is_broken_first() -> None:
    client = Client()
    staff_member(client, Role.SUPPORT)
    for clause, state in (("1.1", KEPT), ("2.3", DUE_SOON), ("7.2", BROKEN)):
        found(state, NOW, clause)
    desk = client.get("/en/staff/").content.decode()
    assert desk.index("/en/promises/7.2/") < desk.index("/en/promises/2.3/")
    assert "/en/promises/1.1/" not in desk
    page = client.get("/en/staff/promises/").content.decode()
    places = [page.index(f'class="number">{clause}<') for clause in ("7.2", "2.3", "1.1")]
    assert places == sorted(places)


def test_a_break_is_written_to_the_operator_once(settings: Settings) -> None:
    settings.OPERATOR_EMAIL = "operator@example.com"
    found(BROKEN, NOW - timedelta(minutes=9))
    found(BROKEN, NOW - timedelta(minutes=9), "2.3")
    for minute in range(3):
        found(BROKEN, NOW + timedelta(minutes=minute))
        accounts.write_of_breaks(by=SYSTEM, at=NOW + timedelta(minutes=minute))
    (letter,) = OutgoingLetter.objects.all()
    assert (letter.kind, letter.email.open()) == ("promise-broken", "operator@example.com")
    ready = accounts.begin_letter(letter=letter.pk, by=SYSTEM, at=NOW + timedelta(minutes=5))
    assert ready is not None
    text = written(ready).text
    assert "2.3: Personal data is stored sealed" in text
    assert "4.3: Requests are met" in text
    assert "/en/staff/promises/" in text
    found(KEPT, NOW + timedelta(minutes=10))
    found(BROKEN, NOW + timedelta(minutes=15))
    found(KEPT, NOW + timedelta(minutes=20))
    accounts.write_of_breaks(by=SYSTEM, at=NOW + timedelta(minutes=21))
    assert OutgoingLetter.objects.count() == 2, "a break that is over by now is told of too"
    assert telling.untold() == []
    assert PromiseResult.objects.filter(clause="4.3").count() == 4


@pytest.mark.promise("5.2")
@pytest.mark.parametrize("role", [Role.PRIVACY, Role.SUPPORT])
def test_the_desk_says_what_to_do_about_a_text_that_waits(client: Client, role: Role) -> None:
    staff_member(client, role)
    finding = Finding(DUE_SOON, "", {"unpublished": 1})
    running.record(clause="5.2", finding=finding, by=SYSTEM, at=clock.now())
    page = client.get("/en/staff/").content.decode()
    assert "A new text came with the software" in page
    assert ('<a href="/en/staff/policy/">A new text' in page) is (role is Role.PRIVACY), "who may publish it"
