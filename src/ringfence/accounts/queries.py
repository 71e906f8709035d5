"""What other rooms and the interfaces may ask about people with an account."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ringfence.accounts.models import (
    AddressChange,
    Authenticator,
    Caller,
    OneTimeLink,
    OutgoingLetter,
    OutsideIdentity,
    Passkey,
    Person,
    RecoveryCodes,
    SignIn,
)
from ringfence.accounts.models.letters import WAITING
from ringfence.accounts.rules import (
    ADDRESS_INDEX,
    SIGN_IN_KEPT,
    LinkKind,
    PersonKind,
    PersonState,
    normalised,
    roles_of,
)
from ringfence.accounts.secrets import digest_of_token
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import blind, keyring


@dataclass(frozen=True, slots=True, repr=False)
class Profile:
    """A person's account, opened. Texts are empty when they were never given; `consumer` is None then."""

    id: UUID
    number: str
    email: str
    name: str
    phone: str
    address: str
    company: str
    vat_number: str
    country: str
    consumer: bool | None
    time_zone: str
    language: str
    registered_at: datetime

    @property
    def complete_for_orders(self) -> bool:
        """Tell whether an order can be placed: a window for cancelling needs country, time zone and kind of buyer."""
        return bool(self.country and self.time_zone and self.consumer is not None)


@dataclass(frozen=True, slots=True)
class Session:
    """Who a session cookie speaks for."""

    id: UUID
    person: UUID
    staff: bool
    roles: frozenset[Role]
    language: str
    strong: bool
    seen_at: datetime
    fresh_at: datetime
    _row: Person

    def time_zone(self) -> str:
        """Return the IANA name of the person's time zone, or nothing; opened only when asked for."""
        return _opened(self._row.time_zone)


@dataclass(frozen=True, slots=True, repr=False)
class SignedInPlace:
    """One line of the list of sessions."""

    id: UUID
    device: str
    network_address: str
    means: str
    made_at: datetime
    seen_at: datetime

    @property
    def gone_at(self) -> datetime:
        """When address and device are deleted, and the session with them."""
        return self.made_at + SIGN_IN_KEPT


@dataclass(frozen=True, slots=True, repr=False)
class PasskeyShown:
    """One passkey as its owner sees it."""

    id: UUID
    label: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class Protection:
    """How an account is protected."""

    password: bool
    passkeys: int
    code_app: bool
    recovery_codes: int
    outside: bool

    @property
    def second_step(self) -> bool:
        """Tell whether a password alone does not let anybody in."""
        return bool(self.passkeys or self.code_app)


def _opened(sealed: Any) -> str:
    return str(sealed.open() or "") if sealed is not None else ""


def _active(person: UUID) -> Person | None:
    return Person.objects.filter(pk=person, state=PersonState.ACTIVE).first()


def profile_of(person: UUID) -> Profile | None:
    """Return a person's account, opened, or None when there is none."""
    row = _active(person)
    return shown(row) if row else None


def shown(row: Person) -> Profile:
    """Return a row as a profile."""
    return Profile(
        id=row.pk,
        number=public_id("stf" if row.kind == PersonKind.STAFF else "cus", row.pk),
        email=_opened(row.email),
        name=_opened(row.name),
        phone=_opened(row.phone),
        address=_opened(row.address),
        company=_opened(row.company),
        vat_number=_opened(row.vat_number),
        country=_opened(row.country),
        consumer=row.consumer.open() if row.consumer is not None else None,
        time_zone=_opened(row.time_zone),
        language=row.language,
        registered_at=row.registered_at,
    )


def find_by_address(address: str) -> UUID | None:
    """Return whose e-mail address it is, or None. Never show a stranger the difference."""
    try:
        return blind.find(ADDRESS_INDEX, normalised(address))
    except Refusal:
        return None


def as_compared(address: str) -> str:
    """Return an address as it is compared; one that is malformed as it is, in lower case."""
    try:
        return normalised(address)
    except Refusal:
        return address.strip().lower()


def addresses_of_all(people: Collection[UUID]) -> dict[UUID, set[str]]:
    """Return every address known to have been some people's: today's, one asked for, and those written to."""
    for name in (RetentionClass.ACCOUNT, RetentionClass.MESSAGES):
        keyring.prefetch(people, name)
    found: dict[UUID, set[str]] = {person: set() for person in people}
    rows: list[tuple[UUID, Any]] = [
        *((row.pk, row) for row in Person.objects.filter(pk__in=[*people])),
        *((row.person_id, row) for row in AddressChange.objects.filter(person__in=[*people])),
        *((row.subject, row) for row in OutgoingLetter.objects.filter(subject__in=[*people])),
    ]
    for person, row in rows:
        if address := row.email.open():
            found[person].add(as_compared(str(address)))
    return found


def is_customer(person: UUID) -> bool:
    """Tell whether an id is a living customer's."""
    return Person.objects.filter(pk=person, kind=PersonKind.CUSTOMER, state=PersonState.ACTIVE).exists()


