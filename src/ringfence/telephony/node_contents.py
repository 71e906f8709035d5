"""What a node should know now: some numbers, or a whole part of all of them; and the phones."""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from typing import NamedTuple
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import CharField, F, Func, QuerySet

from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.telephony import assembling, phone_queries
from ringfence.telephony.models import Number, Phone
from ringfence.telephony.phone_models import username_of
from ringfence.telephony.ports import PhoneAccount, Route
from ringfence.telephony.routing import FORMAT
from ringfence.telephony.rules import AT_THE_SWITCH, NumberState
from ringfence.telephony.starting_point import NUMBER_PARTS

log = structlog.get_logger(__name__)

CHUNK = 1000
FEW = 100
SETTINGS = (
    "NUMBER_CALLS_AT_ONCE",
    "ACCOUNT_CALLS_AT_ONCE",
    "FORWARDS_PER_MINUTE",
    "FORWARD_SECONDS_PER_DAY",
    "FORWARD_COUNTRIES",
    "SIP_OUTBOUND",
    "SIP_TRUNKS",
    "SIP_TLS_TRUNK_NAMES",
)
"""The settings that `assembling` makes routes with."""


class Numbers(NamedTuple):
    """Routes to be known, numbers that are not to be, and numbers whose route cannot be read: they stay as they are."""

    known: list[Route]
    gone: list[str]
    unreadable: set[str]


class Phones(NamedTuple):
    """The same for phones, by user name."""

    known: list[PhoneAccount]
    gone: list[str]
    unreadable: set[str]


def made_with() -> str:
    """Return what stands for everything but the tables that routes follow from: settings and the format."""
    known = [FORMAT, *(getattr(settings, name) for name in SETTINGS)]
    return hashlib.blake2b(repr(known).encode(), digest_size=16).hexdigest()


def of_numbers(numbers: Collection[UUID]) -> Numbers:
    """Return what a node should know of some numbers."""
    unreadable: set[str] = set()
    known: list[Route] = []
    gone: list[str] = []
    for keys in _chunks(numbers):
        rows = list(Number.objects.filter(pk__in=keys))
        known += assembling.of_rows(rows, unreadable)
        gone += [row.e164 for row in rows if NumberState(row.state) not in AT_THE_SWITCH]
    return Numbers(known, gone, unreadable)


def of_part(part: int) -> Numbers:
    """Return what a node should know of the numbers that end in two digits."""
    return of_numbers(list(_part(part).values_list("id", flat=True)))


def keys_of_part(part: int) -> Iterator[list[UUID]]:
    """Yield the keys of the numbers that end in two digits, so few at a time that a change can come between."""
    keys = iter(list(_part(part).values_list("id", flat=True)) if part < NUMBER_PARTS else [])
    while some := list(islice(keys, FEW)):
        yield some


def versions(part: int) -> dict[str, tuple[UUID, int]]:
    """Return the keys and versions of the numbers that a node should know and that end in two digits, by number."""
    return {
        e164: (key, version) for e164, key, version in _part(part).values_list("e164", "id", "route_version")
    }


def of_phones(phones: Collection[UUID]) -> Phones:
    """Return what a node should know of some phones."""
    known: list[PhoneAccount] = []
    gone: list[str] = []
    unreadable: set[str] = set()
    for phone in phones:
        try:
            account = phone_queries.phone_account(phone)
        except phone_queries.UNREADABLE as trouble:
            log.exception("phone.unreadable", phone=username_of(phone), trouble=type(trouble).__name__)
            unreadable.add(username_of(phone))
            continue
        if account:
            known.append(account)
        else:
            gone.append(username_of(phone))
    return Phones(known, gone, unreadable)


def all_phones() -> Phones:
    """Return what a node should know of all phones."""
    found = Phones([], [], set())
    for keys in _chunks(Phone.objects.order_by("id").values_list("id", flat=True)):
        subjects = Phone.objects.filter(pk__in=keys).values_list("subject", flat=True)
        keyring.prefetch(set(subjects), RetentionClass.ACCOUNT)
        some = of_phones(keys)
        found.known.extend(some.known)
        found.gone.extend(some.gone)
        found.unreadable.update(some.unreadable)
    return found


def phone_versions() -> dict[str, tuple[UUID, int]]:
    """Return the keys and versions of all phones, by user name."""
    rows = Phone.objects.values_list("username", "id", "version")
    return {username: (key, version) for username, key, version in rows}


def _part(part: int) -> "QuerySet[Number]":
    # The index of numbers in use by their last digits serves this.
    behind = Func(F("e164"), function="reverse", output_field=CharField())
    used = Number.objects.exclude(state__in=[NumberState.AVAILABLE, NumberState.RETIRED])
    ending = used.annotate(behind=behind).filter(behind__like=f"{part:02}"[::-1] + "%")
    return ending.filter(state__in=list(AT_THE_SWITCH))


def _chunks(keys: Iterable[UUID]) -> Iterator[list[UUID]]:
    rest = iter(keys)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk
