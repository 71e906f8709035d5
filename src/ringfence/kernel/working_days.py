"""Working days, and the ends of periods that are counted in days.

Every end is an exclusive moment in UTC: the first instant that is no longer inside the period, so that
``at < end`` is the whole test. Days begin and end in a person's own time zone, summer time included.

Countries are ISO 3166-1 alpha-2 codes. Weekends and public holidays are those of the whole country; a holiday
of one region only (a German Land, a Swiss canton) counts as a working day.
"""

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

REQUEST_DAYS: Final = 30
"""A request of a data subject is answered within this many days, and within a calendar month (clause 4.3)."""

_WEEKEND_SOMEWHERE: Final = frozenset({4, 5, 6})
_ONE_DAY: Final = timedelta(days=1)


def is_working_day(day: date, country: str) -> bool:
    """Whether people work on this day in this country: neither a weekend nor a public holiday.

    Friday and Saturday are the weekend where they are (Egypt, Saudi Arabia); a weekend day that a government
    has made a working day counts as one (China). For a country of which nothing is known, Friday, Saturday
    and Sunday all count as free, so that a window can only come out longer than it should, never shorter.
    """
    return day not in _days_off(country.upper(), day.year)


def next_working_day(day: date, country: str) -> date:
    """The day itself when it is a working day, otherwise the first one after it."""
    while not is_working_day(day, country):
        day += _ONE_DAY
    return day


def working_day_after(day: date, working_days: int, country: str) -> date:
    """The n-th working day after a day, that day itself not counted. ``ValueError`` for less than one."""
    if working_days < 1:
        message = "a window has one working day or more"
        raise ValueError(message)
    for _ in range(working_days):
        day = next_working_day(day + _ONE_DAY, country)
    return day


def end_of_working_day_window(
    *, from_moment: datetime, working_days: int, country: str, time_zone: str
) -> datetime:
    """The end of "within n working days of the day" (clause 6.1): midnight after the n-th working day.

    The day in which ``from_moment`` falls, in ``time_zone``, is not counted (Regulation (EEC, Euratom) No
    1182/71, article 3(1)). Provided on a Friday, two working days end with Tuesday. Exclusive, in UTC.
    """
    first = local_day(from_moment, time_zone)
    return end_of_day(working_day_after(first, working_days, country), time_zone)


def end_of_day_window(*, from_moment: datetime, days: int, country: str, time_zone: str) -> datetime:
    """The end of a period of calendar days that the law gives. Exclusive, in UTC.

    Regulation (EEC, Euratom) No 1182/71, article 3: the day of the event is not counted (1), the period ends
    with the last hour of its last day (2 b), and when that day is a holiday, a Saturday or a Sunday, with the
    last hour of the next working day (4).
    """
    if days < 1:
        message = "a period has one day or more"
        raise ValueError(message)
    last = local_day(from_moment, time_zone) + timedelta(days=days)
    while last.weekday() in {5, 6} or not is_working_day(last, country):
        last += _ONE_DAY
    return end_of_day(last, time_zone)


def calendar_month_later(moment: datetime, time_zone: str = "UTC") -> datetime:
    """The same time of day one month later, on that month's last day where it is shorter. In UTC.

    In the zone ``UTC`` this is what PostgreSQL answers for ``moment + interval '1 month'``.
    """
    return calendar_months_later(moment, 1, time_zone)


def calendar_months_later(moment: datetime, months: int, time_zone: str = "UTC") -> datetime:
    """The same time of day so many months later, on that month's last day where it is shorter. In UTC."""
    local = _aware(moment).astimezone(_zone(time_zone))
    years, before = divmod(local.month - 1 + months, 12)
    year, month = local.year + years, before + 1
    day = min(local.day, monthrange(year, month)[1])
    return local.replace(year=year, month=month, day=day, fold=0).astimezone(UTC)


def due_at(received: datetime, time_zone: str = "UTC") -> datetime:
    """When a request of a data subject must have been answered, in UTC (clause 4.3).

    The earlier of 30 days (the policy) and one calendar month from receipt (GDPR article 12(3)). Regulation
    (EEC, Euratom) No 1182/71, article 3 would let the month run until the end of its last day, and past a
    weekend; the stricter reading, to the minute, is the one kept. Of two requests, the later one is never due
    on an earlier day.
    """
    thirty_days = _aware(received).astimezone(UTC) + timedelta(days=REQUEST_DAYS)
    return min(thirty_days, calendar_month_later(received, time_zone))


def local_day(moment: datetime, time_zone: str) -> date:
    """The day of the calendar that a moment falls in, in this time zone."""
    return _aware(moment).astimezone(_zone(time_zone)).date()


def end_of_day(day: date, time_zone: str) -> datetime:
    """The first instant after a day of this time zone, in UTC.

    Where summer time begins at midnight, so that there is no midnight, it is the instant of the change.
    """
    return datetime.combine(day + _ONE_DAY, time.min, tzinfo=_zone(time_zone)).astimezone(UTC)


@lru_cache(maxsize=512)
def _days_off(country: str, year: int) -> frozenset[date]:
    """Every day of the year on which nobody works; some 10 kB each."""
    # The library takes 75 ms and 11 MB, which only a process that counts working days should pay.
    import holidays

    first = date(year, 1, 1)
    days = [first + timedelta(days=offset) for offset in range(date(year, 12, 31).timetuple().tm_yday)]
    try:
        calendar = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return frozenset(day for day in days if day.weekday() in _WEEKEND_SOMEWHERE)
    return frozenset(day for day in days if not calendar.is_working_day(day))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"{name!r} is not a time zone of the IANA database, such as Europe/Oslo"
        raise ValueError(message) from None


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        message = "a moment has a time zone; this one has none"
        raise ValueError(message)
    return moment
