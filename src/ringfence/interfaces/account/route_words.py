"""Where a number rings, in words: its steps, its opening hours, and the story of a call that was only thought of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from ringfence.interfaces import clock, writing
from ringfence.interfaces.storefront import places
from ringfence.telephony.forwarding import WhyNot
from ringfence.telephony.opening_hours import Hours, Interval, OnHolidays, SpecialDays, write_time
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_queries import StepView, Trial, Tried
from ringfence.telephony.timetable import Standing, Why

KINDS: Final[dict[StepKind, str | Promise]] = {
    StepKind.SIP: gettext_lazy("SIP address"),
    StepKind.PHONE: gettext_lazy("Registered phone"),
    StepKind.FORWARD: gettext_lazy("Phone number"),
    StepKind.MAIL: gettext_lazy("Letter to you"),
}
WHY_NOT: Final[dict[WhyNot, str | Promise]] = {
    WhyNot.NO_TRUNK: gettext_lazy("Not rung: no carrier is set up here that would take calls out."),
    WhyNot.COUNTRY_CLOSED: gettext_lazy("Not rung: calls are not forwarded to that country any more."),
    WhyNot.COUNTRY_OFF: gettext_lazy("Not rung: forwarding to that country is switched off."),
    WhyNot.CARRIER: gettext_lazy("Not rung: this server belongs to a carrier. Give another address."),
}
ON_HOLIDAYS: Final[dict[OnHolidays, str | Promise]] = {
    OnHolidays.CLOSED: gettext_lazy("Closed on public holidays: %(where)s"),
    OnHolidays.AS_SUNDAY: gettext_lazy("On public holidays as on Sundays: %(where)s"),
    OnHolidays.AS_USUAL: gettext_lazy("Open on public holidays as on any other day"),
}


def target(step: StepView) -> str:
    """Return what a step rings, as people write it."""
    match step.kind:
        case StepKind.FORWARD:
            return writing.international(step.target)
        case StepKind.MAIL:
            return _("A letter about the missed call")
        case _:
            return step.target


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a summary: its name, and what it says."""

    name: str
    text: str


def times(intervals: tuple[Interval, ...]) -> str:
    """Write intervals of a day; "closed" for none."""
    if not intervals:
        return pgettext("opening hours", "closed")
    return ", ".join(_span(one) for one in intervals)


def _span(one: Interval) -> str:
    if one.start == one.end == 0:
        return _("all day")
    end = "24:00" if one.end == 0 else write_time(one.end)
    text = f"{write_time(one.start)}–{end}"
    return _("%(times)s the next day") % {"times": text} if one.end <= one.start and one.end else text


def week(hours: Hours) -> list[Line]:
    """Return the week in as few lines as it needs: days in a row that are alike share one."""
    found = []
    for intervals, days in groupby(range(len(hours.week)), key=lambda day: hours.week[day]):
        run = list(days)
        names = str(WEEKDAYS[run[0]])
        if len(run) > 1:
            names = f"{names}–{str(WEEKDAYS[run[-1]]) if writing.spoken() == 'en' else str(WEEKDAYS[run[-1]]).lower()}"
        found.append(Line(names[:1].upper() + names[1:], times(intervals)))
    return found


def holidays(hours: Hours) -> str:
    """Say what happens on public holidays; nothing where no country is chosen."""
    if not hours.country:
        return ""
    return str(ON_HOLIDAYS[hours.on_holidays]) % {"where": places.country(hours.country)}


def special_days(hours: Hours) -> list[Line]:
    """Return the special days, the nearest first."""
    return [
        Line(_days(one), _what(one)) for one in sorted(hours.special, key=lambda one: (one.first, one.last))
    ]


def _days(one: SpecialDays) -> str:
    first = _day(one.first)
    return first if one.first == one.last else f"{first} – {_day(one.last)}"


def _day(day: date) -> str:
    return writing.moment(day, "day", at=clock.now())


def _what(one: SpecialDays) -> str:
    text = times(one.intervals)
    return f"{one.name}: {text}" if one.name else text


