"""What somebody says when asked about cookies: one choice counts, none is rewritten, a no always wins (1.4 and 3.2)."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import Error, connection
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import copies, policy, retention
from ringfence.privacy.consent import actions, ending, notices, queries, receipts, rules
from ringfence.privacy.consent.actions import TOLD, Browser, Chosen
from ringfence.privacy.consent.models import ConsentNotice, ConsentRecord
from ringfence.privacy.consent.rules import Means, Said
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.models import LedgerLine
from tests.accounts.builders import customer

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.promise("3.2"),
]
AT = datetime.now(UTC)
SYSTEM = Actor.system("tests")
STRANGER = Actor.stranger()


@pytest.fixture(autouse=True)
def measured(settings: Settings) -> None:
    """A store that asks."""
    settings.ANALYTICS_ID = "G-TEST123456"


def says(
    visitor: UUID, *, yes: bool, at: datetime = AT, subject: UUID | None = None, signal: bool = False
) -> Chosen:
    """A browser answers the question of today."""
    return actions.choose(
        browser=Browser(visitor, "en", subject, signal),
        yes=yes,
        notice=notices.digest()[:TOLD],
        means=Means.BANNER,
        by=Actor.customer(subject) if subject else STRANGER,
        at=at,
    )


def counts(visitor: UUID, at: datetime = AT) -> bool:
    return queries.is_given(visitor=visitor, notice=notices.digest()[:TOLD], at=at)


def test_a_yes_counts_until_it_is_taken_back_or_its_time_is_over() -> None:
    visitor = uuid4()
    assert not counts(visitor)
    chosen = says(visitor, yes=True)
    assert chosen.given
    assert counts(visitor)
    assert not counts(visitor, chosen.ends_at)
    assert not says(visitor, yes=False, at=AT + timedelta(days=1)).given
    assert not counts(visitor, AT + timedelta(days=1))
    assert [row.state for row in ConsentRecord.objects.order_by("decided_at")] == [Said.GIVEN, Said.WITHDRAWN]


def test_the_same_answer_again_changes_nothing_until_its_time_is_over() -> None:
    visitor = uuid4()
    first = says(visitor, yes=False)
    assert says(visitor, yes=False, at=AT + timedelta(days=3)) == first
    assert ConsentRecord.objects.count() == 1
    later = says(visitor, yes=False, at=first.ends_at)
    assert later.record != first.record
    assert [row.state for row in ConsentRecord.objects.order_by("decided_at")] == [Said.REFUSED] * 2


@given(st.lists(st.booleans(), max_size=8))
def test_a_no_is_a_withdrawal_exactly_where_there_was_a_yes(answers: list[bool]) -> None:
    said: Said | None = None
    for yes in answers:
        before, said = said, rules.said(said, yes=yes)
        assert (said is Said.GIVEN) is yes
        if not yes:
            assert (said is Said.WITHDRAWN) is (before in {Said.GIVEN, Said.WITHDRAWN})


def test_every_record_points_at_the_question_word_for_word_and_at_nobodys_address() -> None:
    policy.ensure_first_version(by=SYSTEM, at=AT)
    says(uuid4(), yes=True)
    record = ConsentRecord.objects.select_related("notice").get()
    assert record.notice.text == notices.text()
    assert notices.digest_of(record.notice.text) == record.notice_id
    assert record.version_id == 1
    named = {field.name for field in ConsentRecord._meta.local_concrete_fields}
    assert not [name for name in named if "address" in name or "agent" in name or "ip" in name.split("_")]
    line = LedgerLine.objects.get(action="privacy.choose_cookies")
    assert line.facts["said"] == "given"
    assert line.subject_token is None


def test_a_yes_to_another_question_is_none() -> None:
    with pytest.raises(Refusal, match="has changed"):
        actions.choose(
            browser=Browser(uuid4(), "en"), yes=True, notice="0" * TOLD, means=Means.PAGE, by=STRANGER, at=AT
        )
    assert not ConsentRecord.objects.exists()
    assert not queries.is_given(visitor=uuid4(), notice="0" * TOLD, at=AT)


@action("tests.second_choice")
def copied(*, visitor: UUID, changes: dict[str, object], by: Actor, at: datetime) -> None:
    """Copy what a browser said, changed, past the action."""
    row = ConsentRecord.objects.get(visitor=visitor)
    row.pk = uuid4()
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(force_insert=True)


def test_the_browsers_signal_is_never_overruled() -> None:
    visitor = uuid4()
    with pytest.raises(Refusal, match="do not want to be followed"):
        says(visitor, yes=True, signal=True)
    assert not says(visitor, yes=False, signal=True).given
    with pytest.raises(Error, match="no_consent_against_the_browsers_signal"):
        copied(visitor=visitor, changes={"state": Said.GIVEN, "replaced_at": AT}, by=SYSTEM, at=AT)


def test_where_nobody_is_counted_there_is_nothing_to_say(settings: Settings) -> None:
    settings.ANALYTICS_ID = ""
    with pytest.raises(Refusal, match="nothing to choose"):
        says(uuid4(), yes=True)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE privacy_consentrecord SET state = 'refused'",
        "UPDATE privacy_consentrecord SET decided_at = decided_at - interval '1 day'",
        "UPDATE privacy_consentrecord SET ends_at = ends_at + interval '1 year'",
        "UPDATE privacy_consentrecord SET replaced_at = NULL WHERE replaced_at IS NOT NULL",
        "UPDATE privacy_consentnotice SET text = '{}'",
        "DELETE FROM privacy_consentnotice",
    ],
)
def test_what_was_said_is_never_rewritten(change: str) -> None:
    visitor = uuid4()
    says(visitor, yes=True)
    says(visitor, yes=False, at=AT + timedelta(minutes=1))
    with pytest.raises(Error, match="stays as it was"), connection.cursor() as cursor:
        cursor.execute(change)


def test_one_choice_of_a_browser_counts_and_no_two() -> None:
    visitor = uuid4()
    says(visitor, yes=True)
    with pytest.raises(Error, match="one_choice_counts"):
        copied(visitor=visitor, changes={}, by=SYSTEM, at=AT)


def test_whoever_signs_in_takes_over_what_was_nobodys_and_takes_it_back_everywhere() -> None:
    one, other = customer(email="one@example.com"), customer(email="two@example.com")
    first, second = uuid4(), uuid4()
    says(first, yes=True)
    says(second, yes=True)
    for visitor in (first, second):
        actions.join(visitor=visitor, subject=one, by=Actor.customer(one), at=AT)
    assert actions.join(visitor=first, subject=other, by=Actor.customer(other), at=AT) == 0
    later = AT + timedelta(minutes=1)
    assert queries.consents_of(other, later) == []
    assert [shown.is_given for shown in queries.consents_of(one, later)] == [True, True]
    assert actions.withdraw(subject=one, by=Actor.customer(one), at=later) == 2
    assert not counts(first, later)
    assert not counts(second, later)
    assert actions.withdraw(subject=one, by=Actor.customer(one), at=later) == 0
    assert {shown.said for shown in queries.consents_of(one, later) if shown.counts} == {Said.WITHDRAWN}


def test_a_person_finds_their_choices_in_their_copy_and_none_after_a_deletion() -> None:
    person, visitor = customer(), uuid4()
    says(visitor, yes=True, subject=person)
    assert "What you said when we asked about cookies" in str(copies.copy_of(person, AT))
    erasure.begin(subject=person, request=None, by=SYSTEM, at=AT)
    erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=AT)
    assert not ConsentRecord.objects.exists()
    assert not counts(visitor), "a yes whose proof is gone counts no longer"


def test_a_receipt_tells_all_that_the_record_proves() -> None:
    visitor, person = uuid4(), customer()
    says(visitor, yes=True)
    says(visitor, yes=False, at=AT + timedelta(days=1))
    found = receipts.of_browser(visitor, AT + timedelta(days=2))
    assert found is not None
    given, taken_back = found["dpv:hasRecordOfActivity"]
    assert given["dpv:hasConsentStatus"][0]["@type"] == ["dpv:ConsentGiven", "dpv:ExpressedConsent"]
    assert given["dpv:hasConsentStatus"][0]["dct:valid"] == (AT + timedelta(days=1)).isoformat(
        timespec="seconds"
    )
    assert taken_back["dpv:hasConsentStatus"][0]["@type"] == ["dpv:ConsentWithdrawn"]
    assert given["dpv:hasNotice"]["dct:description"] == notices.text()["en"]
    needed = {"hasDataSubject", "hasDataController", "hasJurisdiction", "hasProcess", "hasConsentControl"}
    assert {f"dpv:{name}" for name in needed} <= given.keys()
    assert receipts.of_browser(uuid4(), AT) is None
    assert receipts.of_record(person, given["dct:identifier"], AT) is None, "of another"
    assert receipts.of_record(person, "con_nothing", AT) is None


@pytest.mark.promise("2.8")
def test_a_record_goes_three_years_after_it_stopped_counting() -> None:
    visitor = uuid4()
    says(visitor, yes=True)
    says(visitor, yes=False, at=AT + timedelta(days=10))
    replaced = AT + timedelta(days=10 + 3 * 365 + 2)
    assert ending.overdue(replaced) == 1
    kept = {one.name: one for one in retention.entered()}["privacy.consents"]
    assert kept.let_go(by=SYSTEM, at=replaced, dry_run=True) == 1
    assert kept.let_go(by=SYSTEM, at=replaced) == 1
    assert ConsentRecord.objects.get().state == Said.WITHDRAWN
    end = AT + timedelta(days=10) + rules.VALID
    just_before = end.replace(year=end.year + 3) - timedelta(hours=1)
    assert ending.overdue(just_before) == 0
    assert kept.let_go(by=SYSTEM, at=just_before) == 1, "it is never found past its end"
    assert ConsentNotice.objects.count() == 1
