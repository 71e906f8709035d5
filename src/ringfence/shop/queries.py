"""What other rooms and the interfaces may read of the shop."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.kernel.working_days import calendar_months_later
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import Sealed
from ringfence.shop import pricing
from ringfence.shop.models import Order, OrderStep, Refund
from ringfence.shop.price_rules import MONTHS, ListPrice, Quote
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import OrderState, Price, Term, Window, WindowRule, cancellation_window
from ringfence.shop.vat_rules import Buyer


@dataclass(frozen=True, slots=True)
class RefundView:
    """Money on its way back."""

    public_id: str
    amount: Money
    state: RefundStep
    owed_at: datetime
    sent_at: datetime | None
    done_at: datetime | None


@dataclass(frozen=True, slots=True)
class Step:
    """A state an order came into, and when."""

    state: OrderState
    at: datetime


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its customer sees it; the number opens when shown. `window` is None before provision."""

    id: UUID
    public_id: str
    subject: UUID | None
    number: UUID | None
    e164: Sealed | None
    country: str
    type: str
    state: OrderState
    placed_at: datetime
    held_until: datetime
    choose_until: datetime | None
    monthly: Money
    setup: Money
    term: Term
    period: Money
    price: Price | None
    buyer_country: str
    consumer: bool | None
    time_zone: str
    language: str
    policy_version: int | None
    has_payment_page: bool
    provided_at: datetime | None
    window: Window | None
    renews_at: datetime | None
    refund: RefundView | None
    steps: tuple[Step, ...]

    @property
    def number_id(self) -> str:
        """The public id of the number; empty once the customer was forgotten."""
        return public_id("num", self.number) if self.number else ""

    def is_cancellable(self, at: datetime) -> bool:
        """Whether the one button works at this moment."""
        return self.state is OrderState.ACTIVE and self.window is not None and self.window.is_open(at)

    def is_past_its_window(self, at: datetime) -> bool:
        """Whether the order is in service and its time to cancel is over."""
        return self.state is OrderState.ACTIVE and not self.is_cancellable(at)

    def is_payable(self, at: datetime) -> bool:
        """Whether this order can still be paid for."""
        return self.state in {OrderState.HELD, OrderState.AWAITING_PAYMENT} and at < self.held_until

    def is_choosing(self, at: datetime) -> bool:
        """Whether an equal number can still be taken for what was paid."""
        return self.state is OrderState.CHOOSING and self.choose_until is not None and at < self.choose_until

    @property
    def last_moment(self) -> datetime | None:
        """The last minute in which the order can be cancelled; the window's end itself is exclusive."""
        return self.window.ends_at - timedelta(minutes=1) if self.window else None


def price_list(currency: str) -> tuple[ListPrice, ...]:
    """Return what is sold in a currency, by country and type, without VAT."""
    return pricing.price_list(currency)


def currencies() -> tuple[str, ...]:
    """Return the currencies in which anything is sold."""
    return pricing.currencies()


def quote(*, country: str, kind: str, currency: str, term: Term, buyer: Buyer) -> Quote | None:
    """Return what a number of a country and type costs a buyer; None where it is not sold in that currency."""
    return pricing.quote(country=country, kind=kind, currency=currency, term=term, buyer=buyer)


def quotes(*, country: str, kind: str, buyer: Buyer) -> list[Quote]:
    """Return what it costs in each currency the buyer can pay in, and each term."""
    return pricing.quotes(country=country, kind=kind, buyer=buyer)


def term_ends(provided_at: datetime, term: Term, time_zone: str) -> datetime:
    """Return when a term that begins at a moment ends, and the next one is paid."""
    return calendar_months_later(provided_at, MONTHS[term], time_zone)


def window_if_provided(*, at: datetime, country: str, consumer: bool, time_zone: str) -> Window:
    """Return the window for cancelling that a number provided at this moment would have."""
    return cancellation_window(provided_at=at, country=country, consumer=consumer, time_zone=time_zone)


def order(number: str, subject: UUID | None = None) -> OrderView | None:
    """Return an order by its public id; with `subject`, only when it is that person's."""
    try:
        key = parse(number, "ord")
    except NotAPublicId:
        return None
    found = Order.objects.filter(pk=key)
    if subject is not None:
        found = found.filter(subject=subject)
    views = _views(found)
    return views[0] if views else None


def orders_of(subject: UUID, *, limit: int = 100) -> list[OrderView]:
    """Return a customer's orders, the newest first."""
    keyring.prefetch([subject], RetentionClass.ACCOUNT)
    return _views(Order.objects.filter(subject=subject).order_by("-placed_at", "id")[:limit])


def waiting_orders_of(subject: UUID, at: datetime) -> list[OrderView]:
    """Return the numbers a customer holds right now and has not paid for."""
    waiting = (OrderState.HELD, OrderState.AWAITING_PAYMENT)
    found = Order.objects.filter(subject=subject, state__in=waiting, held_until__gt=at)
    return _views(found.order_by("held_until", "id"))


def _views(orders: Iterable[Order]) -> list[OrderView]:
    rows = list(orders)
    keys = [row.pk for row in rows]
    steps: dict[UUID, list[Step]] = {}
    for step in OrderStep.objects.filter(order__in=keys).order_by("at", "id"):
        steps.setdefault(step.order_id, []).append(Step(OrderState(step.state), step.at))
    refunds = {refund.order_id: refund for refund in Refund.objects.filter(order__in=keys)}
    from_subscriptions = Order.objects.filter(pk__in=keys, subscription__ended_at=None)
    renewals = dict(from_subscriptions.values_list("pk", "subscription__renews_at"))
    return [_view(row, steps.get(row.pk, []), refunds.get(row.pk), renewals.get(row.pk)) for row in rows]


def _view(row: Order, steps: list[Step], refund: Refund | None, renews_at: datetime | None) -> OrderView:
    window = (
        Window(row.window_ends_at, WindowRule(row.window_rule), "6.1")
        if row.window_ends_at is not None
        else None
    )
    return OrderView(
        id=row.pk,
        public_id=public_id("ord", row.pk),
        subject=row.subject,
        number=row.number,
        e164=row.e164,
        country=row.number_country,
        type=row.number_type,
        state=OrderState(row.state),
        placed_at=row.placed_at,
        held_until=row.held_until,
        choose_until=row.choose_until,
        monthly=Money(row.monthly_minor, row.currency),
        setup=Money(row.setup_minor, row.currency),
        term=Term(row.term),
        period=Money(row.period_minor, row.currency),
        price=_price(row),
        buyer_country=row.buyer_country,
        consumer=row.consumer,
        time_zone=row.time_zone,
        language=row.language,
        policy_version=row.policy_version,
        has_payment_page=row.payment_reference is not None,
        provided_at=row.provided_at,
        window=window,
        renews_at=renews_at,
        refund=_refund(refund),
        steps=tuple(steps),
    )


def _price(row: Order) -> Price | None:
    if row.net_minor is None or row.vat_minor is None or row.gross_minor is None or row.vat_rate is None:
        return None
    amounts = (Money(minor, row.currency) for minor in (row.net_minor, row.vat_minor, row.gross_minor))
    net, vat, gross = amounts
    return Price(net=net, vat_rate=row.vat_rate, vat=vat, gross=gross)


def _refund(row: Refund | None) -> RefundView | None:
    if row is None:
        return None
    return RefundView(
        public_id=public_id("rfd", row.pk),
        amount=Money(row.minor, row.currency),
        state=RefundStep(row.state),
        owed_at=row.owed_at,
        sent_at=row.sent_at,
        done_at=row.done_at,
    )