def why(standing: Standing, hours: Hours) -> str:
    """Say why a number is open or closed at a moment."""
    day = standing.day
    named = {
        "day": str(WEEKDAYS[day.day.weekday()]),
        "date": _day(day.day),
        "name": day.name,
        "where": places.country(hours.country),
        "times": times(day.intervals),
    }
    if day.why is Why.SPECIAL:
        named["name"] = day.name or _("a special day")
        words = (
            _("Open: %(date)s, %(name)s, %(times)s.")
            if standing.is_open
            else _("Closed: %(date)s, %(name)s.")
        )
    elif day.why is Why.HOLIDAY:
        words = (
            _("Open: %(date)s is a public holiday in %(where)s (%(name)s), %(times)s.")
            if standing.is_open
            else _("Closed: %(date)s is a public holiday in %(where)s (%(name)s).")
        )
    elif standing.is_open:
        words = _("Open: %(day)s, %(times)s.")
    elif day.intervals:
        words = _("Closed at this time: %(day)s is %(times)s.")
    else:
        words = _("Closed: it is %(day)s.")
    return words % named


@dataclass(frozen=True, slots=True)
class Beat:
    """One thing that happens in the story of a call; `kind` is a class of the timeline."""

    title: str
    detail: str = ""
    kind: str = ""


def story(trial: Trial, hours: Hours | None) -> list[Beat]:
    """Tell what would happen to a call, one thing after the other."""
    return list(_story(trial, hours))


def _story(trial: Trial, hours: Hours | None) -> Iterator[Beat]:
    if trial.standing is not None and hours is not None:
        yield Beat(
            _("It is inside your opening hours")
            if trial.standing.is_open
            else _("It is outside your opening hours"),
            why(trial.standing, hours),
            "" if trial.standing.is_open else "due",
        )
    for step in trial.passed_over:
        yield Beat(target(step), str(WHY_NOT[step.why_not]) if step.why_not else "", "broken")
    for tried in trial.tried:
        if tried.step.kind is not StepKind.MAIL:
            yield _rung(tried)
    for step in trial.waiting:
        yield Beat(
            _("%(target)s does not ring yet") % {"target": target(step)},
            _("A new number to forward to waits until %(moment)s; a letter told you.")
            % {"moment": writing.moment(step.effective_at, at=clock.now())},
            "future",
        )
    yield _end(trial)


def _rung(tried: Tried) -> Beat:
    step = tried.step
    seconds = ngettext("%(count)s second", "%(count)s seconds", step.ring_seconds) % {
        "count": step.ring_seconds
    }
    if step.kind is StepKind.PHONE and tried.registered is False:
        return Beat(
            _("%(phone)s is passed over") % {"phone": target(step)},
            _("This phone is not registered now. Check that it is on and has its user name and password."),
            "broken",
        )
    detail = _("Rings for up to %(seconds)s.") % {"seconds": seconds}
    if step.kind is StepKind.PHONE:
        known = (
            _("The phone is registered.")
            if tried.registered
            else _("The switch cannot say now whether the phone is registered.")
        )
        detail = f"{detail} {known}"
    if step.kind is StepKind.FORWARD:
        detail = f"{detail} {_('The call goes on through a carrier.')}"
    return Beat(target(step), detail)


def _end(trial: Trial) -> Beat:
    rung = [one for one in trial.tried if one.step.kind is not StepKind.MAIL and one.registered is not False]
    if any(one.step.kind is StepKind.MAIL for one in trial.tried):
        title = _("Nobody answers: you get a letter about the missed call")
        return Beat(title, _("The caller hears that nobody answers. Voicemail comes later."), "future")
    if not rung:
        return Beat(_("It rings nowhere"), _("The caller hears that the number is not available."), "broken")
    busy = (
        _("If it is busy, the caller hears so at once.")
        if trial.stop_when_busy
        else _("If one is busy, the next one rings.")
    )
    return Beat(_("Nobody answers: the caller hears so"), busy, "future")
