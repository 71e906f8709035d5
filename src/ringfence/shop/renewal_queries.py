"""What the interfaces may read of renewals."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.db.models import Q

from ringfence.accounts.queries import profile_of
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import Sealed
from ringfence.shop import renewal_watch, seller
from ringfence.shop.buyers import buyer_of
from ringfence.shop.models import How, Order, Renewal, RenewalPayment, Subscription
from ringfence.shop.models.renewals import ASKED, OPEN_VALUES, UNDECIDED
from ringfence.shop.ports import PaymentStatus
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.renewal_rules import OPEN, REMINDER_DAYS, UNPAID, RenewalState, can_be_paid
from ringfence.shop.rules import Term, price
from ringfence.shop.vat_rules import Buyer, vat

DUE_SOON: Final = timedelta(days=REMINDER_DAYS[0])
RECENT: Final = timedelta(days=30)
"""How far back the list of staff goes; what is older is found by its order. Nothing stays open for as long."""


class Show(StrEnum):
    """What the list of staff is narrowed to."""

    LATE = "late"
    UNPAID = "unpaid"
    SOON = "soon"
    OFF = "off"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class RenewalView:
    """One renewal. `amount` is what it costs with tax; `waits` whether a payment for it is under way."""

    id: UUID
    public_id: str
    order_id: str
    subject: UUID | None
    e164: Sealed | None
    country: str
    state: RenewalState
    state_since: datetime
    due: datetime
    until: datetime
    next_at: datetime | None
    amount: Money
    term: Term
    tries: int
    reason: str
    by_card: bool
    card_expected: bool
    waits: bool
    back: Money | None
    is_late: bool
    trouble: str

    @property
    def is_open(self) -> bool:
        """Whether something is still to happen."""
        return self.state in OPEN

    def is_payable(self, at: datetime) -> bool:
        """Whether it can be paid by hand now."""
        return can_be_paid(self.state, self.due, at)

    def can_switch_off(self) -> bool:
        """Whether it can be switched off now."""
        return self.state is RenewalState.UPCOMING or self.state in UNPAID

    @property
    def ends_at_once(self) -> bool:
        """Whether switching off ends the number now, since what was paid for is over."""
        return self.state in UNPAID


def next_payments(subject: UUID, at: datetime) -> list[RenewalView]:
    """Return the open renewals of a customer, the next one first."""
    keyring.prefetch([subject], RetentionClass.ACCOUNT)
    mine = Renewal.objects.filter(subscription__order__subject=subject, state__in=OPEN_VALUES)
    return _views(mine.order_by("period_from", "id"), at, buyer_of(profile_of(subject)))


def renewals_of_order(order: UUID, subject: UUID, at: datetime) -> list[RenewalView]:
    """Return every renewal of a customer's order, the newest first."""
    mine = Renewal.objects.filter(subscription__order=order, subscription__order__subject=subject)
    return _views(mine.order_by("-number"), at, buyer_of(profile_of(subject)))


def counts(at: datetime) -> dict[str, int]:
    """Return how many renewals each narrowing shows."""
    return {show.value: Renewal.objects.filter(_narrowed(show, at)).count() for show in Show}


def listed(
    show: Show, *, at: datetime, wanted: str = "", after: str = "", limit: int = 50
) -> tuple[list[RenewalView], str]:
    """Return a page of renewals in the order they are due, and where the next page begins.

    `wanted` is the public id of a renewal or an order; `after` what the page before said.
    """
    found = Renewal.objects.filter(_narrowed(show, at))
    if wanted:
        found = Renewal.objects.filter(_wanted(wanted))
    last = _key(after, "rnw")
    start = Renewal.objects.filter(pk=last).values_list("period_from", "id").first() if last else None
    if start is not None:
        found = found.filter(Q(period_from__gt=start[0]) | Q(period_from=start[0], id__gt=start[1]))
    rows = list(found.order_by("period_from", "id")[: limit + 1])
    further = public_id("rnw", rows[limit - 1].pk) if len(rows) > limit else ""
    return _views(rows[:limit], at), further


