"""Invoices and credit notes, in one unbroken series."""

from datetime import datetime
from decimal import Decimal

from django.db import connection

from ringfence.accounts.queries import profile_of
from ringfence.kernel.money import Money
from ringfence.kernel.working_days import calendar_months_later
from ringfence.privacy.guarded import require_action
from ringfence.privacy.sealed import Sealed
from ringfence.shop import seller
from ringfence.shop.buyers import buyer_of
from ringfence.shop.models import BookEntry, BookKind, Order, Subscription
from ringfence.shop.price_rules import MONTHS
from ringfence.shop.rules import Price, Term
from ringfence.shop.vat_rules import Buyer, vat

COPIED = (
    "subject order what number_country number_type term period_from period_to buyer_country currency vat_rate vat_rule"
    " language seller"
)
"""What a credit note says as its invoice does."""


def _next_serial() -> int:
    """Take the next number of the series; others wait until this transaction ends, and a rollback gives it back."""
    require_action("the books")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO shop_bookseries AS series (id, last) VALUES (1, 1)"
            " ON CONFLICT (id) DO UPDATE SET last = series.last + 1 RETURNING last"
        )
        return int(cursor.fetchone()[0])


def book_sale(row: Order, at: datetime) -> int | None:
    """Write the invoice for the first payment of an order, in the running action; return its number."""
    price = Price(
        Money(row.net_minor or 0, row.currency),
        row.vat_rate or Decimal(0),
        Money(row.vat_minor or 0, row.currency),
        Money(row.gross_minor or 0, row.currency),
    )
    until = calendar_months_later(at, MONTHS[Term(row.term)], row.time_zone)
    return _invoice(row, price, (at, until), at)


def book_period(
    subscription: Subscription,
    price: Price,
    period_from: datetime,
    period_to: datetime,
    at: datetime,
    *,
    buyer: Buyer | None = None,
) -> int | None:
    """Write the invoice for one more period of a subscription, in the running action; return its number.

    A period is invoiced once. `buyer` is whom the price was fixed for; when unsaid, the customer as they are now.
    """
    period, term = (period_from, period_to), Term(subscription.term)
    return _invoice(subscription.order, price, period, at, term=term, taxed=buyer)


def _invoice(
    row: Order,
    price: Price,
    period: tuple[datetime, datetime],
    at: datetime,
    term: Term | None = None,
    taxed: Buyer | None = None,
) -> int | None:
    require_action("the books")
    if row.subject is None or row.e164 is None:
        return None
    there = BookEntry.objects.filter(order=row.pk, kind=BookKind.SALE, period_from=period[0]).first()
    if there is not None:
        return there.serial
    buyer = profile_of(row.subject)
    entry = BookEntry(kind=BookKind.SALE, subject=row.subject, order=row.pk, booked_at=at)
    entry.what, entry.term = row.e164.open(), term or row.term
    entry.number_country, entry.number_type = row.number_country, row.number_type
    entry.period_from, entry.period_to = period
    entry.setup_minor = row.setup_minor if term is None else 0
    entry.period_minor = price.net.minor - entry.setup_minor
    if buyer is not None:
        entry.buyer_name = buyer.company or buyer.name
        entry.buyer_address = buyer.address or None
    taxed = _at_purchase(row) if term is None else taxed or buyer_of(buyer)
    entry.buyer_vat_number, entry.buyer_country = taxed.vat_number or None, taxed.country
    entry.vat_rule, entry.vat_rate = vat(taxed, seller_country=seller.country()).rule, price.vat_rate
    entry.net_minor, entry.vat_minor, entry.gross_minor = price.net.minor, price.vat.minor, price.gross.minor
    entry.currency, entry.language = price.gross.currency, row.language
    entry.seller = seller.facts()
    return _number(entry)


def _at_purchase(row: Order) -> Buyer:
    """The buyer as the price of the order was made for; a later period is taxed where they are when it is priced."""
    number = row.vat_number.open() if row.vat_number is not None else ""
    return Buyer(row.buyer_country, consumer=bool(row.consumer), vat_number=number)


def _number(entry: BookEntry) -> int:
    entry.serial = _next_serial()
    entry.save(force_insert=True)
    return entry.serial


def book_credit(row: Order, paid_back: Money, at: datetime, *, invoice: int | None = None) -> None:
    """Write the credit note for what was paid back, in the running action.

    `invoice` is the number of the invoice it takes back; when unsaid, that of the order's first payment. A payment
    that bought nothing was never invoiced, and an invoice is credited once.
    """
    require_action("the books")
    invoices = BookEntry.objects.filter(order=row.pk, kind=BookKind.SALE)
    sale = (invoices.filter(serial=invoice) if invoice else invoices.order_by("serial")).first()
    if sale is None or BookEntry.objects.filter(credits=sale.serial).exists():
        return
    entry = BookEntry(kind=BookKind.CREDIT, booked_at=at, credits=sale.serial)
    for name in COPIED.split():
        value = getattr(sale, name)
        setattr(entry, name, value.open() if isinstance(value, Sealed) else value)
    for name in ("buyer_name", "buyer_address", "buyer_vat_number"):
        value = getattr(sale, name)
        setattr(entry, name, value.open() if value is not None else None)
    tax = paid_back.percent_included(sale.vat_rate)
    entry.vat_minor, entry.gross_minor = tax.minor, paid_back.minor
    entry.net_minor = entry.period_minor = (paid_back - tax).minor
    entry.setup_minor = 0
    if paid_back.minor == sale.gross_minor:
        entry.net_minor, entry.vat_minor = sale.net_minor, sale.vat_minor
        entry.period_minor, entry.setup_minor = sale.period_minor, sale.setup_minor
    _number(entry)
