"""What a payment does to a renewal: it settles it, in whatever order, and however often, the news arrives."""

from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop.actions.books import book_credit, book_period
from ringfence.shop.actions.orders import require_owner
from ringfence.shop.actions.renewal_back import credit_period, invoice_of, note_back
from ringfence.shop.actions.renewal_steps import UNPAID, begin_grace, end_order
from ringfence.shop.actions.renewing import (
    Held,
    advance_renewal,
    await_card,
    fetch_soon,
    fix_price,
    held,
    key_of_renewal,
    note_renewal,
    open_renewal,
    owe_back,
    write_letter,
    zone_of,
)
from ringfence.shop.buyers import is_closing, require_open
from ringfence.shop.models import How, Renewal, RenewalPayment
from ringfence.shop.models.renewals import ASKED, UNDECIDED
from ringfence.shop.ports import EventKind, PaymentStatus, RefundStatus
from ringfence.shop.ports import PaymentEvent as Event
from ringfence.shop.refund_rules import RefundEvent, RefundStep, move_refund
from ringfence.shop.renewal_rules import RENEWAL_MOVES, RenewalEvent, RenewalState, can_be_paid, retry_at
from ringfence.shop.rules import Price
from ringfence.shop.vat_rules import Buyer
from ringfence.telephony import queries as telephony
from ringfence.telephony.actions import numbers
from ringfence.telephony.rules import NumberState

log = structlog.get_logger(__name__)

NEEDS_BUYER: Final = "needs_buyer"
REFUSED: Final = "refused"
STATUS_OF: Final = {
    EventKind.PAID: PaymentStatus.PAID,
    EventKind.FAILED: PaymentStatus.FAILED,
    EventKind.EXPIRED: PaymentStatus.EXPIRED,
    EventKind.CHARGED_BACK: PaymentStatus.CHARGED_BACK,
}


@action("renewal.begin_page")
def begin_page(*, renewal: str, keep_card: bool, by: Actor, at: datetime) -> UUID:
    """Begin a payment at the provider's page; return it.

    Raises Refusal: `renewal.unknown`, `renewal.not_payable`, `order.account_closing`.
    """
    it = held(key_of_renewal(renewal))
    require_owner(it.order, by)
    require_open(it.order.subject)
    if not can_be_paid(RenewalState(it.renewal.state), it.renewal.period_from, at):
        raise Refusal(
            "renewal.not_payable", gettext_noop("There is nothing to pay for this renewal at the moment.")
        )
    amount = fix_price(it)
    it.renewal.save()
    note_renewal(it)
    return RenewalPayment.objects.create(
        renewal=it.renewal,
        attempt=RenewalPayment.objects.filter(renewal=it.renewal).count() + 1,
        how=How.PAGE,
        keeps_card=keep_card,
        status=ASKED,
        minor=amount.minor,
        currency=amount.currency,
        opened_at=at,
    ).pk


@action("renewal.note_asked")
def note_renewal_asked(
    *, payment: UUID, by: Actor, at: datetime, reference: str | None = None, trouble: str = ""
) -> None:
    """Remember when the provider was asked about a payment, its reference, and the word for what is wrong, if any."""
    nothing_happened()
    row = RenewalPayment.objects.select_for_update().get(pk=payment)
    row.asked_at, row.trouble = at, trouble
    if reference is not None and row.reference is None:
        row.reference = reference
        if row.status in {ASKED, PaymentStatus.EXPIRED}:
            # A page that was given up while it was being opened is open all the same, and is asked about.
            row.status = PaymentStatus.OPEN
    row.save(update_fields=["asked_at", "trouble", "reference", "status"])


@action("renewal.take_event")
def take_renewal_event(*, event: Event, by: Actor, at: datetime) -> bool:
    """Take in an event of the provider about a renewal; answer whether it was one of ours. A repeat changes nothing."""
    nothing_happened()
    try:
        it = held(parse(event.order_id, "rnw"))
    except (NotAPublicId, Refusal):
        log.warning("payment.unknown_renewal", kind=str(event.kind))
        return False
    payment = _payment_of(it.renewal, event)
    if payment is None:
        log.warning("payment.other_reference", renewal=event.order_id, kind=str(event.kind))
        return False
    if event.kind in STATUS_OF:
        settle_renewal(
            payment=payment.pk,
            status=STATUS_OF[event.kind],
            amount=event.amount,
            reference=event.reference,
            by=by,
            at=at,
        )
    elif event.kind is EventKind.REFUND_SUCCEEDED and payment.back_state:
        note_back(
            payment=payment.pk,
            attempt=payment.back_attempt,
            status=RefundStatus.SUCCEEDED,
            reference="",
            by=by,
            at=at,
        )
    return True


def _payment_of(row: Renewal, event: Event) -> RenewalPayment | None:
    """The payment an event is about; one that was asked for and never answered is recognised by being alone."""
    tries = RenewalPayment.objects.filter(renewal=row)
    known = tries.filter(reference=event.reference).first()
    if known is not None:
        return known
    unanswered = tries.filter(reference=None, status=ASKED, minor=event.amount.minor)
    return unanswered.order_by("-attempt").first()


