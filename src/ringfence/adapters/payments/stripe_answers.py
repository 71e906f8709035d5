"""Stripe's answers read: only the values the shop needs, each of the type that Stripe describes (clause 2.4).

Whatever is missing or of another type raises ``PaymentsUnavailable``: then nothing is known.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from ringfence.kernel.money import Money
from ringfence.shop.ports import PaymentState, PaymentStatus, PaymentsUnavailable, RefundState, RefundStatus

T = TypeVar("T")

REFERENCE: Final = re.compile(r"cs_(?:test|live)_[A-Za-z0-9]{1,90}", re.ASCII)
"""A Checkout Session's id: the reference of a payment."""
PAYMENT: Final = re.compile(r"pi_[A-Za-z0-9]{1,90}", re.ASCII)
"""A PaymentIntent's id: the reference of a charge without the buyer."""
PLAIN: Final = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
"""Any id, of Stripe's or of ours."""
OTHER_UNITS: Final = frozenset({"ISK", "UGX", "MGA"})
"""Currencies Stripe counts in other units than ISO 4217 does; none is sold in."""

_MONEY_NOT_MOVED: Final = ("warning_", "prevented")
"""Disputes that are only an inquiry, or were settled by a refund: the bank has taken nothing back."""
_REFUNDS: Final = {
    "pending": RefundStatus.PENDING,
    "requires_action": RefundStatus.PENDING,
    "succeeded": RefundStatus.SUCCEEDED,
    "failed": RefundStatus.FAILED,
    "canceled": RefundStatus.FAILED,
}
NEEDS_BUYER: Final = frozenset({"authentication_required", "payment_intent_action_required"})
"""Refusals of a card that mean: not without the buyer."""
_INTENTS: Final = {"succeeded": PaymentStatus.PAID, "processing": PaymentStatus.OPEN}
_GIVEN_UP: Final = frozenset({"requires_payment_method", "canceled"})
"""A payment that was begun and cannot come any more, once its session is completed."""


def value(said: Mapping[str, Any], name: str, kind: type[T]) -> T:
    """A value of an answer, of exactly this type. Raises PaymentsUnavailable when it is not there."""
    found = said.get(name)
    if type(found) is not kind:
        raise PaymentsUnavailable(f"the payment provider's answer has no {name}")
    return found


def is_plain(given: Any) -> bool:
    """Whether this may be an order's id; other users of the same account at Stripe may write anything there."""
    return isinstance(given, str) and PLAIN.fullmatch(given) is not None


def status_of(said: Mapping[str, Any]) -> PaymentStatus:
    """Where a session stands, disputes aside. Its payment decides what was completed and is not paid."""
    status, is_paid = value(said, "status", str), value(said, "payment_status", str) != "unpaid"
    if status == "complete":
        if is_paid:
            return PaymentStatus.PAID
        payment = value(said, "payment_intent", dict)
        return PaymentStatus.FAILED if value(payment, "status", str) in _GIVEN_UP else PaymentStatus.OPEN
    if status in {"open", "expired"}:
        return PaymentStatus(status)
    raise PaymentsUnavailable("the payment provider's answer has an unknown status")


def charge_of(said: Mapping[str, Any]) -> dict[str, Any] | None:
    """The charge of a session's payment, where there is one."""
    payment = said.get("payment_intent")
    charge = payment.get("latest_charge") if isinstance(payment, dict) else None
    return charge if isinstance(charge, dict) else None


@dataclass(frozen=True, slots=True)
class Taken:
    """What was taken, at a page or by a charge: how it stands, disputes aside, and what to ask further by."""

    status: PaymentStatus
    amount: Money
    payment: str = ""
    charge: Mapping[str, Any] | None = None
    mandate: str | None = None
    needs_buyer: bool = False


def taken_at_page(said: Mapping[str, Any]) -> Taken:
    """What a session says was taken."""
    status, amount, payment = status_of(said), amount_of(said, "amount_total"), said.get("payment_intent")
    if not isinstance(payment, dict):
        return Taken(status, amount)
    kept = payment.get("setup_future_usage") == "off_session" and status is PaymentStatus.PAID
    mandate = mandate_of(payment) if kept else None
    return Taken(status, amount, value(payment, "id", str), charge_of(said), mandate)


def taken_by_charge(said: Mapping[str, Any]) -> Taken:
    """What a charge without the buyer says was taken."""
    state = intent_state(said)
    charge = said.get("latest_charge")
    found = charge if isinstance(charge, dict) else None
    return Taken(state.status, state.amount, value(said, "id", str), found, needs_buyer=state.needs_buyer)


def intent_state(said: Mapping[str, Any]) -> PaymentState:
    """Where a charge without the buyer stands: what neither succeeded nor is being worked on has failed."""
    status, amount = value(said, "status", str), amount_of(said, "amount")
    error = said.get("last_payment_error")
    code = error.get("code") if isinstance(error, dict) else None
    return PaymentState(
        status=_INTENTS.get(status, PaymentStatus.FAILED),
        amount=amount,
        refunded=Money.zero(amount.currency),
        needs_buyer=status == "requires_action" or code in NEEDS_BUYER,
    )


def mandate_of(intent: Mapping[str, Any]) -> str | None:
    """The customer of Stripe's and the way of paying kept with it, as one token."""
    customer, method = intent.get("customer"), intent.get("payment_method")
    if not is_plain(customer) or not is_plain(method):
        return None
    return f"{customer}:{method}"


def amount_of(said: Mapping[str, Any], name: str) -> Money:
    """An amount of an answer, in its currency."""
    try:
        return money(said.get(name), said.get("currency"))
    except (TypeError, ValueError):
        raise PaymentsUnavailable(f"the payment provider's answer has no {name}") from None


def refund_state(said: Mapping[str, Any]) -> RefundState:
    """What an answer says of a refund."""
    status = _REFUNDS.get(value(said, "status", str))
    if status is None:
        raise PaymentsUnavailable("the payment provider's answer has an unknown status")
    return RefundState(reference=value(said, "id", str), status=status, amount=amount_of(said, "amount"))


def is_marked(refund: Mapping[str, Any], key: str) -> bool:
    """Whether a refund was made with this idempotency key."""
    marks = refund.get("metadata")
    return isinstance(marks, dict) and marks.get("key") == key


def sum_of(refunds: list[dict[str, Any]], *wanted: RefundStatus) -> int:
    """The minor units of the refunds in these states."""
    states = map(refund_state, refunds)
    return sum(one.amount.minor for one in states if one.status in wanted)


def has_taken_money(status: str) -> bool:
    """Whether a dispute in this state means that the buyer's bank has the money."""
    return status != "won" and not status.startswith(_MONEY_NOT_MOVED)


def money(minor: Any, currency: Any) -> Money:
    """An amount as Stripe writes it. Raises ValueError or TypeError.

    Stripe counts ISK and UGX in hundredths and MGA in whole ones, other than ISO 4217 does; none is sold in.
    """
    code = str(currency).upper()
    if code in OTHER_UNITS:
        raise ValueError("this currency has other units there")
    return Money(minor, code)
