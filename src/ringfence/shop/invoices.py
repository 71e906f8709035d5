"""Invoices and credit notes as others read them: one by one for the customer, in sums and lists for the books."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, Max, Min, Sum

from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.guarded import GuardedQuerySet
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import Sealed
from ringfence.shop.models import BookEntry, BookKind, BookSeries
from ringfence.shop.rules import Price, Term
from ringfence.shop.vat_rules import VatRule

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    """An invoice or a credit note without its parties: what lists and sums need. Amounts are above zero."""

    number: int
    kind: BookKind
    at: datetime
    credits: int | None
    country: str
    rule: VatRule
    price: Price

    @property
    def is_credit(self) -> bool:
        """Whether it takes an invoice back."""
        return self.kind is BookKind.CREDIT


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice or a credit note in full, opened."""

    entry: Entry
    order: str
    language: str
    seller: Mapping[str, str]
    buyer_name: str
    buyer_address: str
    buyer_vat_number: str
    what: str
    number_country: str
    number_type: str
    term: Term
    period_from: datetime
    period_to: datetime
    period: Money
    setup: Money


@dataclass(frozen=True, slots=True)
class SumOfRate:
    """What was sold less what was credited, for one rule, rate and currency."""

    rule: VatRule
    rate: Decimal
    currency: str
    count: int
    net: Money
    vat: Money
    gross: Money


@dataclass(frozen=True, slots=True)
class Selection:
    """Which entries of the books: booked from a moment until another, exclusive; of one kind, or all."""

    since: datetime | None = None
    until: datetime | None = None
    kind: str = ""
    number: int | None = None

    def rows(self) -> GuardedQuerySet[BookEntry]:
        """Return the entries, in the order of the series."""
        found = BookEntry.objects.order_by("serial")
        if self.since:
            found = found.filter(booked_at__gte=self.since)
        if self.until:
            found = found.filter(booked_at__lt=self.until)
        if self.kind:
            found = found.filter(kind=self.kind)
        return found.filter(serial=self.number) if self.number is not None else found


ALL: Final = Selection()


def _entry(row: BookEntry) -> Entry:
    amounts = Price(
        Money(row.net_minor, row.currency),
        row.vat_rate,
        Money(row.vat_minor, row.currency),
        Money(row.gross_minor, row.currency),
    )
    return Entry(
        number=row.serial,
        kind=BookKind(row.kind),
        at=row.booked_at,
        credits=row.credits,
        country=row.buyer_country,
        rule=VatRule(row.vat_rule),
        price=amounts,
    )


def _opened(value: Sealed | None) -> str:
    return str(value.open() or "") if value is not None else ""


def _invoice(row: BookEntry) -> Invoice:
    return Invoice(
        entry=_entry(row),
        order=public_id("ord", row.order),
        language=row.language or "en",
        seller=row.seller,
        buyer_name=_opened(row.buyer_name),
        buyer_address=_opened(row.buyer_address),
        buyer_vat_number=_opened(row.buyer_vat_number),
        what=_opened(row.what),
        number_country=row.number_country,
        number_type=row.number_type,
        term=Term(row.term),
        period_from=row.period_from,
        period_to=row.period_to,
        period=Money(row.period_minor, row.currency),
        setup=Money(row.setup_minor, row.currency),
    )


def invoices_of(subject: UUID, *, limit: int = 200) -> list[Invoice]:
    """Return a customer's invoices and credit notes, the newest first."""
    keyring.prefetch([subject], RetentionClass.BOOKS)
    return [_invoice(row) for row in BookEntry.objects.filter(subject=subject).order_by("-serial")[:limit]]


def invoice_of(subject: UUID, number: int) -> Invoice | None:
    """Return one of a customer's invoices by its number; None when it is not theirs."""
    row = BookEntry.objects.filter(subject=subject, serial=number).first()
    return _invoice(row) if row else None


def entries_of_order(order: UUID) -> list[Entry]:
    """Return the invoices and credit notes of one order, the first first."""
    return [_entry(row) for row in BookEntry.objects.filter(order=order).order_by("serial")]


def entries(selection: Selection, *, after: int = 0, limit: int | None = ON_A_PAGE) -> list[Entry]:
    """Return entries of the books after a number of the series."""
    rows = selection.rows().filter(serial__gt=after)
    return [_entry(row) for row in (rows[:limit] if limit else rows.iterator(chunk_size=2000))]


def sums(selection: Selection) -> list[SumOfRate]:
    """Return what the selected entries come to, by rule, rate and currency; credit notes are taken off."""
    grouped = (
        selection.rows()
        .order_by("currency", "vat_rule", "vat_rate")
        .values("currency", "vat_rule", "vat_rate", "kind")
        .annotate(count=Count("serial"), net=Sum("net_minor"), vat=Sum("vat_minor"), gross=Sum("gross_minor"))
    )
    found: dict[tuple[str, str, Decimal], SumOfRate] = {}
    for row in grouped:
        key = (row["currency"], row["vat_rule"], row["vat_rate"])
        sign = -1 if row["kind"] == BookKind.CREDIT else 1
        parts = [Money(sign * row[name], row["currency"]) for name in ("net", "vat", "gross")]
        before = found.get(key)
        count = row["count"]
        if before is not None:
            count += before.count
            parts = [a + b for a, b in zip((before.net, before.vat, before.gross), parts, strict=True)]
        found[key] = SumOfRate(VatRule(row["vat_rule"]), row["vat_rate"], row["currency"], count, *parts)
    return list(found.values())


def gaps(selection: Selection = ALL) -> list[tuple[int, int]]:
    """Return the numbers that are missing from the series, as first and last; the check that it is unbroken.

    Looked through are the entries of the selection's period, and those next to it.

    What lies before the first entry was let go when its five years were over. Missing at the end is found by the
    last number that was given.
    """
    ends = replace(selection, kind="").rows().order_by().aggregate(first=Min("serial"), last=Max("serial"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT serial + 1, following - 1 FROM (SELECT serial, lead(serial) OVER (ORDER BY serial) AS following"
            " FROM shop_bookentry WHERE serial"
            " BETWEEN coalesce((SELECT max(serial) FROM shop_bookentry WHERE serial < %(first)s), %(first)s)"
            " AND coalesce((SELECT min(serial) FROM shop_bookentry WHERE serial > %(last)s), %(last)s)"
            ") AS series WHERE following > serial + 1 ORDER BY serial",
            ends,
        )
        missing = [(int(first), int(last)) for first, last in cursor.fetchall()]
    newest = BookEntry.objects.order_by("-serial").values_list("serial", flat=True).first() or 0
    given = BookSeries.objects.values_list("last", flat=True).first() or 0
    if given != newest:
        missing.append((min(given, newest) + 1, max(given, newest)))
    return missing
