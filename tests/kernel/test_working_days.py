"""Deadlines: never earlier than the law, never going backwards, right on the days when clocks change."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.kernel.working_days import (
    calendar_month_later,
    due_at,
    end_of_day,
    end_of_day_window,
    end_of_working_day_window,
    is_working_day,
    next_working_day,
    working_day_after,
)

COUNTRIES = st.sampled_from(["NO", "SE", "DK", "FI", "GB", "DE", "FR", "US", "EG", "SA", "CN", "IS", "ZZ"])
ZONES = st.sampled_from([
    "Europe/Oslo", "Europe/London", "Africa/Cairo", "America/New_York", "America/Santiago", "Asia/Beirut",
    "Asia/Kathmandu", "Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Kiritimati", "UTC",
])  # fmt: skip
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
DAYS = st.dates(date(2024, 1, 1), date(2036, 12, 31))


@settings(deadline=None)
@given(DAYS, ZONES)
def test_the_end_of_a_day_is_the_first_instant_after_it(day: date, zone: str) -> None:
    end = end_of_day(day, zone)
    assert (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() == day
    assert end.astimezone(ZoneInfo(zone)).date() == day + timedelta(days=1)


@settings(deadline=None)
@given(MOMENTS, COUNTRIES, ZONES, st.integers(1, 5))
def test_a_window_holds_exactly_its_working_days(
    moment: datetime, country: str, zone: str, days: int
) -> None:
    end = end_of_working_day_window(from_moment=moment, working_days=days, country=country, time_zone=zone)
    first = moment.astimezone(ZoneInfo(zone)).date()
    last = (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    inside = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    assert sum(is_working_day(day, country) for day in inside) == days
    assert is_working_day(last, country)
    assert end - moment > timedelta(hours=24 * days - 2)


@settings(deadline=None)
@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=20)), COUNTRIES, ZONES)
def test_windows_never_go_backwards(moment: datetime, later: timedelta, country: str, zone: str) -> None:
    def ends(at: datetime) -> tuple[datetime, datetime]:
        return (
            end_of_working_day_window(from_moment=at, working_days=2, country=country, time_zone=zone),
            end_of_day_window(from_moment=at, days=14, country=country, time_zone=zone),
        )

    assert all(a <= b for a, b in zip(ends(moment), ends(moment + later), strict=True))
    two = end_of_working_day_window(from_moment=moment, working_days=2, country=country, time_zone=zone)
    three = end_of_working_day_window(from_moment=moment, working_days=3, country=country, time_zone=zone)
    assert two < three


@settings(deadline=None)
@given(MOMENTS, COUNTRIES, ZONES)
def test_fourteen_days_are_never_fewer(moment: datetime, country: str, zone: str) -> None:
    end = end_of_day_window(from_moment=moment, days=14, country=country, time_zone=zone)
    assert end >= moment.astimezone(ZoneInfo(zone)) + timedelta(days=14) - timedelta(hours=1)
    last = (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    assert is_working_day(last, country)
    assert last.weekday() < 5
    assert last >= moment.astimezone(ZoneInfo(zone)).date() + timedelta(days=14)


@settings(deadline=None)
@given(MOMENTS, st.timedeltas(timedelta(0), timedelta(days=40)), ZONES)
def test_a_request_is_due_within_a_month_and_thirty_days(
    received: datetime, later: timedelta, zone: str
) -> None:
    due = due_at(received, zone)
    assert timedelta(days=27, hours=22) <= due - received <= timedelta(days=30)
    local, arrived = due.astimezone(ZoneInfo(zone)), received.astimezone(ZoneInfo(zone))
    year, month = divmod(arrived.year * 12 + arrived.month, 12)
    last_lawful = date(year, month + 1, min(arrived.day, monthrange(year, month + 1)[1]))
    assert local.date() <= last_lawful
    assert due_at(received).date() <= due_at(received + later).date()


@pytest.mark.parametrize(
    ("received", "later"),
    [
        ("2026-01-31T12:00+00:00", "2026-02-28T12:00+00:00"),
        ("2028-01-30T23:59+00:00", "2028-02-29T23:59+00:00"),
        ("2026-12-15T00:00+00:00", "2027-01-15T00:00+00:00"),
        ("2026-02-28T12:00+00:00", "2026-03-28T12:00+00:00"),
    ],
)
def test_a_calendar_month_later(received: str, later: str) -> None:
    assert calendar_month_later(datetime.fromisoformat(received)) == datetime.fromisoformat(later)


def test_a_month_over_the_change_of_clocks_keeps_the_local_time() -> None:
    moment = datetime(2026, 3, 10, 11, tzinfo=UTC)
    assert calendar_month_later(moment, "Europe/Oslo") == datetime(2026, 4, 10, 10, tzinfo=UTC)


def test_easter_in_norway() -> None:
    wednesday = datetime(2026, 4, 1, 12, tzinfo=UTC)
    end = end_of_working_day_window(
        from_moment=wednesday, working_days=2, country="NO", time_zone="Europe/Oslo"
    )
    assert end == datetime(2026, 4, 8, 22, tzinfo=UTC)


def test_late_evening_belongs_to_the_local_day() -> None:
    tuesday_in_oslo = datetime(2026, 2, 9, 23, 30, tzinfo=UTC)
    end = end_of_working_day_window(
        from_moment=tuesday_in_oslo, working_days=2, country="NO", time_zone="Europe/Oslo"
    )
    assert end == datetime(2026, 2, 12, 23, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "country", "works"),
    [
        (date(2026, 5, 17), "NO", False),
        (date(2026, 5, 18), "NO", True),
        (date(2026, 5, 25), "no", False),
        (date(2026, 9, 18), "EG", False),
        (date(2026, 9, 20), "EG", True),
        (date(2026, 9, 20), "CN", True),
        (date(2026, 9, 18), "ZZ", False),
        (date(2026, 9, 17), "ZZ", True),
    ],
)
def test_weekends_and_holidays(day: date, country: str, *, works: bool) -> None:
    assert is_working_day(day, country) is works


def test_next_working_day_and_the_nth() -> None:
    friday = date(2026, 2, 13)
    assert next_working_day(friday, "NO") == friday
    assert next_working_day(friday + timedelta(days=1), "NO") == date(2026, 2, 16)
    assert working_day_after(friday, 2, "NO") == date(2026, 2, 17)


def test_what_is_no_moment_and_no_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        due_at(datetime(2026, 1, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="IANA"):
        end_of_day(date(2026, 1, 1), "Europe/Nowhere")
    with pytest.raises(ValueError, match="IANA"):
        end_of_day(date(2026, 1, 1), "../etc/passwd")
    with pytest.raises(ValueError, match="one working day"):
        working_day_after(date(2026, 1, 1), 0, "NO")
