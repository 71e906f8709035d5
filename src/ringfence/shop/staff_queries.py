"""What staff may read of the shop: orders and refunds without names, and a caller whom a code has confirmed."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.db.models import Q

from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.shop.caller_rules import CONFIRMED_FOR, Way
from ringfence.shop.models import CallerCheck, Order, PaymentEvent, Refund
from ringfence.shop.queries import OrderView, orders_of
from ringfence.shop.refund_rules import RefundStep
from ringfence.shop.rules import OrderState
from ringfence.telephony.lookups import digits_of, numbers_with

Row = TypeVar("Row")
ON_A_PAGE: Final = 25

REFUND_SOON: Final = timedelta(hours=1)
"""A refund that waits longer than this deserves a look; most arrive within seconds."""

WAITING: Final = (RefundStep.OWED, RefundStep.SENT)


@dataclass(frozen=True, slots=True)
class CallerView:
    """A caller, as the member of staff on the phone may know them; before they are confirmed nothing is known.

    `filed` are the orders and requests that were filed for them in this call, by their ids.
    """

    way: Way
    confirmed: bool
    usable: bool
    person: UUID | None
    orders: list[OrderView]
    filed: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """An order in a list: what was sold and how it stands, and nothing of who bought it."""

    public_id: str
    digits: str
    country: str
    state: OrderState
    placed_at: datetime
    gross: Money | None


@dataclass(frozen=True, slots=True)
class RefundRow:
    """Money on its way back, in a list."""

    public_id: str
    order: str
    amount: Money
    state: RefundStep
    attempt: int
    trouble: str
    owed_at: datetime
    tried_at: datetime | None
    done_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Event:
    """News of the payment provider about an order, by allow-list (clause 2.4)."""

    kind: str
    amount: Money
    occurred_at: datetime
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of a list, and the cursor of the next one, empty at the end."""

    rows: list[Row]
    cursor: str


def caller(check: UUID, staff: UUID, at: datetime) -> CallerView | None:
    """Return a caller whom this member of staff took down; None for anybody else's."""
    row = CallerCheck.objects.filter(pk=check, staff=staff, filed_at=None).first()
    if row is None:
        return None
    if row.confirmed_at is None or row.subject is None:
        return CallerView(
            Way(row.way), confirmed=False, usable=False, person=None, orders=[], filed=frozenset()
        )
    noted = CallerCheck.objects.filter(subject=row.subject, staff=staff, confirmed_at=row.confirmed_at)
    pairs = noted.exclude(filed_at=None).values_list("order", "request")
    return CallerView(
        Way(row.way),
        confirmed=True,
        usable=at < row.confirmed_at + CONFIRMED_FOR,
        person=row.subject,
        orders=orders_of(row.subject),
        filed=frozenset(one for pair in pairs for one in pair if one),
    )


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which orders are looked for; empty means any. `words` is an order's id, or digits of its number."""

    words: str = ""
    state: str = ""
    since: datetime | None = None


def orders(wanted: Wanted, after: str = "", limit: int = ON_A_PAGE) -> Page[OrderRow]:
    """Return a page of orders, the newest first. A cursor that means nothing starts anew."""
    found = Order.objects.filter(_meant(wanted.words)) if wanted.words else Order.objects.all()
    if wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.since:
        found = found.filter(placed_at__gte=wanted.since)
    if place := _read_cursor(after):
        at, key = place
        found = found.filter(Q(placed_at__lt=at) | Q(placed_at=at, id__gt=key))
    rows = list(found.defer("e164").order_by("-placed_at", "id")[: limit + 1])
    digits = digits_of([row.number for row in rows if row.number])
    shown = [_order_row(row, digits.get(row.number, "") if row.number else "") for row in rows[:limit]]
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(shown, _cursor(last.placed_at, last.pk) if last else "")


def _meant(words: str) -> Q:
    try:
        return Q(pk=parse(words, "ord"))
    except NotAPublicId:
        return Q(number__in=numbers_with(words))


def _order_row(row: Order, digits: str) -> OrderRow:
    gross = Money(row.gross_minor, row.currency) if row.gross_minor is not None else None
    return OrderRow(
        public_id("ord", row.pk), digits, row.number_country, OrderState(row.state), row.placed_at, gross
    )


def _cursor(at: datetime, key: UUID) -> str:
    return f"{at.astimezone(UTC).isoformat()}_{key.hex}"


def _read_cursor(text: str) -> tuple[datetime, UUID] | None:
    moment, _, key = text.partition("_")
    try:
        at, found = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return None
    return (at, found) if at.tzinfo else None


def events_of(key: UUID) -> list[Event]:
    """Return what the payment provider told about an order, as it was received."""
    rows = PaymentEvent.objects.filter(order=key).order_by("received_at", "event_id")
    return [Event(row.kind, Money(row.minor, row.currency), row.occurred_at, row.received_at) for row in rows]


def refunds(state: str, at: datetime, after: str = "", limit: int = ON_A_PAGE) -> Page[RefundRow]:
    """Return a page of refunds, the longest owed first. `state` is a step, "trouble", or empty for all that wait."""
    found = Refund.objects.filter(_refunds_in(state))
    if place := _read_cursor(after):
        owed, key = place
        found = found.filter(Q(owed_at__gt=owed) | Q(owed_at=owed, id__gt=key))
    rows = list(found.order_by("owed_at", "id")[: limit + 1])
    last = rows[limit - 1] if len(rows) > limit else None
    return Page(
        [_refund_row(row, at) for row in rows[:limit]], _cursor(last.owed_at, last.pk) if last else ""
    )


def _refunds_in(state: str) -> Q:
    if state == "trouble":
        return Q(state__in=WAITING) & ~Q(trouble="")
    return Q(state=state) if state else Q(state__in=WAITING)


def _refund_row(row: Refund, at: datetime) -> RefundRow:
    return RefundRow(
        public_id("rfd", row.pk),
        public_id("ord", row.order_id),
        Money(row.minor, row.currency),
        RefundStep(row.state),
        row.attempt,
        row.trouble,
        row.owed_at,
        row.tried_at,
        row.done_at,
        row.state in WAITING and row.owed_at <= at - REFUND_SOON,
    )


def refund_of(key: UUID, at: datetime) -> RefundRow | None:
    """Return the refund of an order, or None."""
    row = Refund.objects.filter(order=key).first()
    return _refund_row(row, at) if row else None


def late_refunds(at: datetime, limit: int = 5) -> list[RefundRow]:
    """Return the refunds that have waited longer than they should, the oldest first."""
    late = Refund.objects.filter(state__in=WAITING, owed_at__lte=at - REFUND_SOON)
    return [_refund_row(row, at) for row in late.order_by("owed_at", "id")[:limit]]
