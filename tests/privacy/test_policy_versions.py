"""From draft to effect: what staff, the database and the clock let a version of the policy do (clause 5.2)."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import policy
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.policy import ChangeKind, VersionState, comparing, facts
from ringfence.privacy.policy.models import PolicyVersion
from ringfence.privacy.policy_rules import VERSION_MOVES

NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
SUMMARY = {"nb": "Fristen er en annen.", "en": "The time limit is another one."}
INSERT = (
    "INSERT INTO privacy_policyversion"
    " (number, kind, published_at, effective_at, notice_days, digest, text, summary) VALUES"
)
Break = Callable[..., None]
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def first() -> PolicyVersion:
    """An installation with its first version."""
    return policy.ensure_first_version(by=SYSTEM, at=NOW)


@pytest.fixture
def longer(first: PolicyVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    """A software that gives three working days where it gave two."""
    monkeypatch.setitem(facts._stated, "cancel_working_days", lambda: "3")


@pytest.fixture
def reworded(first: PolicyVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    """A software in which a sentence is spelled otherwise."""
    from ringfence.privacy.policy_text import sections

    def other(filled: Any, language: Any) -> Any:
        return [one for one in sections(filled, language) if one.number != 7]

    monkeypatch.setattr("ringfence.privacy.policy.drafting.sections", other)


def published(kind: ChangeKind = ChangeKind.MATERIAL) -> PolicyVersion:
    seen = policy.prepare(kind=kind, summary=SUMMARY, by=SYSTEM, at=NOW)
    return policy.publish(seen=seen, by=SYSTEM, at=NOW)


@pytest.mark.promise("5.2")
def test_a_later_version_counts_when_its_notice_is_over(longer: None) -> None:
    second = published()
    assert second.effective_at - second.published_at == timedelta(days=30)
    assert policy.in_force(second.published_at + timedelta(days=29)).number == 1  # type: ignore[union-attr]
    assert policy.coming(NOW + timedelta(days=1)) == second
    assert policy.in_force(second.effective_at).number == 2  # type: ignore[union-attr]
    assert policy.coming(second.effective_at) is None
    line = LedgerLine.objects.get(action="privacy.publish_policy", facts__version=2)
    assert line.facts["digest"] == bytes(second.digest).hex()


@pytest.mark.promise("5.2")
def test_a_correction_is_public_for_a_day_and_changes_nothing_that_matters(reworded: None) -> None:
    second = published(ChangeKind.CORRECTION)
    assert second.effective_at - second.published_at == timedelta(days=1)


@pytest.mark.promise("5.2")
def test_another_figure_is_no_correction(longer: None) -> None:
    with pytest.raises(Refusal) as refused:
        policy.prepare(kind=ChangeKind.CORRECTION, summary=SUMMARY, by=SYSTEM, at=NOW)
    assert refused.value.code == "policy_is_material"


def test_what_was_not_previewed_is_not_published(longer: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Refusal) as nothing:
        policy.publish(seen=b"", by=SYSTEM, at=NOW)
    seen = policy.prepare(kind=ChangeKind.MATERIAL, summary=SUMMARY, by=SYSTEM, at=NOW)
    monkeypatch.setitem(facts._stated, "cancel_working_days", lambda: "4")
    with pytest.raises(Refusal) as changed:
        policy.publish(seen=seen, by=SYSTEM, at=NOW)
    assert {nothing.value.code, changed.value.code} == {"policy_not_previewed"}


def test_nothing_new_and_nothing_said_are_refused(
    first: PolicyVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refusal) as unchanged:
        policy.prepare(kind=ChangeKind.MATERIAL, summary=SUMMARY, by=SYSTEM, at=NOW)
    monkeypatch.setitem(facts._stated, "cancel_working_days", lambda: "3")
    with pytest.raises(Refusal) as unsaid:
        policy.prepare(kind=ChangeKind.MATERIAL, summary={"en": "Only here."}, by=SYSTEM, at=NOW)
    assert (unchanged.value.code, unsaid.value.code) == ("policy_unchanged", "policy_summary_missing")


@pytest.mark.promise("5.2")
def test_one_version_comes_at_a_time_and_may_be_withdrawn(
    longer: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = published()
    monkeypatch.setitem(facts._stated, "cancel_working_days", lambda: "4")
    with pytest.raises(Refusal) as coming:
        published()
    assert coming.value.code == "policy_version_coming"
    policy.withdraw(number=2, by=SYSTEM, at=NOW)
    policy.withdraw(number=2, by=SYSTEM, at=NOW)
    assert LedgerLine.objects.filter(action="privacy.withdraw_policy").count() == 1
    assert policy.in_force(second.effective_at + timedelta(days=1)).number == 1  # type: ignore[union-attr]
    assert published().number == 3
    with pytest.raises(Refusal):
        policy.withdraw(number=1, by=SYSTEM, at=NOW)
    states = {one.number: one.state for one in policy.versions(NOW)}
    assert states == {
        1: VersionState.IN_FORCE,
        2: VersionState.WITHDRAWN,
        3: VersionState.PUBLISHED,
    }
    assert policy.versions(NOW + timedelta(days=31))[-1].state is VersionState.REPLACED


@pytest.mark.promise("5.2")
@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (
            f"{INSERT} (2, 'correction', now() - interval '40 days', now(), 1, '', '{{}}', '{{}}')",
            "public_before",
        ),
        (f"{INSERT} (2, 'correction', now(), now(), 0, '', '{{}}', '{{}}')", "(public_before|announced)"),
        (
            f"{INSERT} (2, 'material change', now(), now() + interval '2 days', 1, '', '{{}}', '{{}}')",
            "announced",
        ),
        (
            f"{INSERT} (2, 'first version', now(), now() + interval '40 days', 30, '', '{{}}', '{{}}')",
            "announced",
        ),
        ("UPDATE privacy_policyversion SET effective_at = now() + interval '1 hour'", "stays"),
        ("DELETE FROM privacy_policyversion", "stays"),
        ("INSERT INTO privacy_policywithdrawal (version_id) VALUES (1)", "cannot be withdrawn"),
    ],
    ids=["back-dated", "no-notice", "material-in-a-day", "first-twice", "moved", "removed", "withdrawn-late"],
)
def test_the_database_refuses_an_early_effect(first: PolicyVersion, statement: str, reason: str) -> None:
    with (
        pytest.raises(DatabaseError, match=reason),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert PolicyVersion.objects.count() == 1


@pytest.mark.promise("5.2")
@pytest.mark.parametrize(
    "statement",
    [
        f"{INSERT} (3, 'correction', now(), now() + interval '2 days', 1, '', '{{}}', '{{}}')",
        "DELETE FROM privacy_policywithdrawal",
        "UPDATE privacy_policywithdrawal SET withdrawn_at = now()",
    ],
    ids=["overtaken", "withdrawal-removed", "withdrawal-moved"],
)
def test_the_database_keeps_what_is_coming_and_what_was_withdrawn(longer: None, statement: str) -> None:
    published()
    if "withdrawal" in statement:
        policy.withdraw(number=2, by=SYSTEM, at=NOW)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_every_state_of_a_version_is_in_the_table() -> None:
    assert set(VERSION_MOVES) == set(VersionState)
    assert {to for moves in VERSION_MOVES.values() for to in moves} == set(VersionState)


def test_the_tables_name_every_field_that_is_held(first: PolicyVersion) -> None:
    from django.utils import translation
    from django.utils.translation import gettext

    from ringfence.privacy.inventory import personal_fields

    for language in policy.LANGUAGES:
        rows = policy.tables_of(first.text, language)["held"]
        named = {name for row in rows for name in row["fields"].split(", ")}
        with translation.override(language):
            labels = {part for one in personal_fields() for part in gettext(one.label).split(", ")}
        assert labels <= named
        assert all(all(row[column] for column in policy.COLUMNS["held"]) for row in rows)


TEXTS = st.text(st.sampled_from("ab ,.é\n"), max_size=30)


@given(old=TEXTS, new=TEXTS)
def test_what_is_marked_leads_from_one_text_to_the_other(old: str, new: str) -> None:
    pieces = comparing.pieces(old, new)
    assert "".join(words for kind, words in pieces if kind != comparing.ADDED) == old
    assert "".join(words for kind, words in pieces if kind != comparing.REMOVED) == new


def test_a_comparison_names_what_changed_and_nothing_else(longer: None, first: PolicyVersion) -> None:
    second = published()
    for language, old, new in (("nb", "2", "3"), ("en", "2", "3")):
        groups = comparing.compared(first.text, second.text, language)
        changed = [one for group in groups for one in group.changed]
        assert [one.name for one in changed] == ["6.1"]
        assert [words for kind, words in changed[0].parts[0] if kind != comparing.SAME] == [old, new]
    nothing = comparing.compared(first.text, first.text, "nb")
    assert not any(group.changed for group in nothing)


def test_every_word_of_the_inventory_has_its_place_in_text_and_record() -> None:
    from ringfence.privacy.inventory import Basis, Category, Purpose, RetentionClass
    from ringfence.privacy.policy import record
    from ringfence.privacy.policy_text.kept import KEPT
    from ringfence.privacy.recipients import Part

    assert set(RetentionClass) <= KEPT.keys()
    for words, places in (
        (Purpose, record.PURPOSES),
        (Basis, record.BASES),
        (Category, record.CATEGORIES),
        (Part, record.PARTS),
    ):
        assert set(words) == set(places)
