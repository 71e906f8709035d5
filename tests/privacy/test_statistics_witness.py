"""What was released is kept outside the database, and is never drawn again nor written over (clause 3.1)."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from pytest_django import Settings

from ringfence.privacy import policy
from ringfence.privacy.promises import BROKEN, KEPT
from ringfence.privacy.statistics import check, making, rules, witness
from ringfence.privacy.statistics.models import Release
from ringfence.privacy.statistics.rules import Level, Period
from tests.privacy.released import SYSTEM, Only, after, only, people, release, source

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("3.1"),
]
__all__ = ("only",)
Break = Callable[..., None]
STRANGE = ('{"releases": [{"manifest": {"number": 3}}]}', "[]", "nothing")


def two() -> tuple[Period, Period]:
    """Return the first two periods after the policy was published."""
    began = policy.ensure_first_version(by=SYSTEM, at=datetime.now(UTC)).published_at
    first = rules.period_of(Level.QUARTER, began.date())
    return first, rules.period_of(Level.QUARTER, first.after)


def test_a_database_set_back_in_time_takes_in_what_was_released_and_draws_nothing_again(
    only: Only, break_data: Break
) -> None:
    only(source("made", people({"NO": 300, "SE": 200})))
    _first, second = two()
    assert making.release_due(by=SYSTEM, at=after(second)) == 2
    before = list(Release.objects.order_by("number").values_list("manifest", "note", "table", "id", "after"))
    for table in ("statisticsrelease", "statisticsspending"):
        break_data(f"DELETE FROM privacy_{table}")
    break_data("DELETE FROM privacy_ledgerline WHERE action = 'statistics.release'")
    assert making.release_due(by=SYSTEM, at=after(second)) == 0
    assert (
        list(Release.objects.order_by("number").values_list("manifest", "note", "table", "id", "after"))
        == before
    )
    assert check.only_the_anonymous_is_released(after(second)).state == KEPT


def test_while_what_was_released_cannot_be_read_nothing_is_drawn_and_it_stays(
    only: Only, break_data: Break
) -> None:
    only(source("made", people({"NO": 300, "SE": 200})))
    first, second = two()
    assert making.release_due(by=SYSTEM, at=after(first)) == 1
    sound = witness.place().read_text()
    for text in STRANGE:
        witness.place().write_text(text)
        assert making.release_due(by=SYSTEM, at=after(second)) == 0
        assert witness.place().read_text() == text
        assert check.only_the_anonymous_is_released(after(second)).state == BROKEN
    witness.place().write_text(sound)
    assert check.only_the_anonymous_is_released(after(first)).state == KEPT
    for table in ("statisticsrelease", "statisticsspending"):
        break_data(f"DELETE FROM privacy_{table}")
    release(first)
    assert making.release_due(by=SYSTEM, at=after(second)) == 0, (
        "other noise was drawn for it: it is not ours"
    )
    assert witness.place().read_text() == sound
    assert check.only_the_anonymous_is_released(after(second)).figures["unreadable"] == 1


def test_a_store_that_moves_to_another_host_keeps_what_it_released(
    only: Only, settings: Settings, break_data: Break
) -> None:
    only(source("made", people({"NO": 300, "SE": 200})))
    first, second = two()
    assert making.release_due(by=SYSTEM, at=after(first)) == 1
    settings.PUBLIC_ORIGIN = "https://moved.example"
    assert check.only_the_anonymous_is_released(after(first)).state == KEPT
    assert making.release_due(by=SYSTEM, at=after(second)) == 1
    assert check.only_the_anonymous_is_released(after(second)).state == KEPT
    issuers = [one["manifest"]["issuer"] for one in witness.kept()]
    assert len(set(issuers)) == 2
    before = list(Release.objects.order_by("number").values_list("manifest", flat=True))
    for table in ("statisticsrelease", "statisticsspending"):
        break_data(f"DELETE FROM privacy_{table}")
    assert making.release_due(by=SYSTEM, at=after(second)) == 0
    assert list(Release.objects.order_by("number").values_list("manifest", flat=True)) == before
