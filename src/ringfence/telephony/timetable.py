"""From opening hours to the moments (UTC) at which the switch changes from one plan to the other. Pure.

What is on the wall is turned into moments here, since the switch knows neither zones nor summer time. Where a time is
left out, because clocks go forward over it, it is the moment they do. Where a time comes twice, an interval begins
with the first and ends with the second: nobody is told "closed" an hour too early.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from ringfence.telephony.opening_hours import DAYS, SUNDAY, Hours, Interval, OnHolidays, SpecialDays
from ringfence.telephony.ports import Switchover
from ringfence.telephony.public_holidays import holiday_on

OPEN_PLAN, CLOSED_PLAN = 0, 1
"""The places of the two plans in a route."""
AHEAD: Final = timedelta(days=15)
"""How far ahead the switch is told; it is told again every day, so that two weeks are always known."""
_DAY: Final = timedelta(days=1)
_SECOND: Final = timedelta(seconds=1)


class Why(StrEnum):
    """What decides about the opening hours of a day."""

    WEEK = "week"
    HOLIDAY = "holiday"
    SPECIAL = "special"


class DayPlan(NamedTuple):
    """The intervals that begin on a day, and what decided them."""

    day: date
    intervals: tuple[Interval, ...]
    why: Why
    name: str = ""
    special: SpecialDays | None = None


class Span(NamedTuple):
    """A time during which a number is open: from a moment to another, which is no longer in it."""

    begins: datetime
    ends: datetime


class Standing(NamedTuple):
    """How a number stands at a moment: open or not, by which day's rule, and until when that is known to hold."""

    is_open: bool
    day: DayPlan
    until: datetime | None


def plan_of(hours: Hours, day: date, language: str = "en") -> DayPlan:
    """Return what holds for a day: a special day before a holiday, a holiday before the week."""
    special = hours.special_on(day)
    if special is not None:
        return DayPlan(day, special.intervals, Why.SPECIAL, special.name, special)
    usual = hours.week[day.weekday()]
    if hours.on_holidays is not OnHolidays.AS_USUAL:
        name = holiday_on(day, hours.country, hours.region, language)
        if name:
            on_sunday = hours.on_holidays is OnHolidays.AS_SUNDAY
            return DayPlan(day, hours.week[SUNDAY] if on_sunday else (), Why.HOLIDAY, name)
    return DayPlan(day, usual, Why.WEEK)


def spans(hours: Hours, first: date, last: date) -> list[Span]:
    """Return when a number is open by the intervals that begin on these days, in order, those that touch made one."""
    found: list[Span] = []
    for span in sorted(_of_days(hours, first, last)):
        if found and span.begins <= found[-1].ends:
            found[-1] = Span(found[-1].begins, max(found[-1].ends, span.ends))
        else:
            found.append(span)
    return found


def switchovers(hours: Hours, since: datetime, ahead: timedelta = AHEAD) -> tuple[Switchover, ...]:
    """Return until when which plan is in force, from a moment on; the last entry ends with what is looked ahead."""
    end = since + ahead
    made: list[Switchover] = []
    now = since
    for begins, ends in spans(hours, _local(since, hours.zone) - _DAY, _local(end, hours.zone)):
        if ends <= since or begins >= end:
            continue
        if begins > now:
            made.append(Switchover(begins, CLOSED_PLAN))
        now = min(ends, end)
        made.append(Switchover(now, OPEN_PLAN))
    if now < end:
        made.append(Switchover(end, CLOSED_PLAN))
    return tuple(made)


def standing_at(hours: Hours, moment: datetime, language: str = "en") -> Standing:
    """Return how a number stands at a moment, and why."""
    today = _local(moment, hours.zone)
    near = spans(hours, today - _DAY, today + _DAY * (DAYS + 1))
    holding = next((span for span in near if span.begins <= moment < span.ends), None)
    if holding is None:
        coming = next((span.begins for span in near if span.begins > moment), None)
        return Standing(is_open=False, day=plan_of(hours, today, language), until=coming)
    of_yesterday = any(
        span.begins <= moment < span.ends for span in spans(hours, today - _DAY, today - _DAY)
    ) and not any(span.begins <= moment < span.ends for span in spans(hours, today, today))
    day = today - _DAY if of_yesterday else today
    return Standing(is_open=True, day=plan_of(hours, day, language), until=holding.ends)


def start_of_day(moment: datetime) -> datetime:
    """Return the beginning of a moment's day in UTC: what timetables are counted from."""
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _of_days(hours: Hours, first: date, last: date) -> Iterator[Span]:
    zone = _zone(hours.zone)
    day = first
    while day <= last:
        for one in plan_of(hours, day).intervals:
            midnight = datetime.combine(day, datetime.min.time())
            begins = first_moment(midnight + timedelta(minutes=one.start), zone)
            ends = last_moment(midnight + timedelta(minutes=one.start + one.length), zone)
            if begins < ends:
                yield Span(begins, ends)
        day += _DAY


def first_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the first moment at which a clock on the wall shows this time, or a later one where it is left out."""
    return _moment(wall.replace(fold=0), zone)


def last_moment(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment from which on a clock on the wall shows this time or later for good."""
    return _moment(wall.replace(fold=1), zone)


def _moment(wall: datetime, zone: ZoneInfo) -> datetime:
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(found, zone) == wall.replace(fold=0):
        return found
    early, late = (wall.replace(fold=fold, tzinfo=zone).astimezone(UTC) for fold in (1, 0))
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        early, late = (early, middle) if _wall(middle, zone) >= wall.replace(fold=0) else (middle, late)
    return late


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _local(moment: datetime, zone: str) -> date:
    return moment.astimezone(_zone(zone)).date()


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
