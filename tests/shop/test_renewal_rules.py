"""Renewals as pure decisions: every date there is, in every zone, and a table without dead ends."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.kernel.refusal import Refusal
from ringfence.shop.renewal_rules import (
    OPEN,
    REMINDER_DAYS,
    RENEWAL_MOVES,
    RETRY_DAYS,
    RenewalEvent,
    RenewalState,
    first_period_after,
    move_renewal,
    next_moment,
    period,
    reminder_at,
    reminder_due,
    retry_at,
    spread_of,
)
from ringfence.shop.rules import Term

ZONES = ("Europe/Oslo", "America/New_York", "Asia/Kolkata", "Pacific/Auckland", "America/St_Johns", "UTC")
moments = st.timedeltas(timedelta(0), timedelta(days=5800)).map(datetime(2024, 1, 1, tzinfo=UTC).__add__)
zones, terms = st.sampled_from(ZONES), st.sampled_from(list(Term))


def test_a_short_month_shortens_no_other() -> None:
    anchor = datetime(2027, 1, 31, 9, 0, tzinfo=UTC)
    days = [period(anchor, number, Term.MONTH, "Europe/Oslo")[0].date().isoformat() for number in range(1, 5)]
    assert days == ["2027-02-28", "2027-03-31", "2027-04-30", "2027-05-31"]


def test_a_leap_day_comes_back_every_four_years() -> None:
    anchor = datetime(2028, 2, 29, 9, 0, tzinfo=UTC)
    days = [period(anchor, number, Term.YEAR, "UTC")[0].date().isoformat() for number in range(1, 5)]
    assert days == ["2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]


@given(moments, zones, terms, st.integers(0, 60))
def test_periods_follow_one_another_without_gap_on_the_day_of_the_first(
    anchor: datetime, zone: str, term: Term, number: int
) -> None:
    start, end = period(anchor, number, term, zone)
    assert end == period(anchor, number + 1, term, zone)[0]
    assert timedelta(days=27) < end - start < timedelta(days=367)
    first, then = anchor.astimezone(ZoneInfo(zone)), start.astimezone(ZoneInfo(zone))
    is_last_day = (then + timedelta(days=1)).month != then.month
    assert then.day == first.day or (then.day < first.day and is_last_day)


@given(moments, zones, terms, st.timedeltas(timedelta(0), timedelta(days=900)))
def test_the_first_period_after_a_moment_is_the_first(
    anchor: datetime, zone: str, term: Term, later: timedelta
) -> None:
    at = anchor + later
    number = first_period_after(anchor, term, zone, at)
    assert period(anchor, number, term, zone)[0] > at
    assert number == 1 or period(anchor, number - 1, term, zone)[0] <= at


@given(moments, zones, st.uuids())
def test_reminders_are_three_at_a_decent_hour_before_the_payment(
    due: datetime, zone: str, renewal: UUID
) -> None:
    times = [reminder_at(due, days, zone, spread_of(renewal)) for days in REMINDER_DAYS]
    assert times == sorted(times)
    assert times[-1] < due
    for days, moment in zip(REMINDER_DAYS, times, strict=True):
        local = moment.astimezone(ZoneInfo(zone))
        assert local.hour == 10
        assert (due.astimezone(ZoneInfo(zone)).date() - local.date()).days == days


def test_the_reminders_of_a_morning_are_spread_over_its_hour() -> None:
    minutes = {int(spread_of(uuid4()).total_seconds()) // 60 for _renewal in range(2000)}
    assert minutes == set(range(60))


@given(moments, zones, st.lists(st.timedeltas(timedelta(minutes=1), timedelta(days=9)), max_size=12))
def test_however_seldom_the_sweep_runs_no_reminder_comes_twice_and_none_after_the_payment(
    due: datetime, zone: str, pauses: list[timedelta]
) -> None:
    at, told, sent = due - timedelta(days=9), None, []
    for pause in pauses:
        at += pause
        days = reminder_due(due, zone, told, at)
        if days is not None:
            sent.append(days)
            told = days
        coming = next_moment(due, zone, told, at)
        assert coming == due or at < coming < due
        assert reminder_due(due, zone, told, at) is None
    assert sent == sorted(set(sent), reverse=True)
    assert at < due or reminder_due(due, zone, None, at) is None


@given(moments, zones)
def test_a_refused_card_is_tried_again_on_later_days_and_then_no_more(first: datetime, zone: str) -> None:
    times = [retry_at(first, tries, zone) for tries in range(1, len(RETRY_DAYS) + 1)]
    known = [moment for moment in times if moment is not None]
    assert len(known) == len(RETRY_DAYS)
    assert known == sorted(known)
    assert known[0] > first
    assert retry_at(first, len(RETRY_DAYS) + 1, zone) is None


def test_every_state_is_reached_and_every_open_one_has_an_end() -> None:
    assert {RenewalState.UPCOMING, *RENEWAL_MOVES.values()} == set(RenewalState)
    for state in OPEN:
        assert (state, RenewalEvent.ORDER_ENDS) in RENEWAL_MOVES
        seen, front = set[RenewalState](), {state}
        while front:
            seen |= front
            front = {end for (start, _), end in RENEWAL_MOVES.items() if start in front} - seen
        assert RenewalState.PAID in seen
        assert RenewalState.ENDED in seen


def test_what_is_over_stays_over() -> None:
    for state in set(RenewalState) - set(OPEN):
        leading = {event for start, event in RENEWAL_MOVES if start is state}
        assert leading <= {RenewalEvent.CHARGE_BACK}
    with pytest.raises(Refusal) as refused:
        move_renewal(RenewalState.ENDED, RenewalEvent.PAID)
    assert refused.value.code == "renewal.cannot_move"
