"""Money of a renewal that goes back: what was paid twice, too late, or ahead for a time that never came."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.shop.actions.books import book_credit
from ringfence.shop.actions.refunds import EVENT_OF
from ringfence.shop.actions.renewing import Held, held, note_renewal, write_letter
from ringfence.shop.models import BookEntry, BookKind, RenewalPayment
from ringfence.shop.ports import PaymentStatus, RefundStatus
from ringfence.shop.refund_rules import RefundEvent, RefundStep, move_refund
from ringfence.shop.renewal_rules import RenewalState


def invoice_of(it: Held) -> int | None:
    """Return the number of the invoice for a renewal's period, if there is one."""
    found = BookEntry.objects.filter(
        order=it.order.pk, kind=BookKind.SALE, period_from=it.renewal.period_from
    )
    return found.order_by("serial").values_list("serial", flat=True).first()


@action("renewal.note_back")
def note_back(
    *, payment: UUID, attempt: int, status: RefundStatus, reference: str, by: Actor, at: datetime
) -> None:
    """Take note of how an attempt to pay back stands at the provider; news of an older attempt means nothing."""
    it = held(RenewalPayment.objects.values_list("renewal_id", flat=True).get(pk=payment))
    row = RenewalPayment.objects.select_for_update().get(pk=payment)
    event = EVENT_OF[status]
    is_stale = attempt != row.back_attempt and event is not RefundEvent.SUCCEEDED
    after = None if is_stale or not row.back_state else move_refund(RefundStep(row.back_state), event)
    if after is None:
        nothing_happened()
        return
    row.back_state, row.back_reference = after, reference or row.back_reference
    row.trouble = ""
    if event is RefundEvent.FAILED:
        row.back_attempt, row.back_reference, row.trouble = row.back_attempt + 1, "", "failed"
    if after is RefundStep.DONE:
        row.back_done_at = at
        _done(it, row, by, at)
    row.save()
    note_renewal(it)


def _done(it: Held, row: RenewalPayment, by: Actor, at: datetime) -> None:
    credit_period(it, row, at)
    write_letter(it, "renewal-paid-back", by, at, amount=str(Money(row.minor, row.currency)))


def credit_period(it: Held, row: RenewalPayment, at: datetime) -> None:
    """Credit the invoice of a period once its money is back with the buyer; one that another payment pays stays."""
    paid = RenewalPayment.objects.filter(renewal=it.renewal, status=PaymentStatus.PAID, back_state="")
    others = paid.exclude(pk=row.pk)
    invoice = invoice_of(it) if it.renewal.state == RenewalState.PAID and not others.exists() else None
    if invoice is not None:
        book_credit(it.order, Money(row.minor, row.currency), at, invoice=invoice)
