"""What renewals ask of the payment provider. Each call happens outside any transaction and may be repeated.

Between a charge and the note of its answer the process may die. The payment then stands as asked for, with the card
and the key it was asked by, and the sweep asks with the same key: the provider answers with the same charge.
"""

from datetime import datetime
from uuid import UUID

import structlog
from django.utils import translation
from django.utils.translation import gettext as _

from ringfence.kernel.actor import Actor
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop import actions
from ringfence.shop.actions.orders import key_of, require_owner
from ringfence.shop.actions.renewing import key_of_renewal, unknown_renewal
from ringfence.shop.buyers import is_closing
from ringfence.shop.models import How, Mandate, Order, Renewal, RenewalPayment, Subscription
from ringfence.shop.models.renewals import ASKED, UNDECIDED
from ringfence.shop.ports import (
    HostedPage,
    PaymentsError,
    PaymentsRefused,
    PaymentStatus,
    PaymentsUnavailable,
    PaymentUnknown,
    RefundStatus,
)
from ringfence.shop.provider import WITHOUT_ANSWER, WayBack, provider, said
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.renewal_rules import RenewalState

log = structlog.get_logger(__name__)


def _key(kind: str, row: RenewalPayment) -> str:
    return f"{kind}:{public_id('rnw', row.renewal_id)}:{row.attempt}"


def ask_payment(payment: UUID, *, by: Actor, at: datetime, close: bool = False) -> None:
    """Charge what was begun and not answered, or ask how a payment stands; settle the renewal by the answer.

    With `close`, an unpaid page is closed first, so that nobody can pay there any more.
    """
    row = RenewalPayment.objects.select_related("renewal__subscription__order", "mandate").get(pk=payment)
    if row.status not in UNDECIDED:
        return
    try:
        if row.reference is None:
            _charge(row, by, at)
        else:
            asks = provider()
            state = asks.close_page(row.reference) if close else asks.look_up(row.reference)
            actions.settle_renewal(
                payment=payment,
                status=state.status,
                amount=state.amount,
                needs_buyer=state.needs_buyer,
                by=by,
                at=at,
            )
    except PaymentsError as trouble:
        words = said(trouble)
        log.warning("renewal.no_answer", renewal=public_id("rnw", row.renewal_id), **words)
        actions.note_renewal_asked(
            payment=payment, trouble=(words["code"] or words["trouble"])[:40], by=by, at=at
        )
    actions.ask_later(renewal=row.renewal_id, by=by, at=at)


def _charge(row: RenewalPayment, by: Actor, at: datetime) -> None:
    """Charge, or learn again how an earlier try by the same key went. A page that was never opened is closed.

    When the renewal has moved on in the meantime, or the account is about to be closed, nothing new is charged: the
    provider is only asked whether the try had come through.
    """
    amount = Money(row.minor, row.currency)
    if row.how == How.PAGE or row.mandate is None:
        status = PaymentStatus.EXPIRED if row.how == How.PAGE else PaymentStatus.FAILED
        actions.settle_renewal(payment=row.pk, status=status, amount=amount, by=by, at=at)
        return
    try:
        if row.renewal.state == RenewalState.CHARGING and not is_closing(
            row.renewal.subscription.order.subject
        ):
            made = provider().charge(
                mandate=row.mandate.token,
                renewal_id=public_id("rnw", row.renewal_id),
                amount=amount,
                description=_description(row.renewal.subscription.order),
                idempotency_key=_key("charge", row),
            )
        else:
            found = provider().find_charge(mandate=row.mandate.token, idempotency_key=_key("charge", row))
            if found is None:
                failed = PaymentStatus.FAILED
                actions.settle_renewal(payment=row.pk, status=failed, amount=amount, by=by, at=at)
                return
            made = found
    except PaymentUnknown:
        actions.card_lost(mandate=row.mandate.pk, by=by, at=at)
        actions.settle_renewal(
            payment=row.pk, status=PaymentStatus.FAILED, amount=amount, needs_buyer=True, by=by, at=at
        )
        return
    actions.settle_renewal(
        payment=row.pk,
        status=made.state.status,
        amount=made.state.amount,
        needs_buyer=made.state.needs_buyer,
        reference=made.reference,
        by=by,
        at=at,
    )


