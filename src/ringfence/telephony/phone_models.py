"""Phones that customers register with the switch: what each may sign in with, never its password."""

from uuid import UUID

from django.db import models

from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.guarded import Guarded
from ringfence.privacy.inventory import (
    NOT_PERSONAL,
    Category,
    Holds,
    Personal,
    RetentionClass,
    link,
)
from ringfence.privacy.sealed import SealedText
from ringfence.telephony.declarations import of_use

USERNAME_LENGTH = 12


def username_of(phone: UUID) -> str:
    """Return the user name of a phone: the end of its public id, which is 60 random bits.

    It follows from the id, so that a phone can be withdrawn from the switch when its row is gone.
    """
    return public_id("pho", phone)[-USERNAME_LENGTH:]


def _declared(category: Category, label: str, plain: str = "") -> Personal:
    return of_use(category, RetentionClass.ACCOUNT, label, plain)


class Phone(Guarded):
    """A phone, or a program that is one, which may register.

    `ha1` is what RFC 7616 calls H(A1), made of user name, realm and password. Who has it can register at this house
    and nowhere else; the password itself is shown once and kept nowhere.
    """

    id = models.UUIDField(primary_key=True, default=new_id)
    subject = models.UUIDField(db_index=True)
    name = SealedText()
    username = models.CharField(max_length=USERNAME_LENGTH, unique=True)
    realm = models.CharField(max_length=255)
    ha1 = SealedText()
    version = models.BigIntegerField(default=1)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    holds = Holds(
        NOT_PERSONAL,
        "id",
        "realm",
        "version",
        subject=link("finds the phones of a customer"),
        name=_declared(Category.DEVICE, gettext_noop("Name of the phone")),
        username=_declared(
            Category.DEVICE,
            gettext_noop("User name of the phone"),
            "random; the switch finds the phone by it when it registers",
        ),
        ha1=_declared(Category.CREDENTIAL, gettext_noop("Digest of the phone's password")),
        created_at=_declared(Category.DEVICE, gettext_noop("Added"), "phones are listed by it"),
        changed_at=_declared(Category.DEVICE, gettext_noop("Password changed"), "shown beside the phone"),
        says_what_is=True,
    )

    @property
    def public_id(self) -> str:
        """Return the id that pages and addresses use."""
        return public_id("pho", self.id)
