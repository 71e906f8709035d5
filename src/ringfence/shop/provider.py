"""What the shop asks of the payment provider. Each call happens outside any transaction and may be repeated.

These are not actions: they call out, and then an action takes note of the answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from ringfence.kernel.action import in_action
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop import actions
from ringfence.shop.actions.orders import key_of, require_owner, unknown
from ringfence.shop.models import Order, Refund
from ringfence.shop.ports import (
    HostedPage,
    Payments,
    PaymentsError,
    PaymentsRefused,
    PaymentState,
    PaymentStatus,
    PaymentsUnavailable,
    PaymentUnknown,
    RefundStatus,
    payments,
)
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import OrderState

log = structlog.get_logger(__name__)

WITHOUT_ANSWER: Final = (PaymentsUnavailable, PaymentUnknown)


@dataclass(frozen=True, slots=True)
class WayBack:
    """Where the provider's page leads back to, and what it says is paid for; the same each time for one order."""

    success_url: str
    cancel_url: str
    description: str


def said(trouble: PaymentsError) -> dict[str, str]:
    """Return what a log line tells of a trouble: its kind, and the provider's word for it, if it had one."""
    code = trouble.code if isinstance(trouble, PaymentsRefused) else ""
    return {"trouble": type(trouble).__name__, "code": code}


def provider() -> Payments:
    """Return the payment provider. Raises RuntimeError inside a transaction."""
    if in_action():
        message = "the payment provider is never called inside a transaction"
        raise RuntimeError(message)
    return payments()


def open_page(*, order: str, way_back: WayBack, by: Actor, at: datetime) -> HostedPage:
    """Open the provider's hosted page for an order that awaits payment; the same page each time.

    Raises Refusal `order.cannot_pay`, and `payment.unavailable` when the provider does not answer.
    """
    row = Order.objects.filter(pk=key_of(order)).first()
    if row is None:
        raise unknown()
    require_owner(row, by)
    if row.state != OrderState.AWAITING_PAYMENT or row.gross_minor is None or at >= row.held_until:
        raise Refusal("order.cannot_pay", gettext_noop("This order cannot be paid for any more."))
    name = public_id("ord", row.pk)
    try:
        page = provider().open_page(
            order_id=name,
            amount=Money(row.gross_minor, row.currency),
            description=way_back.description,
            language=row.language,
            success_url=way_back.success_url,
            cancel_url=way_back.cancel_url,
            keep_mandate=row.keep_card,
            idempotency_key=f"open:{name}",
        )
    except (PaymentsUnavailable, PaymentsRefused) as trouble:
        log.warning("payment.page_not_opened", order=name, **said(trouble))
        raise Refusal(
            "payment.unavailable",
            gettext_noop(
                "The payment page cannot be reached just now. Nothing was charged, and the number is still kept for"
                " you. Try once more."
            ),
        ) from trouble
    actions.note_payment_page(order=row.pk, reference=page.reference, by=by, at=at)
    return page


def ask(order: UUID, *, by: Actor, at: datetime, close: bool = False) -> PaymentStatus | None:
    """Ask how an order's payment stands, and settle the order by the answer. None when there was no answer.

    With `close`, an unpaid page is closed first, so that nobody can pay there any more. An order that waits is asked
    about at intervals; one that ended unpaid until there was an answer.
    """
    reference, state_now = Order.objects.values_list("payment_reference", "state").get(pk=order)
    if reference is None:
        return None
    is_waiting = state_now == OrderState.AWAITING_PAYMENT
    if is_waiting:
        actions.note_asked(order=order, by=by, at=at)
    try:
        state = _close_or_look(reference, close=close)
    except PaymentsError as trouble:
        log.warning("payment.no_answer", order=public_id("ord", order), **said(trouble))
        return None
    actions.settle(order=order, status=state.status, amount=state.amount, by=by, at=at)
    if not is_waiting:
        actions.note_asked(order=order, by=by, at=at)
    return state.status


