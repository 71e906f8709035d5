"""Clauses 5.1, 5.2, 7.1 and 7.4 when pages do not come, letters do not arrive, and nobody is shown the terms."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from django.db import connection
from pytest_django import Settings

from ringfence.accounts import actions as accounts
from ringfence.accounts.actions import letters
from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.rules import Means
from ringfence.interfaces import page_reading
from ringfence.interfaces.storefront import kept
from ringfence.kernel.actor import Actor
from ringfence.privacy import policy, promises, retention, sweeping
from ringfence.privacy.policy import ChangeKind, readings
from ringfence.privacy.policy.models import PageReading, PolicyNotice
from ringfence.privacy.policy.readings import Read
from ringfence.privacy.promises.live_ledger import published_lines
from ringfence.privacy.promises.running import run_checks
from tests.accounts import builders

NOW = datetime.now(UTC) + timedelta(seconds=5)
SYSTEM = Actor.system("tests")
YEAR = timedelta(days=366)
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def state(clause: str, at: datetime) -> str:
    """Run one check as the worker does, and say how its clause stands."""
    return {one.clause: one.state for one in run_checks(by=SYSTEM, at=at, only={clause})}[clause]


def read(at: datetime) -> None:
    """Have the pages of the policy read as they should be."""
    found = policy.in_force(at)
    assert found is not None
    said = [
        Read(
            f"/{language}/policy/",
            language,
            found.number,
            policy.digest_of_words(policy.words(found.text, language)),
        )
        for language in policy.LANGUAGES
    ]
    readings.note(read=said, failed=[], by=SYSTEM, at=at)


@pytest.fixture
def found() -> None:
    """A new installation."""
    sweeping.found(by=SYSTEM, at=NOW)
    kept.forget()


@pytest.fixture
def change(found: None, settings: Settings) -> policy.PolicyVersion:
    """A material change that is public and does not count yet, with a customer to tell of it."""
    builders.customer(email="one@example.com")
    settings.GROUP_COMPANIES = ("Example Holding AS",)
    seen = policy.prepare(
        kind=ChangeKind.MATERIAL, summary={"nb": "Flere.", "en": "More."}, by=SYSTEM, at=NOW
    )
    return policy.publish(seen=seen, by=SYSTEM, at=NOW)


class Otherwise(BaseHTTPRequestHandler):
    """Answers with the status that the path of the server names."""

    status = 404

    def do_GET(self) -> None:
        """Answer."""
        self.send_response_only(self.status)
        self.send_header("Content-Type", "text/html")
        self.send_header("Location", "/elsewhere/")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@pytest.fixture
def web(settings: Settings) -> Iterator[None]:
    """A server where the store's pages should be."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Otherwise) as server:
        settings.READING_ORIGIN = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield
        server.shutdown()


