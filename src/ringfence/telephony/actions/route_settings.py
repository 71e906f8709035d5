"""What is set for a number as a whole: busy, calls at once, opening hours; and its timetable, counted anew each day."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from ringfence.accounts.profiles import time_zones
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony import opening_hours, timetable
from ringfence.telephony.actions.route_ground import mine, note_before
from ringfence.telephony.actions.routes import route_changed, routes_changed
from ringfence.telephony.models import NumberRouting
from ringfence.telephony.opening_hours import DAYS, MOST_INTERVALS, MOST_SPECIAL_DAYS, Hours
from ringfence.telephony.public_holidays import countries


@action("route.set_answering")
def set_answering(
    *, number: UUID, stop_when_busy: bool, calls_at_once: int | None, by: Actor, at: datetime
) -> None:
    """Say what happens when a step is busy, and how many calls the number takes at once. Raises Refusal."""
    row, holder = mine(number, by)
    most = settings.NUMBER_CALLS_AT_ONCE
    if calls_at_once is not None and not 1 <= calls_at_once <= most:
        raise Refusal(
            "route.calls_at_once",
            gettext_noop("The number can take 1 to %(most)s calls at once."),
            most=most,
        )
    routing = note_before(row, holder, at)
    routing.stop_when_busy, routing.calls_at_once = stop_when_busy, calls_at_once
    routing.save(update_fields=["stop_when_busy", "calls_at_once"])
    route_changed(number=row.pk)
    about(holder, number=row.public_id)


@action("route.set_hours")
def set_hours(*, number: UUID, hours: Hours | None, by: Actor, at: datetime) -> None:
    """Give a number opening hours, or let it ring at all times. Raises Refusal with what is wrong with them."""
    row, holder = mine(number, by)
    if hours is not None:
        check_hours(hours)
        # A day that is over in every zone need not be kept any longer.
        hours = hours.without_past((at - timedelta(days=1)).date())
    routing = note_before(row, holder, at)
    routing.hours = opening_hours.to_stored(hours) if hours else None
    routing.computed_from = timetable.start_of_day(at) if hours else None
    routing.save(update_fields=["hours", "computed_from"])
    route_changed(number=row.pk)
    about(holder, number=row.public_id, hours=hours is not None)


def check_hours(hours: Hours) -> None:
    """Check opening hours as a whole; the page has checked each field before. Raises Refusal."""
    if hours.zone not in time_zones():
        raise Refusal("hours.zone", gettext_noop("Choose a time zone from the list."))
    if hours.country and hours.country not in countries():
        raise Refusal("hours.country", gettext_noop("Choose a country from the list."))
    if hours.region and hours.region not in countries().get(hours.country, ()):
        raise Refusal("hours.region", gettext_noop("Choose a region from the list."))
    if len(hours.week) != DAYS or len(hours.special) > MOST_SPECIAL_DAYS:
        raise Refusal(
            "hours.special_too_many",
            gettext_noop("There are %(most)s special days, which is the most. Remove some first."),
            most=MOST_SPECIAL_DAYS,
        )
    for day in (*hours.week, *(one.intervals for one in hours.special)):
        if len(day) > MOST_INTERVALS or opening_hours.overlap(day):
            raise Refusal(
                "hours.overlap", gettext_noop("Two times of one day overlap. Make one of them shorter.")
            )
    if any(one.last < one.first for one in hours.special):
        raise Refusal("hours.special_backwards", gettext_noop("The last day comes before the first."))


@action("route.count_timetables")
def count_timetables(*, by: Actor, at: datetime, limit: int = 500) -> int:
    """Count timetables from today on that were counted from a day before, and have them published; return how many."""
    today = timetable.start_of_day(at)
    due = NumberRouting.objects.filter(computed_from__lt=today).order_by("computed_from", "number")
    numbers = list(due.select_for_update(skip_locked=True).values_list("number", flat=True)[:limit])
    if not numbers:
        nothing_happened()
        return 0
    NumberRouting.objects.filter(number__in=numbers).update(computed_from=today)
    routes_changed(numbers=numbers)
    about(count=len(numbers))
    return len(numbers)
