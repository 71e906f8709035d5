"""The rehearsal provider's answers and events read: only the values the shop needs (clause 2.4)."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    EventKind,
    EventRejected,
    PaymentEvent,
    PaymentState,
    PaymentStatus,
    PaymentsUnavailable,
    RefundState,
    RefundStatus,
    Rejection,
)

REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_STATUS: Final = {"processing": PaymentStatus.OPEN, **{status.value: status for status in PaymentStatus}}


def text_of(said: Mapping[str, Any], name: str) -> str:
    """A text of an answer. Raises ``PaymentsUnavailable`` when it is not there."""
    value = said.get(name)
    if not isinstance(value, str) or not value:
        message = f"the payment provider's answer has no {name}"
        raise PaymentsUnavailable(message)
    return value


def amount_of(said: Mapping[str, Any], name: str = "amount") -> Money:
    """An amount of an answer. Raises as ``text_of`` does."""
    try:
        return Money(said[name], said["currency"])
    except (KeyError, TypeError, ValueError):
        message = f"the payment provider's answer has no {name}"
        raise PaymentsUnavailable(message) from None


def payment_state(said: Mapping[str, Any]) -> PaymentState:
    """What an answer says of a payment."""
    status = _STATUS.get(text_of(said, "status"))
    if status is None:
        message = "the payment provider's answer has an unknown status"
        raise PaymentsUnavailable(message)
    return PaymentState(
        status=status,
        amount=amount_of(said),
        refunded=amount_of(said, "refunded"),
        mandate=text_of(said, "mandate") if status is PaymentStatus.PAID and said.get("mandate") else None,
        needs_buyer=said.get("reason") == "needs_buyer",
    )


def refund_state(said: Mapping[str, Any]) -> RefundState:
    """What an answer says of a refund."""
    try:
        status = RefundStatus(text_of(said, "status"))
    except ValueError:
        message = "the payment provider's answer has an unknown status"
        raise PaymentsUnavailable(message) from None
    return RefundState(reference=text_of(said, "id"), status=status, amount=amount_of(said))


def event_of(body: bytes) -> PaymentEvent | None:
    """Takes the six known values out of a proven payload; everything else in it ends here (clause 2.4)."""
    try:
        payload = json.loads(body)
        if payload["type"] not in list(EventKind):
            return None
        data = payload["data"]
        event = PaymentEvent(
            event_id=payload["id"],
            kind=EventKind(payload["type"]),
            reference=data["session"],
            order_id=data["order_id"],
            amount=Money(data["amount"], data["currency"]),
            occurred_at=datetime.fromtimestamp(payload["created"], UTC),
        )
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        raise EventRejected(Rejection.MALFORMED) from None
    texts = (event.event_id, event.reference, event.order_id)
    if not all(isinstance(text, str) and REFERENCE.fullmatch(text) for text in texts):
        raise EventRejected(Rejection.MALFORMED)
    return event