def _close_or_look(reference: str, *, close: bool) -> PaymentState:
    return provider().close_page(reference) if close else provider().look_up(reference)


def give_up(*, order: str, by: Actor, at: datetime) -> None:
    """Let a number go before paying, closing the provider's page first so that nobody pays there by mistake.

    Raises Refusal: `order.cannot_move` when the payment came through in the meantime, `payment.unavailable`.
    """
    key = key_of(order)
    row = Order.objects.filter(pk=key).first()
    if row is None:
        raise unknown()
    require_owner(row, by)
    if row.state == OrderState.AWAITING_PAYMENT and row.payment_reference is not None:
        status = ask(key, by=by, at=at, close=True)
        if status is None or status is PaymentStatus.OPEN:
            raise Refusal(
                "payment.unavailable",
                gettext_noop(
                    "The payment is under way and cannot be stopped just now. Look again in a minute."
                ),
            )
    actions.give_up(order=order, by=by, at=at)


def send_refund(refund: UUID, *, by: Actor, at: datetime) -> None:
    """Send an owed refund, or ask how a sent one stands. Raises PaymentsUnavailable: repeat it later.

    The key names the refund and its attempt, and an attempt is followed by another only after the provider said
    that it failed; so the money goes back once, whatever is retried.
    """
    row = Refund.objects.select_related("order").get(pk=refund)
    if row.state == RefundStep.SENT:
        ask_refund(refund, by=by, at=at)
        return
    reference = row.order.payment_reference
    if row.state != RefundStep.OWED or reference is None:
        return
    amount, attempt = Money(row.minor, row.currency), row.attempt
    key = f"refund:{public_id('rfd', row.pk)}:{attempt}"
    try:
        found = provider().refund(reference=reference, amount=amount, idempotency_key=key)
    except PaymentsRefused as refused:
        _look_behind(row, reference, refused.code, by, at)
        return
    except WITHOUT_ANSWER as trouble:
        actions.note_try(refund=refund, trouble=type(trouble).__name__, by=by, at=at)
        raise
    actions.note_try(refund=refund, trouble="", by=by, at=at)
    actions.note_refund(
        refund=refund, attempt=attempt, status=found.status, reference=found.reference, by=by, at=at
    )


def _look_behind(row: Refund, reference: str, code: str, by: Actor, at: datetime) -> None:
    """A refused refund may be one that the money has gone back for already, by hand or by the bank."""
    actions.note_try(refund=row.pk, trouble=code, by=by, at=at)
    try:
        state = provider().look_up(reference)
    except PaymentsError as trouble:
        log.warning("refund.refused", refund=public_id("rfd", row.pk), code=code, behind=said(trouble))
        return
    if state.status is PaymentStatus.CHARGED_BACK:
        actions.settle(order=row.order_id, status=state.status, amount=state.amount, by=by, at=at)
    elif state.refunded == Money(row.minor, row.currency):
        done = RefundStatus.SUCCEEDED
        actions.note_refund(refund=row.pk, attempt=row.attempt, status=done, reference="", by=by, at=at)
    else:
        log.error("refund.refused", refund=public_id("rfd", row.pk), code=code)


def ask_refund(refund: UUID, *, by: Actor, at: datetime) -> None:
    """Ask how a sent refund stands, and take note of it. Raises PaymentsUnavailable.

    A refund the provider will not speak about stays sent, is asked about again by the sweep, and stands in the log.
    """
    row = Refund.objects.get(pk=refund)
    if row.state != RefundStep.SENT or not row.reference:
        return
    try:
        found = provider().look_up_refund(row.reference)
    except (PaymentsRefused, PaymentUnknown) as trouble:
        words = said(trouble)
        actions.note_try(refund=refund, trouble=words["code"] or words["trouble"], by=by, at=at)
        log.warning("refund.no_answer", refund=public_id("rfd", row.pk), **words)
        return
    actions.note_try(refund=refund, trouble="", by=by, at=at)
    actions.note_refund(
        refund=refund, attempt=row.attempt, status=found.status, reference=found.reference, by=by, at=at
    )
