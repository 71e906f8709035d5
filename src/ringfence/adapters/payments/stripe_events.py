"""What Stripe's webhooks say: proven by the official library, then taken in by allow-list (clause 2.4).

Of a payload of some hundred values at most these survive: the event's id, kind and time, the amount it is about,
the id of the Checkout Session and the order, or of the charge and the renewal; or, where Stripe names neither, the
payment's id to ask by.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import stripe

from ringfence.adapters.payments.stripe_answers import (
    OTHER_UNITS,
    PAYMENT,
    PLAIN,
    REFERENCE,
    has_taken_money,
    is_plain,
    money,
)
from ringfence.kernel.money import Money
from ringfence.shop.ports import EVENT_TOLERANCE_SECONDS, EventKind, EventRejected, Rejection

SIGNATURE_HEADER: Final = "Stripe-Signature"
_HEADER: Final = re.compile(r"t=([0-9]{1,12})(?:,v[0-9]=[0-9a-f]{64}){1,20}", re.ASCII)
_LARGEST_EVENT: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class News:
    """What is left of an event. Either the session and the order are known, or the payment to ask by."""

    event_id: str
    kind: EventKind
    amount: Money
    occurred_at: datetime
    session: str = ""
    order_id: str = ""
    payment: str = ""
    is_claim: bool = False
    """Whether the event says less than its kind does, so that the refund has to be seen before it is believed."""


def proven(body: bytes, headers: Mapping[str, str], *, secret: str, at: datetime) -> dict[str, Any]:
    """The payload of a webhook that Stripe signed, within the tolerance of its time. Raises EventRejected.

    While a secret is being replaced, Stripe signs with both; one that fits is enough.
    """
    signed = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER.lower())
    header = _HEADER.fullmatch(signed or "")
    if header is None or len(body) > _LARGEST_EVENT:
        raise EventRejected(Rejection.MALFORMED if signed else Rejection.UNSIGNED)
    try:
        stripe.WebhookSignature.verify_header(body, signed, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        raise EventRejected(Rejection.BAD_SIGNATURE) from None
    if abs(at.timestamp() - int(header[1])) > EVENT_TOLERANCE_SECONDS:
        raise EventRejected(Rejection.TOO_OLD)
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        raise EventRejected(Rejection.MALFORMED) from None
    if not isinstance(payload, dict):
        raise EventRejected(Rejection.MALFORMED)
    return payload


def news(payload: Mapping[str, Any], *, is_live: bool) -> News | None:
    """What a proven payload says, or None when it is not about a payment of the shop.

    Raises EventRejected when it is not shaped as Stripe describes it, or comes from test mode to a live shop or
    the other way round: then the wrong endpoint's secret is configured.
    """
    try:
        return _news(payload, is_live=is_live)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
        raise EventRejected(Rejection.MALFORMED) from None


def _news(payload: Mapping[str, Any], *, is_live: bool) -> News | None:
    kind_word, thing = payload["type"], payload["data"]["object"]
    kind = _kind(kind_word, thing) if isinstance(kind_word, str) else None
    if kind is None:
        return None
    if payload["livemode"] is not is_live:
        raise ValueError("the other mode")
    when = datetime.fromtimestamp(_whole(payload["created"]), UTC)
    if str(thing["currency"]).upper() in OTHER_UNITS:
        return None
    heard = partial(News, event_id=_id(payload["id"]), kind=kind, occurred_at=when)
    if thing["object"] == "checkout.session":
        return _of_page(heard, thing)
    if thing["object"] == "payment_intent":
        return _of_charge(heard, thing)
    return _of_payment(heard, thing, payload["data"].get("previous_attributes") or {})


def _of_page(heard: Callable[..., News], thing: Mapping[str, Any]) -> News | None:
    if thing["mode"] != "payment" or not is_plain(thing["client_reference_id"]):
        return None
    amount = money(thing["amount_total"], thing["currency"])
    return heard(
        amount=amount, session=_id(thing["id"], REFERENCE), order_id=_id(thing["client_reference_id"])
    )


def _of_charge(heard: Callable[..., News], thing: Mapping[str, Any]) -> News | None:
    """A charge without the buyer names its renewal; a payment at a page is told by its session."""
    renewal = thing["metadata"].get("renewal")
    if not is_plain(renewal):
        return None
    amount = money(thing["amount"], thing["currency"])
    return heard(amount=amount, session=_id(thing["id"], PAYMENT), order_id=renewal)


def _of_payment(
    heard: Callable[..., News], thing: Mapping[str, Any], before: Mapping[str, Any]
) -> News | None:
    if thing["payment_intent"] is None:
        return None
    minor, is_claim = thing.get("amount"), False
    if thing["object"] == "charge":
        minor, is_claim = thing["amount_refunded"] - before.get("amount_refunded", 0), True
    amount = money(minor, thing["currency"])
    return heard(amount=amount, payment=_id(thing["payment_intent"]), is_claim=is_claim)


def _kind(word: str, thing: Mapping[str, Any]) -> EventKind | None:
    """What a kind of Stripe's means for the shop; what the shop has no use for is None.

    A session may be completed by a slow method (a bank debit, say) and be unpaid still; a refund is updated for
    many reasons; a dispute may begin as a question.
    """
    if word == "checkout.session.completed":
        return EventKind.PAID if thing["payment_status"] == "paid" else None
    if word == "refund.updated":
        return _REFUND_KINDS.get(thing["status"])
    if word in {"charge.dispute.created", "charge.dispute.funds_withdrawn"}:
        return EventKind.CHARGED_BACK if has_taken_money(thing["status"]) else None
    return _KINDS.get(word)


_KINDS: Final = {
    "payment_intent.succeeded": EventKind.PAID,
    "payment_intent.payment_failed": EventKind.FAILED,
    "checkout.session.async_payment_succeeded": EventKind.PAID,
    "checkout.session.async_payment_failed": EventKind.FAILED,
    "checkout.session.expired": EventKind.EXPIRED,
    "charge.refunded": EventKind.REFUND_SUCCEEDED,
    "refund.failed": EventKind.REFUND_FAILED,
}
_REFUND_KINDS: Final = {
    "succeeded": EventKind.REFUND_SUCCEEDED,
    "failed": EventKind.REFUND_FAILED,
    "canceled": EventKind.REFUND_FAILED,
}
KINDS: Final = frozenset(
    {
        *_KINDS,
        "checkout.session.completed",
        "refund.updated",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    }
)
"""The events an endpoint at Stripe is to send; others are answered with success and not read."""


def _id(given: Any, shape: re.Pattern[str] = PLAIN) -> str:
    if not isinstance(given, str) or not shape.fullmatch(given):
        raise ValueError("not an id")
    return given


def _whole(given: Any) -> int:
    if type(given) is not int:
        raise TypeError("not a whole number")
    return given
