"""What an invoice or a credit note says, in words, once for the page and the PDF (bokføringsforskriften § 5-1-1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import writing
from ringfence.interfaces.storefront import places
from ringfence.kernel.money import Money
from ringfence.shop import seller
from ringfence.shop.invoices import Entry, Invoice
from ringfence.shop.rules import Term
from ringfence.shop.vat_rules import VatRule
from ringfence.telephony.rules import SoldType

TYPES: Final = {
    SoldType.GEOGRAPHIC: gettext_lazy("landline number"),
    SoldType.NATIONAL: gettext_lazy("national number"),
    SoldType.MOBILE: gettext_lazy("mobile number"),
    SoldType.TOLL_FREE: gettext_lazy("number that is free for the caller"),
    SoldType.SHARED_COST: gettext_lazy("number at shared cost"),
}
RULES: Final = {
    VatRule.SELLERS_COUNTRY: gettext_lazy("Seller’s country"),
    VatRule.BUYERS_COUNTRY: gettext_lazy("Buyer’s country"),
    VatRule.REVERSE_CHARGE: gettext_lazy("Reverse charge"),
    VatRule.OUTSIDE_EEA: gettext_lazy("Outside the EEA"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line with an amount; `text` may go over several lines."""

    text: str
    amount: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Document:
    """All that stands on an invoice, in the order it stands there."""

    title: str
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    totals: tuple[Line, ...]
    notes: tuple[str, ...]


def title(entry: Entry) -> str:
    """Name an entry of the books: "Invoice 12"."""
    named = _("Credit note %(number)s") if entry.is_credit else _("Invoice %(number)s")
    return named % {"number": entry.number}


def day(moment: datetime) -> str:
    """Write the day of a moment where the seller is, so that the document always says the same."""
    return writing.moment(moment.astimezone(ZoneInfo(settings.VISITOR_TIME_ZONE)).date(), "day", at=moment)


def amount(value: Money) -> str:
    """Write an amount with its decimals and the code of its currency, as in the books."""
    return writing.exact(value)


def rate(entry: Entry) -> str:
    """Write the rate of VAT."""
    return f"{writing.whole(entry.price.vat_rate.normalize())} %"


def document(invoice: Invoice) -> Document:
    """Say what an invoice says, in the language being written."""
    entry = invoice.entry
    paid = _("Paid back") if entry.is_credit else _("Paid")
    totals = (
        Line(_("Without VAT"), amount(entry.price.net)),
        Line(_("VAT, %(rate)s") % {"rate": rate(entry)}, amount(entry.price.vat)),
        Line(paid, amount(entry.price.gross), strong=True),
        Line(_("Still to pay"), amount(Money.zero(entry.price.gross.currency))),
    )
    return Document(
        title=title(entry),
        seller=_seller(invoice.seller or seller.facts()),
        buyer=_buyer(invoice),
        facts=_facts(invoice),
        lines=_lines(invoice),
        totals=totals,
        notes=_notes(invoice),
    )


def _seller(facts: Mapping[str, str]) -> tuple[str, ...]:
    number = facts.get("number", "")
    if number and facts.get("country") == "NO":
        number = f"{number} MVA"
    lines = [
        facts.get("name", ""),
        facts.get("address", ""),
        _("Org. no. %(number)s") % {"number": number} if number else "",
        _("VAT no. %(number)s") % {"number": facts["vat_number"]} if facts.get("vat_number") else "",
        "Foretaksregisteret" if facts.get("registered") else "",
        facts.get("email", ""),
        writing.international(facts.get("phone", "")),
    ]
    return tuple(line for line in lines if line)


def _buyer(invoice: Invoice) -> tuple[str, ...]:
    lines = [invoice.buyer_name, *invoice.buyer_address.splitlines(), places.country(invoice.entry.country)]
    if invoice.buyer_vat_number:
        lines.append(_("VAT no. %(number)s") % {"number": invoice.buyer_vat_number})
    return tuple(line.strip() for line in lines if line.strip())


def _facts(invoice: Invoice) -> tuple[tuple[str, str], ...]:
    entry = invoice.entry
    facts = [(_("Number"), str(entry.number)), (_("Date"), day(entry.at))]
    if entry.credits:
        facts.append((_("Takes back invoice"), str(entry.credits)))
    else:
        facts.append((_("Due date"), day(entry.at)))
    delivered = f"{day(invoice.period_from)} – {day(invoice.period_to)}"
    return (*facts, (_("Delivered"), delivered), (_("Order"), invoice.order))


def _lines(invoice: Invoice) -> tuple[Line, ...]:
    if not invoice.number_type:  # from before there were types: the text says it all
        return (Line(invoice.what, amount(invoice.period)),)
    number = _("%(number)s, %(kind)s, %(place)s") % {
        "number": writing.international(invoice.what),
        "kind": TYPES[SoldType(invoice.number_type)],
        "place": places.country(invoice.number_country),
    }
    length = _("One year") if invoice.term is Term.YEAR else _("One month")
    lines = [Line(f"{length}: {number}", amount(invoice.period))]
    if not invoice.setup.is_zero:
        lines.append(Line(_("Set-up, once"), amount(invoice.setup)))
    return tuple(lines)


def _notes(invoice: Invoice) -> tuple[str, ...]:
    entry = invoice.entry
    notes = []
    if entry.rule is VatRule.REVERSE_CHARGE:
        notes.append(
            _("Reverse charge: the buyer accounts for the VAT (Directive 2006/112/EC, article 196).")
        )
    elif entry.rule is VatRule.OUTSIDE_EEA:
        notes.append(_("No VAT: the service is used outside the EEA."))
    elif entry.rule is VatRule.BUYERS_COUNTRY:
        notes.append(_("The VAT is that of %(country)s.") % {"country": places.country(entry.country)})
    if entry.is_credit:
        notes.append(_("Paid back the way it was paid."))
    else:
        notes.append(_("Paid through the payment provider; nothing is due."))
    notes.append(_("The service is delivered electronically, at the number."))
    return tuple(notes)
