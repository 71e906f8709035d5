"""Money that goes back: owed once, sent until it arrives, the way it came (clause 6.2)."""

from datetime import datetime
from uuid import UUID

from ringfence.accounts.actions import queue_letter
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.shop.actions.books import book_credit
from ringfence.shop.actions.cards_left import let_card_go
from ringfence.shop.actions.orders import advance, locked
from ringfence.shop.models import Order, Refund
from ringfence.shop.ports import RefundStatus
from ringfence.shop.refund_rules import RefundEvent, RefundStep, move_refund
from ringfence.shop.rules import MOVES, OrderEvent, OrderState

EVENT_OF = {
    RefundStatus.PENDING: RefundEvent.ACCEPTED,
    RefundStatus.SUCCEEDED: RefundEvent.SUCCEEDED,
    RefundStatus.FAILED: RefundEvent.FAILED,
}


def owe(row: Order, amount: Money, at: datetime) -> Refund:
    """Owe an order's money back, in the running action, and have it sent after the commit. Only once per order."""
    from ringfence.shop import tasks

    require_action("a refund")
    refund, is_new = Refund.objects.get_or_create(
        order=row,
        defaults={
            "minor": amount.minor,
            "currency": amount.currency,
            "state": RefundStep.OWED,
            "owed_at": at,
        },
    )
    if is_new:
        tasks.send_refund.defer(refund=str(refund.pk))
        let_card_go(row)
    return refund


def void(refund: Refund) -> None:
    """Drop a refund in the running action, because the buyer's bank took the money back by itself."""
    dropped = move_refund(RefundStep(refund.state), RefundEvent.BANK_WAS_FASTER)
    if dropped is not None:
        refund.state = dropped
        refund.save(update_fields=["state"])


def ask_soon(refund: Refund) -> None:
    """Have the provider asked how a refund stands, after the commit."""
    from ringfence.shop import tasks

    tasks.ask_refund.defer(refund=str(refund.pk))


def _locked(refund: UUID) -> tuple[Order, Refund]:
    """Lock the order before its refund, as every action does."""
    order = locked(Refund.objects.values_list("order_id", flat=True).get(pk=refund))
    return order, Refund.objects.select_for_update().get(pk=refund)


@action("refund.note")
def note_refund(
    *, refund: UUID, attempt: int, status: RefundStatus, reference: str, by: Actor, at: datetime
) -> None:
    """Take note of how an attempt to pay back stands at the provider; news of an older attempt means nothing.

    When it succeeded, the order is refunded, the books get their credit and the customer a letter.
    """
    order, row = _locked(refund)
    event = EVENT_OF[status]
    is_stale = attempt != row.attempt and event is not RefundEvent.SUCCEEDED
    after = None if is_stale else move_refund(RefundStep(row.state), event)
    if after is None:
        nothing_happened()
        return
    row.state, row.reference = after, reference or row.reference
    row.trouble = ""
    if event is RefundEvent.FAILED:
        row.attempt, row.reference, row.trouble = row.attempt + 1, "", "failed"
    if row.sent_at is None and event is not RefundEvent.FAILED:
        row.sent_at = at
    if after is RefundStep.DONE:
        row.done_at = at
        _done(order, row, by, at)
    row.save()
    subjects = [order.subject] if order.subject else []
    about(*subjects, order=public_id("ord", order.pk), refund=public_id("rfd", row.pk), state=str(after))


def _done(order: Order, row: Refund, by: Actor, at: datetime) -> None:
    amount = Money(row.minor, row.currency)
    book_credit(order, amount, at)
    if (OrderState(order.state), OrderEvent.REFUND) in MOVES:
        advance(order, OrderEvent.REFUND, at)
        order.save(update_fields=["state"])
    if order.subject is not None:
        facts = {"order": public_id("ord", order.pk), "amount": str(amount)}
        queue_letter(kind="refund-sent", person=order.subject, facts=facts, by=by, at=at)


@action("refund.try_again")
def try_again(*, refund: str, by: Actor, at: datetime) -> None:
    """Send a waiting refund again, now, after the commit; it stays one refund. Raises Refusal `refund.not_waiting`."""
    from ringfence.shop import tasks

    try:
        row = Refund.objects.select_for_update().filter(pk=parse(refund, "rfd")).first()
    except NotAPublicId:
        row = None
    if row is None or row.state not in {RefundStep.OWED, RefundStep.SENT}:
        raise Refusal(
            "refund.not_waiting",
            gettext_noop("This refund does not wait any more. Open the order to see it."),
        )
    tasks.send_refund.defer(refund=str(row.pk))
    about(refund=refund)


@action("refund.note_try")
def note_try(*, refund: UUID, trouble: str, by: Actor, at: datetime) -> None:
    """Remember when the provider was last asked, and its word for what is wrong, if anything is."""
    nothing_happened()
    Refund.objects.filter(pk=refund).update(tried_at=at, trouble=trouble)
