"""The checks of clauses 0.1, 5.1, 5.2, 7.1 and 7.4: kept on a sound installation, broken once their clause is."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from pytest_django import Settings

from ringfence.kernel.actor import Actor
from ringfence.privacy import policy, promises, sweeping
from ringfence.privacy.policy import ChangeKind, facts, readings
from ringfence.privacy.policy.readings import Read
from ringfence.privacy.promises.running import run_checks
from tests.accounts import builders

NOW = datetime.now(UTC) + timedelta(seconds=5)
SYSTEM = Actor.system("tests")
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


moments = [NOW]


def state_of(clause: str) -> str:
    """Run the checks as the worker does, each time a little later, and say how a clause stands."""
    moments.append(moments[-1] + timedelta(seconds=1))
    return {one.clause: one.state for one in run_checks(by=SYSTEM, at=moments[-1], only={clause})}[clause]


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def pages(at: datetime = NOW, **wrong: object) -> None:
    """Have the public pages read: the policy in both languages, and another one, perhaps with something wrong."""
    found = policy.in_force(at)
    assert found is not None
    read = [
        Read(
            path=f"/{language}/policy/",
            language=language,
            version=found.number,
            words=policy.digest_of_words(policy.words(found.text, language)),
            outbound=1,
            hosts=["www.datatilsynet.no"],
        )
        for language in policy.LANGUAGES
    ]
    other = {"path": "/en/help/", "language": "en", **wrong}
    readings.note(read=[*read, Read(**other)], failed=[], by=SYSTEM, at=at)  # type: ignore[arg-type]


@pytest.fixture
def sound() -> None:
    """An installation with a customer, whose pages were read."""
    sweeping.found(by=SYSTEM, at=NOW)
    builders.customer(email="one@example.com")
    pages()


@pytest.mark.promise("7.1")
@pytest.mark.promise("7.4")
def test_a_sound_installation_keeps_the_clauses(sound: None) -> None:
    for clause in ("0.1", "5.1", "5.2", "7.1", "7.4"):
        found = promises.promise(clause)
        assert found
        assert found.check(NOW).state == promises.KEPT, found.check(NOW)
        for hours, state in ((26, promises.DUE_SOON), (50, promises.BROKEN)):
            if clause in {"5.2", "7.1", "7.4"}:
                assert found.check(NOW + timedelta(hours=hours)).state == state, "nobody has read the pages"


@pytest.mark.promise("0.1")
@pytest.mark.parametrize(
    ("name", "value"),
    [("GROUP_COMPANIES", ("Example Holding AS",)), ("COMPANY_NAME", "Another Company AS")],
)
def test_a_company_the_text_does_not_name_breaks_0_1(
    sound: None, settings: Settings, name: str, value: object
) -> None:
    setattr(settings, name, value)
    assert state_of("0.1") == promises.BROKEN
    seen = policy.prepare(
        kind=ChangeKind.MATERIAL, summary={"nb": "Andre.", "en": "Others."}, by=SYSTEM, at=NOW
    )
    policy.publish(seen=seen, by=SYSTEM, at=NOW)
    assert state_of("0.1") == promises.DUE_SOON, "announced, and nothing is shared before it counts"


@pytest.mark.promise("5.1")
def test_a_customer_who_was_never_shown_the_terms_breaks_5_1(sound: None) -> None:
    execute("DELETE FROM privacy_acknowledgement")
    assert state_of("5.1") == promises.BROKEN


@pytest.mark.promise("5.2")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE privacy_pagereading SET words = '\\x00' WHERE path = '/nb/policy/'",
        "UPDATE privacy_pagereading SET version = 2 WHERE path = '/en/policy/'",
        "UPDATE privacy_pagereading SET path = '/en/policy/2/' WHERE path = '/en/policy/'",
        "UPDATE privacy_pagereading SET version = NULL, words = NULL WHERE path = '/en/policy/'",
    ],
    ids=["another-text", "another-version", "at-another-address", "nothing"],
)
def test_a_page_that_does_not_show_what_was_published_breaks_5_2(sound: None, statement: str) -> None:
    execute(statement)
    assert state_of("5.2") == promises.BROKEN


@pytest.mark.promise("5.2")
def test_doing_otherwise_than_the_text_says_breaks_5_2(sound: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(facts._stated, "cancel_working_days", lambda: "1")
    assert state_of("5.2") == promises.BROKEN


@pytest.mark.promise("5.2")
def test_a_change_nobody_was_told_of_breaks_5_2_when_it_counts(sound: None, settings: Settings) -> None:
    settings.GROUP_COMPANIES = ("Example Holding AS",)
    seen = policy.prepare(
        kind=ChangeKind.MATERIAL, summary={"nb": "Flere.", "en": "More."}, by=SYSTEM, at=NOW
    )
    made = policy.publish(seen=seen, by=SYSTEM, at=NOW)
    check = promises.promise("5.2")
    assert check
    for days, state in ((0, promises.KEPT), (3, promises.DUE_SOON), (31, promises.BROKEN)):
        at = made.published_at + timedelta(days=days)
        pages(at)
        assert check.check(at).state == state, check.check(at)


@pytest.mark.promise("7.1")
def test_a_link_that_hides_or_tells_breaks_7_1(sound: None) -> None:
    check = promises.promise("7.1")
    assert check
    for wrong in (
        {"faults": {"unmarked": 1}},
        {"faults": {"referrer": 1}},
        {"outbound": 1, "hosts": ["tracker.example"]},
    ):
        pages(**wrong)
        assert check.check(NOW).state == promises.BROKEN, wrong
    assert state_of("7.1") == promises.BROKEN


@pytest.mark.promise("7.4")
def test_a_page_without_its_ways_breaks_7_4(sound: None) -> None:
    check = promises.promise("7.4")
    assert check
    for fault in ("no_top", "no_language", "no_main", "no_skip", "no_heading", "no_print"):
        pages(faults={fault: 1})
        assert check.check(NOW).state == promises.BROKEN, fault
    assert state_of("7.4") == promises.BROKEN
