"""Pure decisions of the shop: how orders move, when they may be cancelled, what is charged and paid back.

Nothing here takes a price, a state or a deadline from outside: the server computes them from what it stores,
at the moment it is told, and a page only shows the result.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.kernel.working_days import end_of_day_window, end_of_working_day_window
from ringfence.shop.vat_rules import EEA

HOLD: Final = timedelta(minutes=10)
"""How long a number is kept for the one who chose it, before payment begins."""

CHOICE: Final = timedelta(hours=24)
"""How long a late payer has to take an equal number, before the money goes back by itself."""

CANCELLATION_WORKING_DAYS: Final = 2
"""Clause 6.1: working days after the day the service was provided."""

WITHDRAWAL_DAYS: Final = 14
"""Directive 2011/83/EU, article 9(1): calendar days a consumer has to withdraw."""


class OrderState(StrEnum):
    """Where an order is in its life."""

    HELD = "held"
    AWAITING_PAYMENT = "awaiting_payment"
    CHOOSING = "choosing"
    PAID = "paid"
    ACTIVE = "active"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    LAPSED = "lapsed"
    FAILED = "failed"
    ENDED = "ended"
    CHARGED_BACK = "charged_back"


OVER: Final = frozenset(
    {
        OrderState.CANCELLED,
        OrderState.REFUNDED,
        OrderState.LAPSED,
        OrderState.FAILED,
        OrderState.ENDED,
        OrderState.CHARGED_BACK,
    }
)
"""The states of orders that nothing more is owed for, by either side, once a refund is done."""


class OrderEvent(StrEnum):
    """What happens to an order."""

    CHECK_OUT = "check_out"
    HOLD_ENDS = "hold_ends"
    GIVE_UP = "give_up"
    PAYMENT_CONFIRMED = "payment_confirmed"
    PAYMENT_REFUSED = "payment_refused"
    ACTIVATE = "activate"
    ACTIVATION_FAILED = "activation_failed"
    CANCEL = "cancel"
    REFUND = "refund"
    NUMBER_STILL_FREE = "number_still_free"
    EQUAL_OFFERED = "equal_offered"
    CHOOSE = "choose"
    MONEY_BACK = "money_back"
    CHOICE_ENDS = "choice_ends"
    END = "end"
    CHARGE_BACK = "charge_back"


MOVES: Final[Mapping[tuple[OrderState, OrderEvent], OrderState]] = MappingProxyType(
    {
        (OrderState.HELD, OrderEvent.CHECK_OUT): OrderState.AWAITING_PAYMENT,
        (OrderState.HELD, OrderEvent.HOLD_ENDS): OrderState.LAPSED,
        (OrderState.HELD, OrderEvent.GIVE_UP): OrderState.LAPSED,
        (OrderState.AWAITING_PAYMENT, OrderEvent.PAYMENT_CONFIRMED): OrderState.PAID,
        (OrderState.AWAITING_PAYMENT, OrderEvent.PAYMENT_REFUSED): OrderState.FAILED,
        (OrderState.AWAITING_PAYMENT, OrderEvent.HOLD_ENDS): OrderState.LAPSED,
        (OrderState.AWAITING_PAYMENT, OrderEvent.GIVE_UP): OrderState.LAPSED,
        (OrderState.LAPSED, OrderEvent.PAYMENT_CONFIRMED): OrderState.CANCELLED,
        (OrderState.FAILED, OrderEvent.PAYMENT_CONFIRMED): OrderState.CANCELLED,
        (OrderState.PAID, OrderEvent.ACTIVATE): OrderState.ACTIVE,
        (OrderState.PAID, OrderEvent.ACTIVATION_FAILED): OrderState.CANCELLED,
        (OrderState.PAID, OrderEvent.CANCEL): OrderState.CANCELLED,
        (OrderState.ACTIVE, OrderEvent.CANCEL): OrderState.CANCELLED,
        (OrderState.CANCELLED, OrderEvent.REFUND): OrderState.REFUNDED,
        (OrderState.LAPSED, OrderEvent.NUMBER_STILL_FREE): OrderState.PAID,
        (OrderState.FAILED, OrderEvent.NUMBER_STILL_FREE): OrderState.PAID,
        (OrderState.AWAITING_PAYMENT, OrderEvent.EQUAL_OFFERED): OrderState.CHOOSING,
        (OrderState.LAPSED, OrderEvent.EQUAL_OFFERED): OrderState.CHOOSING,
        (OrderState.FAILED, OrderEvent.EQUAL_OFFERED): OrderState.CHOOSING,
        (OrderState.CHOOSING, OrderEvent.CHOOSE): OrderState.PAID,
        (OrderState.CHOOSING, OrderEvent.MONEY_BACK): OrderState.CANCELLED,
        (OrderState.CHOOSING, OrderEvent.CHOICE_ENDS): OrderState.CANCELLED,
        (OrderState.CHOOSING, OrderEvent.CHARGE_BACK): OrderState.CHARGED_BACK,
        (OrderState.ACTIVE, OrderEvent.END): OrderState.ENDED,
        (OrderState.PAID, OrderEvent.CHARGE_BACK): OrderState.CHARGED_BACK,
        (OrderState.ACTIVE, OrderEvent.CHARGE_BACK): OrderState.CHARGED_BACK,
        (OrderState.ENDED, OrderEvent.CHARGE_BACK): OrderState.CHARGED_BACK,
        (OrderState.CANCELLED, OrderEvent.CHARGE_BACK): OrderState.CHARGED_BACK,
    }
)
"""Every move there is. ``cancelled`` always means that a refund is owed. Whoever pays after the order lapsed or
failed gets the number while it is free; else the choice of an equal one; else, there being none, the money back."""

FIRST_STATE: Final = OrderState.HELD
HOLDS_THE_NUMBER: Final = frozenset(
    {
        OrderState.HELD,
        OrderState.AWAITING_PAYMENT,
        OrderState.PAID,
        OrderState.ACTIVE,
    }
)
"""States in which the number belongs to this order and to no other."""


class Term(StrEnum):
    """How long one payment lasts."""

    MONTH = "month"
    YEAR = "year"


class WindowRule(StrEnum):
    """Which rule gives the end of a cancellation window."""

    TWO_WORKING_DAYS = "two_working_days"
    FOURTEEN_DAYS_EEA = "fourteen_days_eea"


@dataclass(frozen=True, slots=True)
class Window:
    """Until when an order may be cancelled, by which rule, and where that rule stands.

    ``ends_at`` is exclusive, in UTC; ``article`` is a clause of the policy or an article of law.
    """

    ends_at: datetime
    rule: WindowRule
    article: str

    def is_open(self, at: datetime) -> bool:
        """Whether the order may still be cancelled at this moment."""
        return at < self.ends_at


@dataclass(frozen=True, slots=True)
class Price:
    """What is charged: ``net + vat == gross``, exactly. ``vat_rate`` is in per cent."""

    net: Money
    vat_rate: Decimal
    vat: Money
    gross: Money


def move(state: OrderState, event: OrderEvent) -> OrderState:
    """The state after the event. Raises ``Refusal`` ``order.cannot_move`` when the table has no such move."""
    try:
        return MOVES[state, event]
    except KeyError:
        raise Refusal(
            "order.cannot_move",
            gettext_noop("The order has moved on, and this can no longer be done. Open it again to see it."),
            state=state.value,
            event=event.value,
        ) from None


def diagram() -> str:
    """The state table as a Mermaid diagram; always the same text, so that documentation can be compared."""
    lines = ["stateDiagram-v2", f"    [*] --> {FIRST_STATE}"]
    lines += [f"    {state} --> {target}: {event}" for (state, event), target in MOVES.items()]
    leaving = {state for state, _ in MOVES}
    lines += [f"    {state} --> [*]" for state in OrderState if state not in leaving]
    return "\n".join(lines) + "\n"


def hold_ends_at(held_at: datetime) -> datetime:
    """The moment at which a held number is free again, unless payment has begun. Exclusive."""
    return held_at + HOLD


def choice_ends_at(offered_at: datetime) -> datetime:
    """The moment at which the money of a late payer goes back, unless an equal number was taken. Exclusive."""
    return offered_at + CHOICE


def cancellation_window(*, provided_at: datetime, country: str, consumer: bool, time_zone: str) -> Window:
    """How long an order may be cancelled, counted from the moment the service was provided (clause 6.1).

    Two working days after that day, in the customer's country and time zone. A consumer in the EEA has 14
    days (Directive 2011/83/EU, article 9; angrerettloven § 21 in Norway), which end with the last hour of the
    last day, or of the next working day when that is a holiday or a weekend (Regulation (EEC, Euratom) No
    1182/71, article 3). The law counts from the conclusion of the contract; counting from provision, which
    comes later, gives no less. The later of the two ends is the one that counts.
    """
    policy = Window(
        end_of_working_day_window(
            from_moment=provided_at,
            working_days=CANCELLATION_WORKING_DAYS,
            country=country,
            time_zone=time_zone,
        ),
        WindowRule.TWO_WORKING_DAYS,
        "6.1",
    )
    if not consumer or country.upper() not in EEA:
        return policy
    law = Window(
        end_of_day_window(
            from_moment=provided_at, days=WITHDRAWAL_DAYS, country=country, time_zone=time_zone
        ),
        WindowRule.FOURTEEN_DAYS_EEA,
        "2011/83/EU art. 9(1)",
    )
    return max(law, policy, key=lambda window: window.ends_at)


def refund_amount(*, paid: Money, refunded: Money, window: Window, at: datetime) -> Money:
    """What is paid back when an order is cancelled inside its window: all that was paid and is not yet back.

    The set-up and the days used are not deducted; the law would allow the latter only after an express
    request (Directive 2011/83/EU, article 14(3)), and the policy does not ask for one. Raises ``Refusal``:
    ``order.window_closed``, ``order.nothing_to_refund``.
    """
    if not window.is_open(at):
        raise Refusal(
            "order.window_closed",
            gettext_noop("The time to cancel this order ended at %(ends_at)s."),
            ends_at=window.ends_at.astimezone(UTC).isoformat(timespec="minutes"),
        )
    return amount_owed(paid=paid, refunded=refunded)


def amount_owed(*, paid: Money, refunded: Money) -> Money:
    """What of a payment has not been paid back yet. Raises ``Refusal`` ``order.nothing_to_refund``."""
    rest = paid - refunded
    if rest <= Money.zero(paid.currency):
        raise Refusal(
            "order.nothing_to_refund",
            gettext_noop("Everything that was paid for this order has already been paid back."),
        )
    return rest


def price(net: Money, rate: Decimal) -> Price:
    """An amount with its VAT, rounded once, half to even, on the whole amount."""
    vat = net.percent(rate)
    return Price(net, rate, vat, net + vat)
