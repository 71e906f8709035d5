"""Pure decisions about renewals: how one moves, when it is due, when the customer is reminded, when it is tried again.

A subscription's periods are counted from the moment the service was provided, each from that same day: 31 January,
28 February, 31 March. A renewal is the payment for one period, due when the period begins.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.kernel.working_days import calendar_months_later, local_day
from ringfence.shop.price_rules import MONTHS
from ringfence.shop.rules import Term

REMINDER_DAYS: Final = (7, 2, 1)
"""Days before a renewal is due on which the customer is reminded."""

REMINDER_HOUR: Final = time(10)
"""The hour in which reminders are sent, in the customer's time zone."""

SPREAD: Final = timedelta(hours=1)
"""Over how long the reminders of one morning are spread, so that they do not all come due in the same minute."""

RETRY_DAYS: Final = (1, 3, 5)
"""Days after the first refused charge on which the card is charged again."""

GRACE: Final = timedelta(days=7)
"""How long an unpaid number goes on working after the last try, or where there is no card to charge."""

SUSPENSION: Final = timedelta(days=14)
"""How long a suspended number waits for its payment before it goes to rest."""

OVERDUE: Final = timedelta(hours=1)
"""How late a step of a renewal may be before the desk turns red."""

REMINDER_OVERDUE: Final = timedelta(hours=6)
"""The same for a reminder, which nothing hangs on for some hours."""

PAY_AHEAD: Final = timedelta(days=REMINDER_DAYS[0])
"""How long before it is due a renewal can be paid by hand."""


LOOK_AGAIN: Final = timedelta(hours=1)
"""How soon a renewal is looked at again that waits, since its customer's account is about to be closed."""


class RenewalState(StrEnum):
    """Where a renewal is in its life."""

    UPCOMING = "upcoming"
    SWITCHED_OFF = "switched_off"
    CHARGING = "charging"
    RETRYING = "retrying"
    GRACE = "grace"
    SUSPENDED = "suspended"
    PAID = "paid"
    ENDED = "ended"
    DROPPED = "dropped"
    CHARGED_BACK = "charged_back"


class RenewalEvent(StrEnum):
    """What happens to a renewal."""

    CHARGE = "charge"
    PAID = "paid"
    REFUSED = "refused"
    UNPAID = "unpaid"
    GRACE_ENDS = "grace_ends"
    SUSPENSION_ENDS = "suspension_ends"
    SWITCH_OFF = "switch_off"
    SWITCH_ON = "switch_on"
    PERIOD_ENDS = "period_ends"
    ORDER_ENDS = "order_ends"
    CHARGE_BACK = "charge_back"


OPEN: Final = (
    RenewalState.UPCOMING,
    RenewalState.SWITCHED_OFF,
    RenewalState.CHARGING,
    RenewalState.RETRYING,
    RenewalState.GRACE,
    RenewalState.SUSPENDED,
)
"""States in which something is still to happen. A subscription has at most one renewal in one of them."""

UNPAID: Final = (RenewalState.RETRYING, RenewalState.GRACE, RenewalState.SUSPENDED)
"""States past the due moment, in which the customer can still pay."""

WAITING_FOR_US: Final = (RenewalState.UPCOMING, *UNPAID)
"""States whose next step waits while an account is about to be closed: each asks for money, or ends for want of it."""

RENEWAL_MOVES: Final[Mapping[tuple[RenewalState, RenewalEvent], RenewalState]] = MappingProxyType(
    {
        (RenewalState.UPCOMING, RenewalEvent.CHARGE): RenewalState.CHARGING,
        (RenewalState.UPCOMING, RenewalEvent.PAID): RenewalState.PAID,
        (RenewalState.UPCOMING, RenewalEvent.UNPAID): RenewalState.GRACE,
        (RenewalState.UPCOMING, RenewalEvent.SWITCH_OFF): RenewalState.SWITCHED_OFF,
        (RenewalState.SWITCHED_OFF, RenewalEvent.SWITCH_ON): RenewalState.UPCOMING,
        (RenewalState.SWITCHED_OFF, RenewalEvent.PAID): RenewalState.PAID,
        (RenewalState.SWITCHED_OFF, RenewalEvent.PERIOD_ENDS): RenewalState.ENDED,
        (RenewalState.CHARGING, RenewalEvent.PAID): RenewalState.PAID,
        (RenewalState.CHARGING, RenewalEvent.REFUSED): RenewalState.RETRYING,
        (RenewalState.CHARGING, RenewalEvent.UNPAID): RenewalState.GRACE,
        (RenewalState.RETRYING, RenewalEvent.CHARGE): RenewalState.CHARGING,
        (RenewalState.RETRYING, RenewalEvent.PAID): RenewalState.PAID,
        (RenewalState.RETRYING, RenewalEvent.UNPAID): RenewalState.GRACE,
        (RenewalState.RETRYING, RenewalEvent.SWITCH_OFF): RenewalState.ENDED,
        (RenewalState.GRACE, RenewalEvent.PAID): RenewalState.PAID,
        (RenewalState.GRACE, RenewalEvent.GRACE_ENDS): RenewalState.SUSPENDED,
        (RenewalState.GRACE, RenewalEvent.SWITCH_OFF): RenewalState.ENDED,
        (RenewalState.SUSPENDED, RenewalEvent.PAID): RenewalState.PAID,
        (RenewalState.SUSPENDED, RenewalEvent.SUSPENSION_ENDS): RenewalState.ENDED,
        (RenewalState.SUSPENDED, RenewalEvent.SWITCH_OFF): RenewalState.ENDED,
        (RenewalState.PAID, RenewalEvent.CHARGE_BACK): RenewalState.CHARGED_BACK,
        **{(state, RenewalEvent.ORDER_ENDS): RenewalState.DROPPED for state in OPEN},
    }
)
"""Every move of a renewal. A payment that arrives in a state without a move for it goes back by itself."""