@pytest.mark.promise("5.2")
@pytest.mark.parametrize("status", [302, 403, 404, 410])
def test_a_policy_page_that_answers_otherwise_breaks_5_2(
    found: None, web: None, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    read(NOW)
    assert state("5.2", NOW) == promises.KEPT
    monkeypatch.setattr(Otherwise, "status", status)
    page_reading.read_pages(by=SYSTEM, at=NOW + timedelta(minutes=5))
    assert state("5.2", NOW + timedelta(minutes=6)) == promises.BROKEN


@pytest.mark.promise("5.2")
def test_a_policy_page_that_does_not_come_breaks_5_2(found: None, settings: Settings) -> None:
    read(NOW)
    settings.READING_ORIGIN = "http://127.0.0.1:9"
    moments = [NOW + timedelta(minutes=minutes) for minutes in (5, 10, 15)]
    states = []
    for at in moments:
        page_reading.read_pages(by=SYSTEM, at=at)
        states.append(state("5.2", at))
    assert states == [promises.DUE_SOON, promises.DUE_SOON, promises.BROKEN]
    read(NOW + timedelta(minutes=20))
    assert state("5.2", NOW + timedelta(minutes=20)) == promises.KEPT


@pytest.mark.promise("7.1")
@pytest.mark.promise("7.4")
@pytest.mark.parametrize("clause", ["5.2", "7.1", "7.4"])
def test_pages_that_were_never_read_break_it_in_time(found: None, clause: str) -> None:
    assert state(clause, NOW) in {promises.DUE_SOON, promises.KEPT}
    assert state(clause, NOW + timedelta(hours=26)) == promises.DUE_SOON
    assert state(clause, NOW + timedelta(hours=50)) == promises.BROKEN


@pytest.mark.promise("5.2")
def test_the_page_of_one_language_alone_is_not_enough(found: None) -> None:
    read(NOW)
    assert state("5.2", NOW) == promises.KEPT
    at = NOW + timedelta(hours=50)
    read(at)
    assert PageReading.objects.filter(language="nb").exists()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_pagereading WHERE language = 'nb'")
    assert state("5.2", at) == promises.BROKEN


@pytest.mark.promise("5.2")
def test_a_letter_that_was_given_up_told_nobody(change: policy.PolicyVersion) -> None:
    builders.tell_all_of_policy(NOW)
    (letter,) = OutgoingLetter.objects.filter(kind="policy-change")
    letters.letter_failed(letter=letter.pk, for_good=True, by=SYSTEM, at=NOW)
    for days, found in ((2, promises.DUE_SOON), (31, promises.BROKEN)):
        at = change.published_at + timedelta(days=days)
        read(at)
        assert state("5.2", at) == found
    policy.acknowledge(subject=letter.subject, moment="login", by=Actor.customer(letter.subject), at=at)
    assert state("5.2", at + timedelta(minutes=5)) == promises.KEPT, "shown at the next sign-in"


@pytest.mark.promise("5.2")
def test_a_letter_that_was_given_up_is_written_again_a_day_later(change: policy.PolicyVersion) -> None:
    builders.tell_all_of_policy(NOW)
    letter = OutgoingLetter.objects.get(kind="policy-change")
    letters.letter_failed(letter=letter.pk, for_good=True, by=SYSTEM, at=NOW)
    assert builders.tell_all_of_policy(NOW + timedelta(hours=23)) == 0
    assert builders.tell_all_of_policy(NOW + timedelta(hours=25)) == 1
    assert PolicyNotice.objects.get().given_up_at is None
    assert builders.tell_all_of_policy(NOW + timedelta(hours=49)) == 0


@pytest.mark.promise("5.2")
@pytest.mark.promise("2.8")
def test_what_proves_a_letter_stays_as_long_as_the_change_counts(change: policy.PolicyVersion) -> None:
    builders.tell_all_of_policy(NOW)
    kept_rows = next(one for one in retention.entered() if one.name == "privacy.policy_notices")
    later = NOW + 4 * YEAR
    assert kept_rows.let_go(by=SYSTEM, at=later) == kept_rows.overdue(later) == 0
    read(later)
    assert state("5.2", later) == promises.KEPT
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_policynotice (id, subject, version_id, what, told_at)"
            " SELECT gen_random_uuid(), subject, 1, what, told_at FROM privacy_policynotice"
        )
    assert kept_rows.overdue(later) == 1, "another version took the place of that one"
    assert kept_rows.let_go(by=SYSTEM, at=later) == 1
    assert PolicyNotice.objects.get().version_id == change.number
    policy.withdraw(number=change.number, by=SYSTEM, at=NOW)
    assert kept_rows.overdue(later) == 1, "that it never counted"


@pytest.mark.promise("5.1")
def test_an_account_that_does_not_lead_to_changed_terms_breaks_5_1(found: None, settings: Settings) -> None:
    assert state("5.1", NOW) == promises.KEPT
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "TermsShown" not in one]
    assert state("5.1", NOW + timedelta(minutes=5)) == promises.BROKEN


@pytest.mark.promise("5.1")
def test_somebody_who_went_on_without_being_shown_the_terms_is_seen(change: policy.PolicyVersion) -> None:
    person, since = builders.customer(email="two@example.com"), change.effective_at + timedelta(hours=1)
    session = accounts.sign_in(
        person=person,
        means=Means.PASSWORD,
        strong=False,
        network_address="192.0.2.1",
        device="",
        by=SYSTEM,
        at=since,
    )
    at = since + timedelta(hours=2)
    assert state("5.1", at) == promises.KEPT
    accounts.mark_seen(session=session, by=SYSTEM, at=at)
    assert state("5.1", at + timedelta(minutes=1)) == promises.DUE_SOON
    policy.acknowledge(subject=person, moment="login", by=Actor.customer(person), at=at)
    assert state("5.1", at + timedelta(minutes=5)) == promises.KEPT


@pytest.mark.promise("5.2")
def test_the_publication_of_a_version_is_found_by_an_index(found: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    assert "lines_of_published_versions" in published_lines(1, "").explain()
