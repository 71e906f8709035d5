"""Stripe's answers read: only the values the shop needs, each of the type that Stripe describes (clause 2.4).

Whatever is missing or of another type raises ``PaymentsUnavailable``: then nothing is known.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, TypeVar

from ringfence.kernel.money import Money
from ringfence.shop.ports import PaymentStatus, PaymentsUnavailable, RefundState, RefundStatus

T = TypeVar("T")

REFERENCE: Final = re.compile(r"cs_(?:test|live)_[A-Za-z0-9]{1,90}", re.ASCII)
"""A Checkout Session's id: the reference of a payment."""
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


def payment_of(said: Mapping[str, Any]) -> str:
    """The id of a session's payment."""
    return value(value(said, "payment_intent", dict), "id", str)


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
