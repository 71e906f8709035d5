"""Opening hours become moments: right on every day of the year, those included on which clocks are changed."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.telephony import timetable
from ringfence.telephony.opening_hours import (
    Hours,
    Interval,
    OnHolidays,
    SpecialDays,
    Unreadable,
    from_stored,
    interval,
    overlap,
    read_time,
    to_stored,
    write_time,
)
from ringfence.telephony.timetable import CLOSED_PLAN, OPEN_PLAN, Why, standing_at, switchovers

ZONES = [
    "Europe/Oslo",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Santiago",
    "Asia/Kathmandu",
    "UTC",
]
CHANGES = {
    "Europe/Oslo": [date(2026, 3, 29), date(2026, 10, 25)],
    "America/New_York": [date(2026, 3, 8), date(2026, 11, 1)],
    "Australia/Lord_Howe": [date(2026, 4, 5), date(2026, 10, 4)],
    "America/Santiago": [date(2026, 4, 4), date(2026, 9, 6)],
    "Asia/Kathmandu": [date(2026, 6, 1)],
    "UTC": [date(2026, 3, 29)],
}
OFFICE = Interval(9 * 60, 17 * 60)
NIGHT = Interval(22 * 60, 6 * 60)


def every_day(*intervals: Interval, zone: str = "Europe/Oslo", **more: object) -> Hours:
    return Hours(zone, (tuple(intervals),) * 7, **more)  # type: ignore[arg-type] # handed on as it is


def moment(text: str, zone: str = "Europe/Oslo", fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def _intervals(starts: int, longest: int) -> st.SearchStrategy[Interval]:
    return st.builds(
        lambda start, length: interval(start, (start + length) % 1440),
        st.integers(0, starts),
        st.integers(1, longest),
    )


def _days(one: st.SearchStrategy[Interval], least: int) -> st.SearchStrategy[tuple[Interval, ...]]:
    found = st.lists(one, min_size=least, max_size=3).map(tuple)
    return found.filter(lambda day: not overlap(day))


days = _days(_intervals(1439, 1439), 0)
nights_of_change = _days(_intervals(200, 150), 1)
"""Days with hours near those in which clocks are changed."""
weeks = st.lists(days, min_size=7, max_size=7).map(tuple)


@st.composite
def hours_near_a_change(draw: st.DrawFn) -> tuple[Hours, datetime]:
    """Hours of any kind, and a moment within a day or so of a change of the clock."""
    zone = draw(st.sampled_from(ZONES))
    day = draw(st.sampled_from(CHANGES[zone]))
    special = [SpecialDays(day, day, draw(nights_of_change))] if draw(st.sampled_from([1, 1, 1, 0])) else []
    hours = Hours(zone, draw(weeks), special=tuple(special))
    midnight = datetime.combine(day, datetime.min.time(), UTC)
    return hours, midnight + timedelta(minutes=draw(st.integers(-1800, 900)))


def _by_the_wall(hours: Hours, first: date, moments: list[datetime]) -> set[datetime]:
    """Which moments are open, found by nothing but looking at a clock on the wall minute by minute."""
    zone = ZoneInfo(hours.zone)
    walls = [one.astimezone(zone).replace(tzinfo=None, fold=0) for one in moments]
    open_at: set[datetime] = set()
    for back in range(5):
        day = first + timedelta(days=back)
        for one in timetable.plan_of(hours, day).intervals:
            midnight = datetime.combine(day, datetime.min.time())
            begin, end = (midnight + timedelta(minutes=m) for m in (one.start, one.start + one.length))
            begun = next((place for place, wall in enumerate(walls) if wall >= begin), len(walls))
            ended = max((place + 1 for place, wall in enumerate(walls) if wall < end), default=0)
            open_at.update(moments[begun:ended])
    return open_at


@settings(max_examples=150, deadline=None)
@given(hours_near_a_change())
def test_every_minute_is_as_the_clock_on_the_wall_says(made: tuple[Hours, datetime]) -> None:
    hours, since = made
    ahead = timedelta(hours=30)
    table = switchovers(hours, since, ahead)
    local = since.astimezone(ZoneInfo(hours.zone)).date()
    start = datetime.combine(local - timedelta(days=2), datetime.min.time(), UTC)
    moments = [start + timedelta(minutes=minute) for minute in range(5 * 1440)]
    expected = _by_the_wall(hours, local - timedelta(days=1), moments)
    for one in moments[::1]:
        if since <= one < since + ahead:
            plan = next(entry.plan for entry in table if one < entry.until)
            assert (plan == OPEN_PLAN) == (one in expected), one


@settings(max_examples=60, deadline=None)
@given(hours_near_a_change())
def test_switchovers_follow_each_other_change_something_and_reach_far_enough(
    made: tuple[Hours, datetime],
) -> None:
    hours, since = made
    table = switchovers(hours, since)
    moments = [entry.until for entry in table]
    assert moments == sorted(set(moments))
    assert moments[0] > since
    assert moments[-1] == since + timetable.AHEAD
    assert all(one.plan != two.plan for one, two in itertools.pairwise(table))


@settings(max_examples=60, deadline=None)
@given(hours_near_a_change())
def test_what_is_told_of_a_moment_is_what_the_switch_does(made: tuple[Hours, datetime]) -> None:
    hours, since = made
    first = switchovers(hours, since)[0]
    standing = standing_at(hours, since)
    assert standing.is_open == (first.plan == OPEN_PLAN)
    if standing.until is not None:
        assert standing.until == first.until or standing.until > since + timedelta(days=7)


@given(weeks, st.sampled_from(list(OnHolidays)), st.lists(days, max_size=3))
def test_opening_hours_are_kept_as_they_are(
    week: tuple[tuple[Interval, ...], ...], on: OnHolidays, own: list[tuple[Interval, ...]]
) -> None:
    special = tuple(
        SpecialDays(date(2026, 12, 24), date(2026, 12, 24 + n), day, "x") for n, day in enumerate(own)
    )
    hours = Hours("Europe/Oslo", week, "NO", "", on, special)
    assert from_stored(to_stored(hours)) == hours


@pytest.mark.parametrize(
    ("day", "begins", "ends"),
    [
        ("2026-03-28", "2026-03-28T21:00+00:00", "2026-03-29T04:00+00:00"),  # seven hours: the night is short
        ("2026-10-24", "2026-10-24T20:00+00:00", "2026-10-25T05:00+00:00"),  # nine hours: the night is long
    ],
)
def test_a_night_in_which_clocks_change(day: str, begins: str, ends: str) -> None:
    one = date.fromisoformat(day)
    assert timetable.spans(every_day(NIGHT), one, one) == [
        (datetime.fromisoformat(begins), datetime.fromisoformat(ends))
    ]


def test_a_time_that_is_left_out_is_the_moment_clocks_go_forward() -> None:
    one = date(2026, 3, 29)
    found = timetable.spans(every_day(Interval(150, 600)), one, one)
    assert found[0].begins == datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert timetable.spans(every_day(Interval(130, 170)), one, one) == []


def test_a_time_that_comes_twice_opens_with_the_first_and_closes_with_the_second() -> None:
    one = date(2026, 10, 25)
    found = timetable.spans(every_day(Interval(150, 165)), one, one)
    assert found == [(moment("2026-10-25T02:30"), moment("2026-10-25T02:45", fold=1))]


def test_lord_howe_moves_by_half_an_hour() -> None:
    one = date(2026, 10, 4)
    found = timetable.spans(every_day(Interval(120, 300), zone="Australia/Lord_Howe"), one, one)
    assert found[0].ends - found[0].begins == timedelta(minutes=150)


def test_where_midnight_is_left_out_the_day_begins_with_the_change() -> None:
    one = date(2026, 9, 6)
    hours = every_day(interval(0, 1440), zone="America/Santiago")
    found = timetable.spans(hours, one, one)
    assert found[0].ends - found[0].begins == timedelta(hours=23)


def test_days_that_touch_are_one() -> None:
    hours = every_day(interval(0, 1440))
    since = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert switchovers(hours, since) == ((since + timetable.AHEAD, OPEN_PLAN),)
    assert switchovers(Hours("Europe/Oslo"), since) == ((since + timetable.AHEAD, CLOSED_PLAN),)


def test_an_ordinary_week_in_moments() -> None:
    week = (*((OFFICE,),) * 5, (), ())
    table = switchovers(Hours("Europe/Oslo", week), datetime(2026, 11, 27, 9, tzinfo=UTC), timedelta(days=3))
    assert [(entry.until.isoformat(), entry.plan) for entry in table] == [
        ("2026-11-27T16:00:00+00:00", OPEN_PLAN),
        ("2026-11-30T08:00:00+00:00", CLOSED_PLAN),
        ("2026-11-30T09:00:00+00:00", OPEN_PLAN),
    ]


def test_a_public_holiday_closes_and_says_its_name() -> None:
    hours = every_day(OFFICE, country="NO")
    noon = moment("2026-05-14T12:00")
    found = standing_at(hours, noon)
    assert (found.is_open, found.day.why, found.day.name) == (False, Why.HOLIDAY, "Ascension Day")
    assert standing_at(hours, noon, "nb").day.name == "Kristi himmelfartsdag"
    assert found.until == moment("2026-05-15T09:00")


def test_a_holiday_may_be_as_a_sunday_or_as_any_other_day() -> None:
    week = (*((OFFICE,),) * 6, (Interval(600, 720),))
    noon, eleven = moment("2026-05-14T13:00"), moment("2026-05-14T11:00")
    as_sunday = Hours("Europe/Oslo", week, "NO", on_holidays=OnHolidays.AS_SUNDAY)
    assert standing_at(as_sunday, eleven).is_open
    assert not standing_at(as_sunday, noon).is_open
    assert standing_at(Hours("Europe/Oslo", week, "NO", on_holidays=OnHolidays.AS_USUAL), noon).is_open


def test_a_region_has_holidays_of_its_own() -> None:
    fronleichnam = moment("2026-06-04T12:00", "Europe/Berlin")
    everywhere = every_day(OFFICE, zone="Europe/Berlin", country="DE")
    bavaria = every_day(OFFICE, zone="Europe/Berlin", country="DE", region="BY")
    assert standing_at(everywhere, fronleichnam).is_open
    assert not standing_at(bavaria, fronleichnam).is_open


def test_a_special_day_comes_before_a_holiday_and_the_shorter_before_the_longer() -> None:
    christmas = SpecialDays(date(2026, 12, 21), date(2027, 1, 3), (), "Christmas break")
    one_day = SpecialDays(date(2026, 12, 25), date(2026, 12, 25), (Interval(600, 720),), "Open house")
    hours = every_day(OFFICE, country="NO", special=(christmas, one_day))
    assert standing_at(hours, moment("2026-12-25T11:00")).is_open
    found = standing_at(hours, moment("2026-12-28T11:00"))
    assert (found.is_open, found.day.why, found.day.name) == (False, Why.SPECIAL, "Christmas break")
    assert hours.without_past(date(2027, 1, 1)).special == (christmas,)


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    week = ((), (), (), (), (NIGHT,), (), ())
    hours = Hours("Europe/Oslo", week, special=(SpecialDays(date(2026, 11, 28), date(2026, 11, 28)),))
    found = standing_at(hours, moment("2026-11-28T03:00"))
    assert (found.is_open, found.day.day, found.day.why) == (True, date(2026, 11, 27), Why.WEEK)
    assert not standing_at(hours, moment("2026-11-28T23:00")).is_open


@pytest.mark.parametrize(
    ("text", "minute"),
    [("9", 540), ("09:00", 540), ("9.30", 570), ("0930", 570), ("24:00", 1440), (" 0:05 ", 5)],
)
def test_times_are_read_as_people_write_them(text: str, minute: int) -> None:
    assert read_time(text) == minute
    assert read_time(write_time(minute)) == minute


@pytest.mark.parametrize("text", ["", "25", "24:01", "9:60", "nine", "9-17", "-1", "٩"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_time(text)
