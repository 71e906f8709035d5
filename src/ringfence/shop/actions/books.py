"""Entries in the books: one for a sale, one for what was paid back."""

from datetime import datetime
from typing import Final

from django.db import connection
from django.db.models import Max

from ringfence.accounts.queries import profile_of
from ringfence.kernel.money import Money
from ringfence.privacy.guarded import require_action
from ringfence.shop.models import BookEntry, BookKind, Order

SERIES_LOCK: Final = 0x52_46_42_4B
"""The database's advisory lock that keeps the series of entries unbroken."""


def _next_serial() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [SERIES_LOCK])
    return int(BookEntry.objects.aggregate(last=Max("serial"))["last"] or 0) + 1


def book_sale(row: Order, at: datetime) -> None:
    """Enter a sale in the running action."""
    require_action("the books")
    if row.subject is None or row.e164 is None:
        return
    buyer = profile_of(row.subject)
    entry = BookEntry(kind=BookKind.SALE, subject=row.subject, order=row.pk, booked_at=at)
    entry.buyer_name = (buyer.company or buyer.name) if buyer else ""
    entry.buyer_country = row.buyer_country
    entry.what = f"{row.e164.open()}: 1 month and set-up"
    entry.net_minor, entry.vat_minor = row.net_minor or 0, row.vat_minor or 0
    entry.gross_minor, entry.currency = row.gross_minor or 0, row.currency
    entry.vat_rate = row.vat_rate or 0
    entry.serial = _next_serial()
    entry.save(force_insert=True)


def book_credit(row: Order, paid_back: Money, at: datetime) -> None:
    """Enter what was paid back of a sale, in the running action; a payment that bought nothing leaves no entry."""
    require_action("the books")
    sale = BookEntry.objects.filter(order=row.pk, kind=BookKind.SALE).first()
    if sale is None or BookEntry.objects.filter(order=row.pk, kind=BookKind.CREDIT).exists():
        return
    entry = BookEntry(kind=BookKind.CREDIT, subject=sale.subject, order=row.pk, booked_at=at)
    entry.buyer_name = sale.buyer_name.open() if sale.buyer_name is not None else ""
    entry.what = sale.what.open()
    entry.buyer_country = sale.buyer_country
    vat = paid_back.percent_included(sale.vat_rate)
    entry.vat_minor, entry.gross_minor = vat.minor, paid_back.minor
    entry.net_minor, entry.currency = (paid_back - vat).minor, paid_back.currency
    entry.vat_rate = sale.vat_rate
    entry.serial = _next_serial()
    entry.save(force_insert=True)