def _description(order: Order) -> str:
    with translation.override(order.language or "en"):
        return _("Renewal of order %(order)s") % {"order": public_id("ord", order.pk)}


def close_pages(renewal: UUID, *, by: Actor, at: datetime) -> None:
    """Close every open page of a renewal, and settle by what was paid there in the meantime."""
    pages = RenewalPayment.objects.filter(renewal=renewal, how=How.PAGE, status__in=UNDECIDED)
    for key in pages.order_by("attempt").values_list("pk", flat=True):
        ask_payment(key, by=by, at=at, close=True)


def open_pay_page(
    *, renewal: str, way_back: WayBack, language: str, keep_card: bool, by: Actor, at: datetime
) -> HostedPage:
    """Open the provider's page to pay a renewal at. A page opened before is closed first, so that one is open.

    Raises Refusal `renewal.unknown`, `renewal.not_payable`, and `payment.unavailable` when nobody answers.
    """
    key = key_of_renewal(renewal)
    row = Renewal.objects.select_related("subscription__order").filter(pk=key).first()
    if row is None:
        raise unknown_renewal()
    require_owner(row.subscription.order, by)
    close_pages(key, by=by, at=at)
    begun = actions.begin_page(renewal=renewal, keep_card=keep_card, by=by, at=at)
    payment = RenewalPayment.objects.get(pk=begun)
    try:
        page = provider().open_page(
            order_id=renewal,
            amount=Money(payment.minor, payment.currency),
            description=way_back.description,
            language=language,
            success_url=way_back.success_url,
            cancel_url=way_back.cancel_url,
            keep_mandate=keep_card,
            idempotency_key=_key("page", payment),
        )
    except (PaymentsUnavailable, PaymentsRefused) as trouble:
        log.warning("renewal.page_not_opened", renewal=renewal, **said(trouble))
        raise _unavailable() from trouble
    actions.note_renewal_asked(payment=begun, reference=page.reference, by=by, at=at)
    return page


def _unavailable() -> Refusal:
    return Refusal(
        "payment.unavailable",
        gettext_noop(
            "The payment page cannot be reached just now. Nothing was charged. Try once more in a minute."
        ),
    )


def open_card_page(*, order: str, way_back: WayBack, language: str, by: Actor, at: datetime) -> HostedPage:
    """Open the provider's page where another card is left. Raises Refusal `renewal.unknown`, `payment.unavailable`."""
    row = Order.objects.filter(pk=key_of(order)).first()
    found = Subscription.objects.filter(order=row, ended_at=None).first() if row else None
    if row is None or found is None:
        raise unknown_renewal()
    require_owner(row, by)
    name = public_id("sub", found.pk)
    try:
        page = provider().open_card_page(
            subscription_id=name,
            currency=found.currency,
            language=language,
            success_url=way_back.success_url,
            cancel_url=way_back.cancel_url,
            idempotency_key=f"card:{name}:{at.timestamp():.6f}",
        )
    except (PaymentsUnavailable, PaymentsRefused) as trouble:
        log.warning("card.page_not_opened", order=order, **said(trouble))
        raise _unavailable() from trouble
    actions.expect_card(order=order, reference=page.reference, by=by, at=at)
    return page


def fetch_card(subscription: UUID, *, by: Actor, at: datetime) -> None:
    """Fetch the tokens of cards that were left at pages, paid at or not. Raises PaymentsUnavailable."""
    row = Subscription.objects.get(pk=subscription)
    pages = [page for page in (row.mandate_from, *row.unwanted_from) if page]
    if pages:
        actions.note_card_asked(subscription=subscription, by=by, at=at)
    for reference in pages:
        _fetch_from(row, reference, by, at)


