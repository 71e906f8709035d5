"""A customer's phones: what each registers with, made here, shown once, kept as a digest."""

import hashlib
import secrets
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import F, Max, Q

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.telephony.actions.nodes import note_changes
from ringfence.telephony.models import Phone, RouteStep
from ringfence.telephony.node_models import Changed
from ringfence.telephony.phone_models import username_of
from ringfence.telephony.rules import PHONE_NAME_LENGTH, PHONES_AT_MOST

ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that are not mistaken for one another when a person types them."""
LENGTH = 20
"""99 random bits: nobody finds the password from its digest, by whatever fast hash it was made."""


class Credentials(NamedTuple):
    """What a phone is set up with. The password is nowhere else, so whoever asked shows it now or never."""

    phone: UUID
    public_id: str
    username: str
    password: str

    def __repr__(self) -> str:
        """Show the phone alone."""
        return f"<credentials of {self.public_id}>"


def phone_changed(*, phone: UUID) -> None:
    """Count the phone's version up, where it still is, and have every node of the edge told after the commit."""
    require_action("a phone")
    Phone.objects.filter(pk=phone).update(version=F("version") + 1)
    note_changes(Changed.PHONE, [str(phone)])


@action("phone.add")
def add(*, subject: UUID, name: str, by: Actor, at: datetime) -> Credentials:
    """Add a phone for a customer and return what it registers with. Raises Refusal `phone.name`, `phone.too_many`."""
    given = read_name(name)
    if Phone.objects.select_for_update().filter(subject=subject).order_by("id").count() >= PHONES_AT_MOST:
        raise Refusal(
            "phone.too_many",
            gettext_noop(
                "You have %(most)s phones, which is the most. Remove one that is not used any more."
            ),
            most=PHONES_AT_MOST,
        )
    key, password = new_id(), _password()
    phone = Phone(id=key, subject=subject, name=given, username=username_of(key), created_at=at)
    _set_password(phone, password, at)
    phone.save(force_insert=True)
    phone_changed(phone=key)
    about(subject, phone=phone.public_id)
    return Credentials(key, phone.public_id, phone.username, password)


@action("phone.new_password")
def new_password(*, phone: UUID, by: Actor, at: datetime) -> Credentials:
    """Give a phone another password; with the one before it can register no more. Raises Refusal `phone.gone`."""
    row, password = _mine(phone, by), _password()
    _set_password(row, password, at)
    row.save(update_fields=["realm", "ha1", "changed_at"])
    phone_changed(phone=row.pk)
    about(row.subject, phone=row.public_id)
    return Credentials(row.pk, row.public_id, row.username, password)


@action("phone.rename")
def rename(*, phone: UUID, name: str, by: Actor, at: datetime) -> None:
    """Call a phone something else. The switch knows no names, so it is told nothing."""
    row, given = _mine(phone, by), read_name(name)
    if row.name.open() == given:
        nothing_happened()
        return
    row.name = given
    row.save(update_fields=["name"])
    about(row.subject, phone=row.public_id)


@action("phone.remove")
def remove(*, phone: UUID, by: Actor, at: datetime) -> None:
    """Take a phone away.

    Raises Refusal `phone.gone`, `phone.in_use` while a number rings it, and `phone.may_ring_again` while the link of a
    letter can bring such a step back.
    """
    row = _mine(phone, by)
    objection = why_kept(row.pk)
    if objection:
        raise objection
    _forget(row)


@action("phone.remove_all")
def remove_all(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Take every phone of a customer away who leaves; return how many there were."""
    rows = list(Phone.objects.select_for_update().filter(subject=subject).order_by("id"))
    for row in rows:
        _forget(row)
    if not rows:
        nothing_happened()
    return len(rows)


def why_kept(phone: UUID) -> Refusal | None:
    """Return why a phone cannot be removed now; None when it can."""
    if in_use(phone):
        return Refusal(
            "phone.in_use",
            gettext_noop(
                "A number of yours rings this phone. Choose something else for the number first, then remove the phone."
            ),
        )
    kept = RouteStep.objects.filter(phone=phone).aggregate(until=Max("replacement__undo_until"))["until"]
    if kept is not None:
        return Refusal(
            "phone.may_ring_again",
            gettext_noop(
                "A number of yours forwards its calls instead of ringing this phone. Until %(until)s the link in our"
                " letter can undo that, and the phone rings again; after that you can remove it here."
            ),
            until=kept,
        )
    return None


def in_use(phone: UUID) -> bool:
    """Tell whether a step of a number rings a phone, also one that rings until another is in force."""
    steps = RouteStep.objects.filter(phone=phone)
    return steps.filter(Q(replacement__isnull=True) | Q(replacement__waits=True)).exists()


def read_name(text: str) -> str:
    """Return the name of a phone as kept. Raises Refusal `phone.name`."""
    name = " ".join(text.split())
    if not name or len(name) > PHONE_NAME_LENGTH or not name.isprintable():
        raise Refusal(
            "phone.name",
            gettext_noop("Give the phone a name of up to %(most)s characters, such as Reception."),
            most=PHONE_NAME_LENGTH,
        )
    return name


def digest_of(username: str, realm: str, password: str) -> str:
    """Return H(A1) of RFC 7616 section 3.4.2, with MD5, which is what phones know (ADR 0015)."""
    return hashlib.md5(f"{username}:{realm}:{password}".encode(), usedforsecurity=False).hexdigest()


def _mine(phone: UUID, by: Actor) -> Phone:
    """Return the phone, locked; it must be of the one who asks."""
    row = Phone.objects.select_for_update().filter(pk=phone).first()
    if row is None or row.subject != by.person:
        raise Refusal("phone.gone", gettext_noop("This phone is not there any more. Go back to your phones."))
    return row


def _password() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _set_password(phone: Phone, password: str, at: datetime) -> None:
    phone.realm = str(settings.SIP_NAME)
    phone.ha1 = digest_of(phone.username, phone.realm, password)
    phone.changed_at = at


def _forget(row: Phone) -> None:
    key, subject, name = row.pk, row.subject, row.public_id
    row.delete()
    phone_changed(phone=key)
    about(subject, phone=name)
