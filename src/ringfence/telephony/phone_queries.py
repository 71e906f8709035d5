"""What the interfaces and the publication may read of customers' phones."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.keyring import KeyLost
from ringfence.privacy.sealed import SealBroken, Sealed
from ringfence.telephony.account_tokens import account_token
from ringfence.telephony.models import Number, Phone, RouteStep
from ringfence.telephony.ports import PhoneAccount, SwitchUnavailable, switch

log = structlog.get_logger(__name__)

UNREADABLE = (SealBroken, KeyLost, ValueError)


@dataclass(frozen=True, slots=True)
class HeldPhone:
    """A phone as its customer sees it. The name opens when shown.

    `is_outdated` says that the name of the service has changed since the password was made, so that the phone needs
    a new one.
    """

    id: UUID
    public_id: str
    name: Sealed
    username: str
    created_at: datetime
    changed_at: datetime
    is_outdated: bool


def phones_of(subject: UUID) -> list[HeldPhone]:
    """Return a customer's phones, the oldest first."""
    keyring.prefetch([subject], RetentionClass.ACCOUNT)
    return [_held(row) for row in Phone.objects.filter(subject=subject).order_by("created_at", "id")]


def phone_of(subject: UUID, phone: str) -> HeldPhone | None:
    """Return one of a customer's phones by its public id; None when it is not theirs."""
    try:
        row = Phone.objects.filter(pk=parse(phone, "pho"), subject=subject).first()
    except NotAPublicId:
        return None
    return _held(row) if row else None


def registered(phones: list[HeldPhone]) -> frozenset[str] | None:
    """Return the user names of those phones that the switch can reach now; None when it does not answer."""
    if not phones:
        return frozenset()
    try:
        return switch().registered([phone.username for phone in phones])
    except SwitchUnavailable:
        return None


def numbers_ringing(subject: UUID, phone: UUID) -> list[tuple[str, str]]:
    """Return the numbers of a customer with a step that rings a phone, or that did and may again: public id, E.164."""
    steps = RouteStep.objects.filter(subject=subject, phone=phone).values("number")
    return [(row.public_id, row.e164) for row in Number.objects.filter(pk__in=steps).order_by("e164")]


def can_register() -> bool:
    """Whether phones can register at the switch now: it answers, and it speaks TLS."""
    try:
        return "registrations" in switch().counters()
    except SwitchUnavailable:
        return False


def phone_account(phone: UUID) -> PhoneAccount | None:
    """Return what the switch should hold for a phone, None for one that is gone. Raises one of UNREADABLE."""
    row = Phone.objects.filter(pk=phone).first()
    return _account(row) if row else None


def phone_accounts(chunk: int = 1000) -> Iterator[list[PhoneAccount]]:
    """Yield every phone the switch should hold, in chunks; one that cannot be opened is logged and left out."""
    rows = Phone.objects.order_by("id")
    last: UUID | None = None
    while page := list((rows.filter(pk__gt=last) if last else rows)[:chunk]):
        last = page[-1].pk
        keyring.prefetch({row.subject for row in page}, RetentionClass.ACCOUNT)
        found = []
        for row in page:
            try:
                account = _account(row)
            except UNREADABLE as trouble:
                log.exception("phone.unreadable", phone=row.public_id, trouble=type(trouble).__name__)
            else:
                found += [account] if account else []
        yield found


def _account(row: Phone) -> PhoneAccount | None:
    ha1 = row.ha1.open()
    # A person who was erased leaves nothing that could register.
    return PhoneAccount(row.username, ha1, account_token(row.subject), row.version) if ha1 else None


def _held(row: Phone) -> HeldPhone:
    return HeldPhone(
        row.pk,
        row.public_id,
        row.name,
        row.username,
        row.created_at,
        row.changed_at,
        row.realm != settings.SIP_NAME,
    )
