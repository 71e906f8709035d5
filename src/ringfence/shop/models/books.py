"""The books: what stays of a sale, because the law says so."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Basis,
    Category,
    Holds,
    Personal,
    Purpose,
    RetentionClass,
    Source,
    link,
)
from ringfence.privacy.sealed import SealedText
from ringfence.shop.models.orders import COUNTRY_LENGTH, CURRENCY_LENGTH, TERMS
from ringfence.shop.rules import Term
from ringfence.shop.vat_rules import VatRule


def _of_books(label: str, plain: str = "") -> Personal:
    return Personal(
        Category.ORDER,
        Source.USE,
        Purpose.LEGAL_DUTY,
        Basis.LEGAL_OBLIGATION,
        RetentionClass.BOOKS,
        plain=plain,
        label=label,
    )


class BookKind(models.TextChoices):
    """What an entry in the books is: an invoice or a credit note."""

    SALE = "sale"
    CREDIT = "credit"


class BookEntry(Guarded):
    """An invoice or a credit note: what the books must show, in one unbroken series (bokføringsforskriften § 5-1-1).

    It stays five years after the end of its year (bokføringsloven § 13), also when the customer is forgotten
    (GDPR article 17(3)(b)). Amounts of a credit note are what was paid back, above zero; `credits` is the number of
    the invoice it takes back. `seller` is who the seller was on that day, so that the document stays what it was.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    serial = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=6, choices=BookKind.choices)
    subject = models.UUIDField()
    order = models.UUIDField()
    booked_at = models.DateTimeField()
    buyer_name = SealedText(null=True)
    buyer_address = SealedText(null=True)
    buyer_vat_number = SealedText(null=True)
    buyer_country = models.CharField(max_length=COUNTRY_LENGTH)
    what = SealedText()
    number_country = models.CharField(max_length=COUNTRY_LENGTH, blank=True)
    number_type = models.CharField(max_length=16, blank=True)
    term = models.CharField(max_length=5, choices=TERMS, default=Term.MONTH.value)
    period_from = models.DateTimeField()
    period_to = models.DateTimeField()
    period_minor = models.BigIntegerField()
    setup_minor = models.BigIntegerField()
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)
    vat_rule = models.CharField(max_length=16, choices=[(rule.value, rule.value) for rule in VatRule])
    credits = models.BigIntegerField(null=True, unique=True)
    language = models.CharField(max_length=2, blank=True)
    seller = models.JSONField(default=dict)

    needed_by_the_group: ClassVar = frozenset({"buyer_name", "buyer_address", "buyer_vat_number", "what"})
    holds = Holds(
        NOT_PERSONAL,
        "id",
        "serial",
        "net_minor",
        "vat_minor",
        "vat_rate",
        "vat_rule",
        "credits",
        "seller",
        "number_country",
        "number_type",
        "term",
        "period_minor",
        "setup_minor",
        subject=link("the entries of a person are found by it", RetentionClass.BOOKS),
        order=link("the entries of an order are found by it", RetentionClass.BOOKS),
        kind=_of_books(gettext_noop("Kind of entry"), "the books are summed by it"),
        booked_at=_of_books(gettext_noop("Booked"), "the books are kept by year"),
        buyer_name=_of_books(gettext_noop("Name")),
        buyer_address=_of_books(gettext_noop("Postal address")),
        buyer_vat_number=_of_books(gettext_noop("VAT number")),
        period_from=_of_books(gettext_noop("Delivered from"), "a period is invoiced once, by the database"),
        period_to=_of_books(gettext_noop("Delivered until"), "the books are kept by period"),
        language=_of_books(gettext_noop("Language"), "one of two, shared by half of all customers"),
        buyer_country=_of_books(gettext_noop("Country at purchase"), "tax is reported by it"),
        what=_of_books(gettext_noop("What was sold")),
        gross_minor=_of_books(gettext_noop("Amount, in the smallest unit"), "the books are summed"),
        currency=_of_books(gettext_noop("Currency"), "the books are summed"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["order", "period_from"],
                condition=Q(kind=BookKind.SALE),
                name="a_period_is_invoiced_once",
            ),
            models.CheckConstraint(
                condition=Q(kind=BookKind.SALE, credits=None)
                | Q(kind=BookKind.CREDIT, credits__isnull=False),
                name="a_credit_note_names_its_invoice",
            ),
            models.CheckConstraint(
                condition=Q(gross_minor__gte=0, gross_minor=F("net_minor") + F("vat_minor")),
                name="an_entry_in_the_books_adds_up",
            ),
        )
        indexes = (
            models.Index(fields=["subject", "-booked_at"], name="entries_of_a_person"),
            models.Index(fields=["booked_at"], name="entries_by_time"),
        )


class BookSeries(Guarded):
    """The last number that was given in the series; one row, locked while a number is taken."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last = models.BigIntegerField(default=0)

    holds = Holds(NOT_PERSONAL, "id", "last")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="there_is_one_series"),)