def _fetch_from(row: Subscription, reference: str, by: Actor, at: datetime) -> None:
    try:
        was_paid = _was_paid_at(row, reference)
        if was_paid:
            token = provider().look_up(reference).mandate
        else:
            page = provider().look_up_card(reference)
            if page.is_open:
                return
            token = page.mandate
    except (PaymentsRefused, PaymentUnknown) as trouble:
        log.warning("card.not_fetched", order=public_id("ord", row.order_id), **said(trouble))
        token = None
    actions.keep_card(subscription=row.pk, reference=reference, token=token, by=by, at=at)


def _was_paid_at(row: Subscription, reference: str) -> bool:
    at_order = Order.objects.filter(pk=row.order_id, payment_reference=reference).exists()
    return at_order or RenewalPayment.objects.filter(reference=reference).exists()


def forget_mandate(mandate: UUID, *, by: Actor, at: datetime) -> None:
    """Have the provider forget a card, unless a charge by it is still to be asked about. Raises PaymentsError."""
    row = Mandate.objects.filter(pk=mandate, leaving_at__isnull=False).first()
    if row is None or RenewalPayment.objects.filter(mandate=row, status__in=(ASKED,)).exists():
        return
    try:
        provider().forget_mandate(row.token)
    except PaymentUnknown:
        pass
    except PaymentsError:
        actions.card_forgotten(mandate=mandate, is_forgotten=False, by=by, at=at)
        raise
    actions.card_forgotten(mandate=mandate, is_forgotten=True, by=by, at=at)


def forget_card_of_order(order: UUID) -> None:
    """Have the provider forget the card that was left for an order that never came into service. Raises PaymentsError.

    No subscription will be charged by it, so its token is not even noted here.
    """
    reference = Order.objects.values_list("payment_reference", flat=True).get(pk=order)
    token = provider().look_up(reference).mandate if reference else None
    if token is not None:
        provider().forget_mandate(token)


def pay_back(payment: UUID, *, by: Actor, at: datetime) -> None:
    """Send what is owed of a renewal's payment, or ask how it stands. Raises PaymentsUnavailable: repeat it later."""
    row = RenewalPayment.objects.get(pk=payment)
    if row.reference is None or row.back_state not in {RefundStep.OWED, RefundStep.SENT}:
        return
    amount, attempt = Money(row.minor, row.currency), row.back_attempt
    try:
        if row.back_state == RefundStep.SENT:
            found = provider().look_up_refund(row.back_reference)
        else:
            key = f"{_key('back', row)}:{attempt}"
            found = provider().refund(reference=row.reference, amount=amount, idempotency_key=key)
    except PaymentsRefused as refused:
        actions.note_renewal_asked(payment=payment, trouble=refused.code[:40], by=by, at=at)
        _look_behind(row, refused.code, by, at)
        return
    except WITHOUT_ANSWER as trouble:
        actions.note_renewal_asked(payment=payment, trouble=type(trouble).__name__, by=by, at=at)
        raise
    actions.note_renewal_asked(payment=payment, by=by, at=at)
    actions.note_back(
        payment=payment, attempt=attempt, status=found.status, reference=found.reference, by=by, at=at
    )


def _look_behind(row: RenewalPayment, code: str, by: Actor, at: datetime) -> None:
    """A refused refund may be one that the money has gone back for already, by hand or by the bank."""
    try:
        state = provider().look_up(row.reference or "")
    except PaymentsError as trouble:
        log.warning("renewal.refund_refused", renewal=public_id("rnw", row.renewal_id), behind=said(trouble))
        return
    if state.status is PaymentStatus.CHARGED_BACK:
        actions.settle_renewal(payment=row.pk, status=state.status, amount=state.amount, by=by, at=at)
    elif state.refunded == Money(row.minor, row.currency):
        done = RefundStatus.SUCCEEDED
        actions.note_back(payment=row.pk, attempt=row.back_attempt, status=done, reference="", by=by, at=at)
    else:
        log.error("renewal.refund_refused", renewal=public_id("rnw", row.renewal_id), code=code)