@action("renewal.settle")
def settle_renewal(
    *,
    payment: UUID,
    status: PaymentStatus,
    amount: Money,
    by: Actor,
    at: datetime,
    reference: str | None = None,
    needs_buyer: bool = False,
) -> None:
    """Bring a renewal to where one of its payments stands. Safe to repeat, and in any sequence of news.

    Paid: the period is booked and the next renewal opened, a suspended number rings again. What is paid for a renewal
    that has ended, or was paid already, goes back by itself.
    """
    it = held(RenewalPayment.objects.values_list("renewal_id", flat=True).get(pk=payment))
    row = RenewalPayment.objects.select_for_update().get(pk=payment)
    row.reference = row.reference or reference
    before, row.asked_at = row.status, at
    if status is PaymentStatus.OPEN or not _is_news(before, status):
        nothing_happened()
        row.status = PaymentStatus.OPEN if before == ASKED and row.reference else before
        row.save(update_fields=["reference", "asked_at", "status"])
        return
    row.status, row.decided_at, row.trouble = status, at, ""
    row.save()
    if status is PaymentStatus.PAID:
        _paid(it, row, amount, by, at)
    elif status is PaymentStatus.CHARGED_BACK:
        _charged_back(it, row, by, at)
    elif row.how == How.CHARGE and it.renewal.state == RenewalState.CHARGING:
        _refused(it, NEEDS_BUYER if needs_buyer else REFUSED, by, at)
    note_renewal(it)


def _is_news(before: str, status: PaymentStatus) -> bool:
    """Whether a status says more than what is known: paid is after refused, and taken back is after paid."""
    if before == PaymentStatus.CHARGED_BACK:
        return False
    if before == PaymentStatus.PAID:
        return status is PaymentStatus.CHARGED_BACK
    return before in UNDECIDED or status in {PaymentStatus.PAID, PaymentStatus.CHARGED_BACK}


def _paid(it: Held, payment: RenewalPayment, amount: Money, by: Actor, at: datetime) -> None:
    row = it.renewal
    is_right = amount == Money(payment.minor, payment.currency)
    if not is_right:
        log.error("payment.amount_differs", renewal=public_id("rnw", row.pk))
    moves = (RenewalState(row.state), RenewalEvent.PAID) in RENEWAL_MOVES
    at_a_page_too_late = payment.how == How.PAGE and is_closing(it.order.subject)
    goes_on = moves and it.subscription.ended_at is None and not at_a_page_too_late
    if not is_right or not goes_on:
        if not is_right:
            payment.minor = amount.minor
            payment.save(update_fields=["minor"])
        owe_back(payment, at)
        return
    if row.suspended_number and it.order.number is not None:
        # What staff did to the number since then stays: let ring, or suspended for another reason.
        numbers.resume(number=it.order.number, reason="paid", lifts=UNPAID, by=by, at=at)
    row.suspended_number = False
    advance_renewal(row, RenewalEvent.PAID, at, next_at=None)
    row.save()
    invoice = _book(it, at)
    if payment.keeps_card and payment.reference:
        await_card(it.subscription, payment.reference)
        fetch_soon(it.subscription)
    open_renewal(it.subscription, it.order, at, row.number + 1)
    offer = telephony.offer(it.order.number) if it.order.number else None
    stays = offer is not None and offer.state is NumberState.SUSPENDED
    write_letter(it, "renewal-paid", by, at, invoice=invoice, stays_suspended=stays)


def _book(it: Held, at: datetime) -> int | None:
    row, currency = it.renewal, it.subscription.currency
    if row.net_minor is None or row.vat_minor is None or row.gross_minor is None or row.vat_rate is None:
        return None
    cost = Price(
        Money(row.net_minor, currency),
        row.vat_rate,
        Money(row.vat_minor, currency),
        Money(row.gross_minor, currency),
    )
    known = row.buyer.open() if row.buyer is not None else None
    buyer = Buyer(**known) if known else None
    return book_period(it.subscription, cost, row.period_from, row.period_to, at, buyer=buyer)


def _refused(it: Held, reason: str, by: Actor, at: datetime) -> None:
    """A refused charge is tried again on other days; where trying is useless or over, the grace begins.

    Of an account that is about to be closed it counts as not tried.
    """
    row = it.renewal
    if is_closing(it.order.subject):
        row.tries, row.first_tried_at = row.tries - 1, row.first_tried_at if row.tries > 1 else None
        advance_renewal(row, RenewalEvent.REFUSED, at, next_at=at)
        row.save()
        return
    again = retry_at(row.first_tried_at or at, row.tries, zone_of(it.order))
    if reason == NEEDS_BUYER or again is None:
        begin_grace(it, reason, by, at)
        return
    row.reason = reason
    advance_renewal(row, RenewalEvent.REFUSED, at, next_at=max(again, at))
    row.save()
    write_letter(it, "renewal-failed", by, at, again=max(again, at).isoformat())


def _charged_back(it: Held, payment: RenewalPayment, by: Actor, at: datetime) -> None:
    """The buyer's bank took a renewal's money back: nothing is paid back twice, and the number goes to rest.

    A payment that was on its way back anyway ends nothing.
    """
    if payment.back_state:
        dropped = move_refund(RefundStep(payment.back_state), RefundEvent.BANK_WAS_FASTER)
        if dropped is not None:
            payment.back_state = dropped
            payment.save(update_fields=["back_state"])
            credit_period(it, payment, at)
        return
    row = it.renewal
    if row.state == RenewalState.PAID:
        advance_renewal(row, RenewalEvent.CHARGE_BACK, at, next_at=None)
        row.save()
        invoice = invoice_of(it)
        if invoice is not None:
            book_credit(it.order, Money(payment.minor, payment.currency), at, invoice=invoice)
    if it.subscription.ended_at is None:
        end_order(it, by, at)
        write_letter(it, "renewal-charged-back", by, at)