def _key(text: str, prefix: str) -> UUID | None:
    try:
        return parse(text, prefix)
    except NotAPublicId:
        return None


def _wanted(text: str) -> Q:
    renewal, order = _key(text, "rnw"), _key(text, "ord")
    return Q(pk=renewal) if renewal else Q(subscription__order=order) if order else Q(pk=None)


def _narrowed(show: Show, at: datetime) -> Q:
    unpaid = [state.value for state in (*UNPAID, RenewalState.CHARGING)]
    return {
        Show.LATE: renewal_watch.late(at),
        Show.UNPAID: Q(state__in=unpaid),
        Show.SOON: Q(state=RenewalState.UPCOMING, period_from__lte=at + DUE_SOON),
        Show.OFF: Q(state=RenewalState.SWITCHED_OFF),
        Show.ALL: Q(period_from__gte=at - RECENT),
    }[show]


def _views(found: Iterable[Renewal], at: datetime, buyer: Buyer | None = None) -> list[RenewalView]:
    """Make views. Without `buyer`, whom staff may not look up, an amount not fixed yet has the tax of the purchase."""
    rows = list(found)
    subscriptions = Subscription.objects.select_related("order").in_bulk(
        {row.subscription_id for row in rows}
    )
    payments: dict[UUID, list[RenewalPayment]] = {}
    tried = RenewalPayment.objects.filter(renewal__in=[row.pk for row in rows])
    for payment in tried.order_by("attempt"):
        payments.setdefault(payment.renewal_id, []).append(payment)
    return [
        _view(
            row,
            subscriptions[row.subscription_id],
            payments.get(row.pk, []),
            buyer,
            is_late=renewal_watch.is_late(row, payments.get(row.pk, []), at),
        )
        for row in rows
    ]


def _amount(row: Renewal, of: Subscription, buyer: Buyer | None) -> Money:
    if row.gross_minor is not None:
        return Money(row.gross_minor, of.currency)
    at_purchase = of.order.vat_rate or Decimal(0)
    rate = vat(buyer, seller_country=seller.country()).rate if buyer else at_purchase
    return price(Money(of.period_minor, of.currency), rate).gross


def _view(
    row: Renewal, of: Subscription, tries: list[RenewalPayment], buyer: Buyer | None, *, is_late: bool
) -> RenewalView:
    order: Order = of.order
    back = [payment for payment in tries if payment.back_state and payment.back_state != RefundStep.VOID]
    asked = [payment for payment in tries if payment.status in UNDECIDED]
    return RenewalView(
        id=row.pk,
        public_id=public_id("rnw", row.pk),
        order_id=public_id("ord", order.pk),
        subject=order.subject,
        e164=order.e164,
        country=order.number_country,
        state=RenewalState(row.state),
        state_since=row.state_since,
        due=row.period_from,
        until=row.period_to,
        next_at=row.next_at,
        amount=_amount(row, of, buyer),
        term=Term(of.term),
        tries=row.tries,
        reason=row.reason,
        by_card=of.mandate_id is not None,
        card_expected=bool(of.mandate_from),
        waits=any(payment.how == How.CHARGE or payment.status == PaymentStatus.OPEN for payment in asked),
        back=Money(back[0].minor, back[0].currency) if back else None,
        is_late=is_late,
        trouble=_trouble(row, tries, is_late=is_late),
    )


def _trouble(row: Renewal, tries: list[RenewalPayment], *, is_late: bool) -> str:
    """Return the word for why a renewal did not run, for staff."""
    if not is_late:
        return ""
    unanswered = [payment.trouble for payment in tries if payment.status == ASKED]
    if row.state == RenewalState.CHARGING and unanswered:
        return unanswered[-1] or renewal_watch.NO_ANSWER
    return renewal_watch.NOT_TAKEN
