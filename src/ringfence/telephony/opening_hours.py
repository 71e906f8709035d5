"""Opening hours as a customer sets them: a week, public holidays, and days that are unlike the others. Pure.

An interval belongs to the day on which it begins; one that ends at or before its beginning runs into the next day, so
that a bar is open from 20:00 to 03:00. Times are those on the wall in the zone of the number.
"""

import itertools
import re
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

DAYS: Final = 7
MINUTES_OF_A_DAY: Final = 24 * 60
MOST_INTERVALS: Final = 3
"""How many intervals one day may have."""
MOST_SPECIAL_DAYS: Final = 40
LONGEST_SPECIAL_DAYS: Final = 366
SUNDAY: Final = 6

_TIME: Final = re.compile(r"([01]?[0-9]|2[0-4])(?:[:.]?([0-5][0-9]))?", re.ASCII)


class OnHolidays(StrEnum):
    """What a public holiday does to the opening hours of its day."""

    CLOSED = "closed"
    AS_SUNDAY = "as_sunday"
    AS_USUAL = "as_usual"


class Interval(NamedTuple):
    """From a minute of the day to another; when it is not later, to that minute of the next day."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many minutes of the clock it lasts, 1 to 1440."""
        return self.end - self.start if self.end > self.start else self.end + MINUTES_OF_A_DAY - self.start

    @property
    def is_overnight(self) -> bool:
        """Whether it runs into the next day."""
        return self.end <= self.start and self.end > 0


@dataclass(frozen=True, slots=True)
class SpecialDays:
    """One day, or several in a row, with opening hours of their own; without any they are closed."""

    first: date
    last: date
    intervals: tuple[Interval, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Hours:
    """When a number is open. `week` begins with Monday."""

    zone: str
    week: tuple[tuple[Interval, ...], ...] = field(default=((),) * DAYS)
    country: str = ""
    region: str = ""
    on_holidays: OnHolidays = OnHolidays.CLOSED
    special: tuple[SpecialDays, ...] = ()

    def special_on(self, day: date) -> SpecialDays | None:
        """Return the special days that a day belongs to; of several the shortest, and then the last entered."""
        found = [
            (one.last - one.first, -place, one)
            for place, one in enumerate(self.special)
            if one.first <= day <= one.last
        ]
        return min(found)[2] if found else None

    def without_past(self, today: date) -> "Hours":
        """Return these hours without special days that are over."""
        return replace(self, special=tuple(one for one in self.special if one.last >= today))


class Unreadable(ValueError):
    """A time that is not one; the text is in `args[0]`."""


def read_time(text: str) -> int:
    """Return the minute of the day that somebody wrote: 9, 09:00, 9.30, 0930, 24:00. Raises Unreadable."""
    match = _TIME.fullmatch(text.strip())
    minute = int(match[1]) * 60 + int(match[2] or 0) if match else MINUTES_OF_A_DAY + 1
    if minute > MINUTES_OF_A_DAY:
        raise Unreadable(text)
    return minute


def write_time(minute: int) -> str:
    """Write a minute of the day: 09:00; the end of the day is 24:00."""
    return f"{minute // 60:02}:{minute % 60:02}"


def interval(start: int, end: int) -> Interval:
    """Return an interval; 24:00 is kept as the midnight at which the next day begins."""
    return Interval(start % MINUTES_OF_A_DAY, end % MINUTES_OF_A_DAY)


def overlap(intervals: tuple[Interval, ...]) -> bool:
    """Whether intervals of one day cover a minute twice, counting on past midnight."""
    ordered = sorted((one.start, one.start + one.length) for one in intervals)
    return any(later[0] < earlier[1] for earlier, later in itertools.pairwise(ordered))


def to_stored(hours: Hours) -> dict[str, Any]:
    """Write opening hours as they are kept."""
    return {
        "zone": hours.zone,
        "week": [_stored(day) for day in hours.week],
        "country": hours.country,
        "region": hours.region,
        "holidays": hours.on_holidays.value,
        "special": [
            {
                "first": one.first.isoformat(),
                "last": one.last.isoformat(),
                "open": _stored(one.intervals),
                "name": one.name,
            }
            for one in hours.special
        ],
    }


def from_stored(kept: dict[str, Any]) -> Hours:
    """Read what `to_stored` wrote."""
    return Hours(
        zone=kept["zone"],
        week=tuple(_intervals(day) for day in kept["week"]),
        country=kept["country"],
        region=kept["region"],
        on_holidays=OnHolidays(kept["holidays"]),
        special=tuple(
            SpecialDays(
                date.fromisoformat(one["first"]),
                date.fromisoformat(one["last"]),
                _intervals(one["open"]),
                one["name"],
            )
            for one in kept["special"]
        ),
    )


def _stored(intervals: tuple[Interval, ...]) -> list[list[str]]:
    return [[write_time(one.start), write_time(one.end)] for one in intervals]


def _intervals(kept: list[list[str]]) -> tuple[Interval, ...]:
    return tuple(interval(read_time(start), read_time(end)) for start, end in kept)
