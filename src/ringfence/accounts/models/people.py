"""People with an account: customers and staff."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from ringfence.accounts.rules import LANGUAGES, PersonKind, PersonState
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
)
from ringfence.privacy.sealed import SealedJSON, SealedText


def profile(category: Category, source: Source, *, label: str, plain: str = "", common: str = "") -> Personal:
    """Declare a field of the account itself."""
    return Personal(
        category,
        source,
        Purpose.SERVICE,
        Basis.CONTRACT,
        RetentionClass.ACCOUNT,
        plain=plain,
        label=label,
        common=common,
    )


class Person(Guarded):
    """A customer or a member of staff. The address is found by its blind index of kind `email`.

    `leaves_at` is when the account ends by itself: it was closed, or nothing of it is in use any more.
    `unreachable_at` is since when letters to the address come back for good.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(max_length=8)
    roles = models.CharField(max_length=80, default="")
    state = models.CharField(max_length=8)
    language = models.CharField(max_length=2)
    registered_at = models.DateTimeField()
    email = SealedText()
    password = SealedText(null=True)
    name = SealedText(null=True)
    phone = SealedText(null=True)
    address = SealedText(null=True)
    company = SealedText(null=True)
    vat_number = SealedText(null=True)
    country = SealedText(null=True)
    consumer = SealedJSON(null=True)
    time_zone = SealedText(null=True)
    leaves_at = models.DateTimeField(null=True)
    unreachable_at = models.DateTimeField(null=True)

    needed_by_the_group: ClassVar = frozenset(
        {"email", "name", "phone", "address", "company", "vat_number", "country", "consumer"}
    )
    holds = Holds(
        NOT_PERSONAL,
        "kind",
        "roles",
        "state",
        id=Personal(
            Category.LINK,
            Source.REGISTRATION,
            Purpose.SERVICE,
            Basis.CONTRACT,
            RetentionClass.ACCOUNT,
            plain="a random id that all records of the person point at",
            label=gettext_noop("Customer number"),
        ),
        language=profile(
            Category.CHOICE,
            Source.REGISTRATION,
            label=gettext_noop("Language"),
            plain="one of two languages, shared by half of all customers; letters are sorted by it",
        ),
        registered_at=profile(
            Category.IDENTITY,
            Source.REGISTRATION,
            label=gettext_noop("Customer since"),
            plain="a moment without anything else; retention counts from it",
        ),
        email=profile(Category.CONTACT, Source.REGISTRATION, label=gettext_noop("E-mail address")),
        password=profile(
            Category.CREDENTIAL, Source.REGISTRATION, label=gettext_noop("Password, as a digest")
        ),
        name=profile(Category.IDENTITY, Source.USE, label=gettext_noop("Name")),
        phone=profile(Category.CONTACT, Source.USE, label=gettext_noop("Phone number")),
        address=profile(Category.CONTACT, Source.USE, label=gettext_noop("Postal address")),
        company=profile(Category.IDENTITY, Source.USE, label=gettext_noop("Company")),
        vat_number=profile(Category.IDENTITY, Source.USE, label=gettext_noop("VAT number")),
        country=profile(
            Category.CONTACT, Source.USE, label=gettext_noop("Country"), common="shared by all in the country"
        ),
        consumer=profile(Category.IDENTITY, Source.USE, label=gettext_noop("Buys as a consumer")),
        time_zone=profile(
            Category.CHOICE, Source.USE, label=gettext_noop("Time zone"), common="shared by all in the zone"
        ),
        leaves_at=profile(
            Category.CHOICE,
            Source.USE,
            label=gettext_noop("The account ends by itself"),
            plain="a moment without anything else; accounts that end are found by it",
        ),
        unreachable_at=profile(
            Category.CONTACT,
            Source.USE,
            label=gettext_noop("Letters to your address come back since"),
            plain="a moment without anything else; no notice is sent in vain",
        ),
        subject_path="id",
        says_what_is=True,
    )

    class Meta:
        indexes = (
            models.Index(
                fields=["leaves_at"], condition=Q(leaves_at__isnull=False), name="accounts_that_end"
            ),
            models.Index(
                fields=["unreachable_at"],
                condition=Q(unreachable_at__isnull=False),
                name="accounts_not_reached",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(kind=PersonKind.STAFF) | Q(kind=PersonKind.CUSTOMER, roles=""),
                name="a_customer_has_no_roles",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[*PersonState]), name="a_person_is_active_or_closed"
            ),
            models.CheckConstraint(condition=Q(language__in=LANGUAGES), name="a_person_reads_nb_or_en"),
        )