def move_renewal(state: RenewalState, event: RenewalEvent) -> RenewalState:
    """The state after the event. Raises ``Refusal`` ``renewal.cannot_move`` when the table has no such move."""
    try:
        return RENEWAL_MOVES[state, event]
    except KeyError:
        raise Refusal(
            "renewal.cannot_move",
            gettext_noop(
                "The renewal has moved on, and this can no longer be done. Reload the page to see it."
            ),
            state=state.value,
            event=event.value,
        ) from None


def period(anchor: datetime, number: int, term: Term, time_zone: str) -> tuple[datetime, datetime]:
    """When a period begins and ends, in UTC. Period 0 is the one the first payment bought.

    Each is counted from the first moment and not from the one before, so that a short month shortens no other.
    """
    months = MONTHS[term]
    return (
        calendar_months_later(anchor, months * number, time_zone),
        calendar_months_later(anchor, months * (number + 1), time_zone),
    )


def first_period_after(anchor: datetime, term: Term, time_zone: str, at: datetime) -> int:
    """The number of the first period, from 1 on, that begins after a moment."""
    number = 1
    while period(anchor, number, term, time_zone)[0] <= at:
        number += 1
    return number


def spread_of(renewal: UUID) -> timedelta:
    """How far into the hour of reminders those of a renewal are sent: always the same, and another for each."""
    return timedelta(seconds=renewal.int % int(SPREAD.total_seconds()))


def reminder_at(due: datetime, days: int, time_zone: str, spread: timedelta = timedelta(0)) -> datetime:
    """The moment of a reminder: so many days before, at a decent hour where the customer lives."""
    day = local_day(due, time_zone) - timedelta(days=days)
    return datetime.combine(day, REMINDER_HOUR, tzinfo=ZoneInfo(time_zone)).astimezone(UTC) + spread


def reminder_due(
    due: datetime, time_zone: str, told: int | None, at: datetime, spread: timedelta = timedelta(0)
) -> int | None:
    """Which reminder is to be sent now, as its days before; of several that were missed only the last one."""
    if at >= due:
        return None
    ready = [days for days in _untold(told) if reminder_at(due, days, time_zone, spread) <= at]
    return min(ready) if ready else None


def next_moment(
    due: datetime, time_zone: str, told: int | None, at: datetime, spread: timedelta = timedelta(0)
) -> datetime:
    """When an upcoming renewal is to be looked at next: for the next reminder, or when it is due."""
    coming = [reminder_at(due, days, time_zone, spread) for days in _untold(told)]
    return min([moment for moment in coming if at < moment < due], default=due)


def _untold(told: int | None) -> list[int]:
    return [days for days in REMINDER_DAYS if told is None or days < told]


def retry_at(first_tried: datetime, tries: int, time_zone: str) -> datetime | None:
    """When a card that was refused so many times is charged again: at the same hour, or never."""
    if not 1 <= tries <= len(RETRY_DAYS):
        return None
    local = first_tried.astimezone(ZoneInfo(time_zone))
    return (local + timedelta(days=RETRY_DAYS[tries - 1])).astimezone(UTC)


def time_left(state: RenewalState) -> timedelta:
    """How long a customer who could not pay has, once they can again, before the next step is taken."""
    return {RenewalState.GRACE: GRACE, RenewalState.SUSPENDED: SUSPENSION}.get(state, timedelta(0))


def can_be_paid(state: RenewalState, due: datetime, at: datetime) -> bool:
    """Whether a renewal can be paid by hand at this moment."""
    return state in UNPAID or (state is RenewalState.UPCOMING and at >= due - PAY_AHEAD)
