"""Norwegian holidays and Easter over many years, reckoned a second way, and what windows make of them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.kernel.working_days import end_of_day_window, end_of_working_day_window, is_working_day
from ringfence.shop.rules import WindowRule, cancellation_window

YEARS = range(2024, 2051)
OSLO = ZoneInfo("Europe/Oslo")


def easter(year: int) -> date:
    """Easter Sunday by the rule of the Gregorian calendar (Meeus, Jones and Butcher)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), (i, k) = divmod(b, 4), divmod(c, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def holidays_of(year: int) -> set[date]:
    """The days off by law in Norway (lov 24. februar 1995 nr. 12 § 2, lov 26. april 1947 nr. 1), Sundays aside."""
    sunday = easter(year)
    moving = {sunday + timedelta(days=days) for days in (-3, -2, 1, 39, 50)}
    return moving | {date(year, *day) for day in ((1, 1), (5, 1), (5, 17), (12, 25), (12, 26))}


def test_easter_falls_where_the_almanac_has_it() -> None:
    known = {2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2027: (3, 28), 2038: (4, 25), 2035: (3, 25)}
    assert {year: (easter(year).month, easter(year).day) for year in known} == known


@pytest.mark.parametrize("year", YEARS)
def test_every_day_of_a_norwegian_year_is_what_the_law_says(year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(365)]
    off = holidays_of(year)
    assert [day for day in days if is_working_day(day, "NO") == (day.weekday() > 4 or day in off)] == []


@pytest.mark.parametrize("year", YEARS)
def test_two_working_days_over_easter_and_christmas(year: int) -> None:
    """Provided on the Wednesday before Easter, two working days end with the Wednesday after it."""
    wednesday = easter(year) - timedelta(days=4)
    noon = datetime(wednesday.year, wednesday.month, wednesday.day, 12, tzinfo=OSLO)
    end = end_of_working_day_window(from_moment=noon, working_days=2, country="NO", time_zone="Europe/Oslo")
    assert end.astimezone(OSLO).date() == wednesday + timedelta(days=8)
    eve = datetime(year, 12, 24, 12, tzinfo=OSLO)
    end = end_of_working_day_window(from_moment=eve, working_days=2, country="NO", time_zone="Europe/Oslo")
    last = (end - timedelta(microseconds=1)).astimezone(OSLO).date()
    between = [
        date(year, 12, 25) + timedelta(days=number) for number in range((last - date(year, 12, 24)).days)
    ]
    off = holidays_of(year) | holidays_of(year + 1)
    assert sum(day.weekday() < 5 and day not in off for day in between) == 2


@settings(deadline=None)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2049, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["Europe/Oslo", "America/New_York", "Asia/Tokyo", "Pacific/Auckland", "UTC"]),
)
def test_no_window_of_a_norwegian_ends_on_a_day_off(moment: datetime, zone: str) -> None:
    for end in (
        end_of_working_day_window(from_moment=moment, working_days=2, country="NO", time_zone=zone),
        end_of_day_window(from_moment=moment, days=14, country="NO", time_zone=zone),
    ):
        last = (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
        assert last.weekday() < 5
        assert last not in holidays_of(last.year)
        assert moment < end < moment + timedelta(days=22)


@settings(deadline=None)
@given(
    st.datetimes(datetime(2024, 1, 1), datetime(2049, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.sampled_from(["NO", "SE", "DE", "GR", "CY", "US", "EG", "ZZ"]),
    st.sampled_from(["Europe/Oslo", "Europe/Athens", "America/New_York", "Africa/Cairo"]),
)
def test_a_consumer_never_has_less_time_than_a_business_nor_than_the_law_gives(
    moment: datetime, country: str, zone: str
) -> None:
    windows = {
        consumer: cancellation_window(provided_at=moment, country=country, consumer=consumer, time_zone=zone)
        for consumer in (True, False)
    }
    assert windows[True].ends_at >= windows[False].ends_at
    assert windows[False].rule is WindowRule.TWO_WORKING_DAYS
    if windows[True].rule is WindowRule.FOURTEEN_DAYS_EEA:
        day = moment.astimezone(ZoneInfo(zone)).date()
        assert windows[True].ends_at.astimezone(ZoneInfo(zone)).date() >= day + timedelta(days=15)