def is_staff(person: UUID) -> bool:
    """Tell whether an id is a living member of staff's."""
    return Person.objects.filter(pk=person, kind=PersonKind.STAFF, state=PersonState.ACTIVE).exists()


def has_account(person: UUID) -> bool:
    """Tell whether an id is a living customer's, or a living member of staff's."""
    return Person.objects.filter(pk=person, state=PersonState.ACTIVE).exists()


def language_of(person: UUID) -> str:
    """Return the language a person reads, "en" for nobody we know."""
    return Person.objects.filter(pk=person).values_list("language", flat=True).first() or "en"


def language_by_address(address: str) -> str:
    """Return the language the owner of an address reads, "en" for nobody we know."""
    person = find_by_address(address)
    return language_of(person) if person else "en"


def session(sign_in: UUID) -> Session | None:
    """Return who a session speaks for, or None when it was ended or the account was closed."""
    row = SignIn.objects.select_related("person").filter(pk=sign_in, person__state=PersonState.ACTIVE).first()
    if row is None:
        return None
    return Session(
        id=row.pk,
        person=row.person_id,
        staff=row.person.kind == PersonKind.STAFF,
        roles=roles_of(row.person.roles),
        language=row.person.language,
        strong=row.strong,
        seen_at=row.seen_at,
        fresh_at=row.fresh_at,
        _row=row.person,
    )


def sessions_of(person: UUID) -> list[SignedInPlace]:
    """Return where a person is signed in, the last seen first."""
    keyring.prefetch([person], RetentionClass.ACCESS)
    return [
        SignedInPlace(
            row.pk, _opened(row.device), _opened(row.network_address), row.means, row.made_at, row.seen_at
        )
        for row in SignIn.objects.filter(person=person).order_by("-seen_at", "pk")
    ]


def passkeys_of(person: UUID) -> list[PasskeyShown]:
    """Return a person's passkeys, the oldest first."""
    rows = Passkey.objects.filter(person=person).order_by("made_at", "pk")
    return [PasskeyShown(row.pk, _opened(row.label), row.made_at, row.used_at) for row in rows]


def passkey_ids_of(person: UUID) -> list[tuple[bytes, list[str]]]:
    """Return the credential ids of a person's passkeys, each with how it is reached."""
    rows = Passkey.objects.filter(person=person).order_by("made_at", "pk")
    return [(row.credential.open(), row.transports.open()) for row in rows]


def protection_of(person: UUID) -> Protection:
    """Return how an account is protected."""
    codes = RecoveryCodes.objects.filter(pk=person).first()
    return Protection(
        password=Person.objects.filter(pk=person, password__isnull=False).exists(),
        passkeys=Passkey.objects.filter(person=person).count(),
        code_app=Authenticator.objects.filter(pk=person, confirmed_at__isnull=False).exists(),
        recovery_codes=len(codes.digests.open()) if codes else 0,
        outside=OutsideIdentity.objects.filter(person=person).exists(),
    )


def waiting_address_of(person: UUID) -> tuple[str, bool, bool] | None:
    """Return the address a person is about to change to, and whether the old and the new one are confirmed."""
    row = AddressChange.objects.filter(person=person).first()
    if row is None:
        return None
    return _opened(row.email), row.old_confirmed_at is not None, row.new_confirmed_at is not None


def people_of(numbers: Collection[UUID]) -> dict[UUID, Profile]:
    """Return many profiles by id, with one read of their keys."""
    keyring.prefetch(numbers, RetentionClass.ACCOUNT)
    return {row.pk: shown(row) for row in Person.objects.filter(pk__in=numbers, state=PersonState.ACTIVE)}


def letters_due(at: datetime, limit: int) -> list[UUID]:
    """Return letters that wait for the post, the longest waiting first; after all others those that can wait."""
    due = OutgoingLetter.objects.filter(state=WAITING, next_at__lte=at)
    return list(due.order_by("can_wait", "next_at", "pk").values_list("pk", flat=True)[:limit])


def unanswered(at: datetime) -> tuple[list[UUID], list[UUID]]:
    """Return callers and address changes that nobody has answered for a minute."""
    before = at - timedelta(minutes=1)
    callers = Caller.objects.filter(answered_at=None, asked_at__lte=before).order_by("asked_at", "pk")
    changes = AddressChange.objects.filter(answered_at=None, asked_at__lte=before).order_by("asked_at", "pk")
    return list(callers.values_list("pk", flat=True)), list(changes.values_list("pk", flat=True))


def entry_link_works(token: str, at: datetime) -> bool:
    """Tell whether a link printed for a member of staff would still let them in."""
    found = OneTimeLink.objects.filter(digest=digest_of_token(token), kind=LinkKind.STAFF_ENTRY)
    return found.filter(expires_at__gt=at).exists()
