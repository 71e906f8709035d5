"""How a call went, in words for people, with why."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ringfence.telephony.call_log import Call, Group
from ringfence.telephony.ports import Outcome

GROUPS: Final[Mapping[Group, Promise]] = {
    Group.ANSWERED: gettext_lazy("Answered"),
    Group.MISSED: gettext_lazy("Missed"),
    Group.FAILED: gettext_lazy("Failed"),
}
SHORT: Final[Mapping[Outcome, Promise]] = {
    Outcome.IN_PROGRESS: gettext_lazy("In progress"),
    Outcome.ANSWERED: gettext_lazy("Answered"),
    Outcome.INTERRUPTED: gettext_lazy("Answered, end unknown"),
    Outcome.BUSY: gettext_lazy("Busy"),
    Outcome.DECLINED: gettext_lazy("Declined"),
    Outcome.NO_ANSWER: gettext_lazy("No answer"),
    Outcome.CANCELLED: gettext_lazy("Caller hung up"),
    Outcome.UNREACHABLE: gettext_lazy("Not reachable"),
    Outcome.FULL: gettext_lazy("All lines in use"),
    Outcome.NODE_FULL: gettext_lazy("Exchange full"),
    Outcome.CAPPED: gettext_lazy("Forwarding limit"),
    Outcome.LOOP: gettext_lazy("Loop"),
    Outcome.NOWHERE: gettext_lazy("Nothing set"),
    Outcome.MISSED_BY_MAIL: gettext_lazy("Missed, told by e-mail"),
    Outcome.AWAY: gettext_lazy("No phone connected"),
}
"""Each outcome in a word or two."""

TAGS: Final[Mapping[Outcome, str]] = {
    Outcome.ANSWERED: "kept",
    Outcome.IN_PROGRESS: "kept",
    Outcome.UNREACHABLE: "broken",
    Outcome.AWAY: "broken",
    Outcome.FULL: "broken",
    Outcome.NODE_FULL: "broken",
    Outcome.CAPPED: "broken",
    Outcome.LOOP: "broken",
}
WHY: Final[Mapping[Outcome, Promise]] = {
    Outcome.IN_PROGRESS: gettext_lazy("It was answered and has not ended yet."),
    Outcome.INTERRUPTED: gettext_lazy(
        "Our exchange restarted during the call, so we do not know when it ended."
    ),
    Outcome.BUSY: gettext_lazy("The line was busy."),
    Outcome.DECLINED: gettext_lazy("The call was declined where it rang."),
    Outcome.AWAY: gettext_lazy("None of your phones was connected."),
    Outcome.FULL: gettext_lazy("All lines of the number, or all of yours, were in use."),
    Outcome.NODE_FULL: gettext_lazy("Our exchange was full for a moment; the caller was asked to try again."),
    Outcome.CAPPED: gettext_lazy("The limit on forwarding to phone numbers was reached."),
    Outcome.LOOP: gettext_lazy("The call came back to a number that had forwarded it, and was stopped."),
    Outcome.NOWHERE: gettext_lazy("Nothing was set for that time, such as for closed hours."),
}
RANG: Final = frozenset(
    {
        Outcome.ANSWERED,
        Outcome.IN_PROGRESS,
        Outcome.INTERRUPTED,
        Outcome.NO_ANSWER,
        Outcome.MISSED_BY_MAIL,
        Outcome.CANCELLED,
    }
)
"""Outcomes of calls that rang for as long as the caller waited."""
REFUSED_BY: Final = frozenset({401, 403, 407})
UNKNOWN_TO: Final = frozenset({404, 410, 604})
NOT_THERE: Final = frozenset({None, 408, 430, 503})
"""What SIP says of a destination: it refuses us, does not know the address, does not answer at all."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A call with its words."""

    call: Call
    short: str | Promise
    tag: str
    why: str
    duration: str
    rang: str
    """How long it rang, where it did."""
    place: int
    """Which of the places where it rings was tried last, from 1; 0 where that says nothing."""


def shown(call: Call) -> Shown:
    """Return a call with its words."""
    talked = duration(call.seconds) if call.seconds is not None else ""
    rang = duration(call.rang) if call.rang and call.outcome in RANG else ""
    place = 0 if call.step is None else call.step + 1
    return Shown(call, SHORT[call.outcome], TAGS.get(call.outcome, "plain"), why(call), talked, rang, place)


def duration(seconds: int) -> str:
    """Write how long something took."""
    hours, minutes, left = seconds // 3600, seconds // 60 % 60, seconds % 60
    parts = ([_("%(n)s h") % {"n": hours}] if hours else []) + (
        [_("%(n)s min") % {"n": minutes}] if minutes else []
    )
    return " ".join([*parts, _("%(n)s s") % {"n": left}] if left or not parts else parts)


def why(call: Call) -> str:
    """Say why a call went as it did; empty for one that was answered and ended."""
    if call.outcome in {Outcome.NO_ANSWER, Outcome.MISSED_BY_MAIL}:
        said = _unanswered(call.rang or 0)
        return f"{said} {MAILED}" if call.outcome is Outcome.MISSED_BY_MAIL else said
    if call.outcome is Outcome.CANCELLED:
        return _("The caller hung up after %(duration)s.") % {"duration": duration(call.rang or 0)}
    if call.outcome is Outcome.UNREACHABLE:
        return _unreachable(call)
    return str(WHY.get(call.outcome, ""))


MAILED: Final = gettext_lazy("You are told by e-mail; calls within ten minutes come in one letter.")


def _unanswered(seconds: int) -> str:
    """Say that nobody answered; where nothing rang there is no time to tell of."""
    if not seconds:
        return _("Nobody answered.")
    return ngettext(
        "Nobody answered within %(n)s second.", "Nobody answered within %(n)s seconds.", seconds
    ) % {"n": seconds}


def _unreachable(call: Call) -> str:
    if call.code in NOT_THERE:
        return _("Your SIP server or phone did not answer.")
    if call.code in REFUSED_BY:
        return _("Your SIP server refused the call (SIP %(code)s): let it take calls from us.") % {
            "code": call.code
        }
    if call.code in UNKNOWN_TO:
        return _("Your SIP server does not know the address (SIP %(code)s).") % {"code": call.code}
    return _("Your SIP server answered with an error (SIP %(code)s).") % {"code": call.code}
