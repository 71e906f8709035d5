"""The books: what stays of a sale, because the law says so."""

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
from ringfence.shop.models.orders import COUNTRY_LENGTH, CURRENCY_LENGTH


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
    """What an entry in the books documents."""

    SALE = "sale"
    CREDIT = "credit"


class BookEntry(Guarded):
    """What the books must show of a sale or a refund, in one unbroken series (bokføringsforskriften § 5-1-1).

    It stays five years after the end of its year (bokføringsloven § 13), also when the customer is forgotten
    (GDPR article 17(3)(b)). Amounts of a credit are what was paid back, above zero.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    serial = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=6, choices=BookKind.choices)
    subject = models.UUIDField()
    order = models.UUIDField()
    booked_at = models.DateTimeField()
    buyer_name = SealedText(null=True)
    buyer_country = models.CharField(max_length=COUNTRY_LENGTH)
    what = SealedText()
    net_minor = models.BigIntegerField()
    vat_minor = models.BigIntegerField()
    gross_minor = models.BigIntegerField()
    currency = models.CharField(max_length=CURRENCY_LENGTH)
    vat_rate = models.DecimalField(max_digits=5, decimal_places=2)

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "serial",
        "net_minor",
        "vat_minor",
        "vat_rate",
        subject=link("the entries of a person are found by it", RetentionClass.BOOKS),
        order=link("the entries of an order are found by it", RetentionClass.BOOKS),
        kind=_of_books(gettext_noop("Kind of entry"), "the books are summed by it"),
        booked_at=_of_books(gettext_noop("Booked"), "the books are kept by year"),
        buyer_name=_of_books(gettext_noop("Name")),
        buyer_country=_of_books(gettext_noop("Country at purchase"), "tax is reported by it"),
        what=_of_books(gettext_noop("What was sold")),
        gross_minor=_of_books(gettext_noop("Amount, in the smallest unit"), "the books are summed"),
        currency=_of_books(gettext_noop("Currency"), "the books are summed"),
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["order", "kind"], name="an_order_is_sold_once_and_credited_once"),
            models.CheckConstraint(
                condition=Q(gross_minor__gte=0, gross_minor=F("net_minor") + F("vat_minor")),
                name="an_entry_in_the_books_adds_up",
            ),
        )
        indexes = (models.Index(fields=["subject", "-booked_at"], name="entries_of_a_person"),)
