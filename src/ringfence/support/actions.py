"""Taking letters in, and letting go of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from procrastinate.contrib.django import app

from ringfence.accounts.queries import (
    addresses_of,
    addresses_of_all,
    as_compared,
    find_by_address,
    is_customer,
    is_staff,
)
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import blind
from ringfence.privacy.payment_data import cleaned
from ringfence.privacy.payment_watch.removing import Channel, count_removed
from ringfence.privacy.ports import key_store
from ringfence.privacy.rules import KEPT
from ringfence.privacy.sealed import RawBytes
from ringfence.support import reading
from ringfence.support.cleaning import without_payment_data
from ringfence.support.models import Letter
from ringfence.support.rules import is_own

LETTER_KEPT: Final = timedelta(days=KEPT["messages"]["days"])
"""Retention class `messages`: letters in; a case that is made of them has a class of its own."""
BATCH = 200


@action("support.receive_letter")
def receive_letter(
    *, content: bytes, sender: str, recipients: Sequence[str], own: bool = False, by: Actor, at: datetime
) -> UUID:
    """Store a letter, sealed and without payment data, and return its id; a repeat returns that one's.

    `own` is a letter of ours that comes back to us, as all do in a rehearsal store; nobody wrote it to us. It
    belongs to the person whose address the sender is, else the first recipient's; else to a fresh id. One to us
    belongs to its sender, and becomes a request where it plainly asks for something (clause 4.2).
    """
    digest = key_store().mac("letter", content)
    known = Letter.objects.filter(digest=digest).values_list("pk", flat=True).first()
    if known is not None:
        nothing_happened()
        return known
    content, removed = without_payment_data(content)
    if removed:
        count_removed(channel=Channel.MAIL, removed=removed, by=by, at=at)
    to_us = not own and any(is_own(one) for one in recipients)
    whose = (sender,) if to_us else (sender, *recipients)
    person = next(filter(None, (find_by_address(address) for address in whose)), None)
    if person is not None and not (is_customer(person) or is_staff(person)):
        person = None
    ids = reading.message_ids(content)
    letter = Letter(
        subject=person or new_id(),
        received_at=at,
        digest=digest,
        addresses=[address_digest(address) for address in dict.fromkeys((sender, *recipients)) if address],
        own=own,
        to_us=to_us,
        kind=reading.kind_of(content, sender),
        names_itself=message_digest(ids.own) if ids.own else b"",
        answers=[message_digest(one) for one in ids.answered],
        sorted_at=None if to_us else at,
        envelope={"from": cleaned(sender).text, "to": [cleaned(one).text for one in recipients]},
        content=RawBytes(content),
    )
    letter.save(force_insert=True)
    if to_us:
        app.configure_task("support.sort_letter").defer(letter=str(letter.pk))
    if person is not None and not own and find_by_address(sender) == person:
        about(person)
    return letter.pk


def message_digest(message_id: str) -> bytes:
    """Return the keyed digest by which a letter is found that another one names."""
    return blind.digest("message-id", message_id)


def address_digest(address: str) -> bytes:
    """Return the keyed digest by which the letters of an address are found."""
    return blind.digest("letter-address", as_compared(address))


def who_has_letters(people: Collection[UUID]) -> set[UUID]:
    """Return those of some people to or from whose addresses a letter is there."""
    whose: dict[bytes, set[UUID]] = defaultdict(set)
    for person, addresses in addresses_of_all(people).items():
        for address in addresses:
            whose[address_digest(address)].add(person)
    found = Letter.objects.filter(addresses__overlap=[*whose]).values_list("addresses", flat=True)
    return {person for digests in found for one in digests for person in whose.get(bytes(one), ())}


def delete_from_before(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Delete letters from and to the person's addresses that came when those were not the account's; runs in an action.

    A letter that belongs to somebody else with an account is theirs, and stays.
    """
    digests = [address_digest(address) for address in addresses_of(subject)]
    letters = dict(Letter.objects.filter(addresses__overlap=digests).values_list("pk", "subject"))
    strangers = {
        letter: whose
        for letter, whose in letters.items()
        if whose != subject and not (is_customer(whose) or is_staff(whose))
    }
    count, _by_model = Letter.objects.filter(pk__in=strangers).delete()
    for whose in set(strangers.values()):
        keys.destroy(subject=whose, classes=frozenset({RetentionClass.MESSAGES}), by=by, at=at)
    return count


@action("support.sweep_letters")
def sweep_letters(*, by: Actor, at: datetime) -> int:
    """Delete letters of 30 days ago; those of strangers take their keys along. Repeat until 0."""
    old = Letter.objects.filter(received_at__lte=at - LETTER_KEPT).order_by("received_at", "pk")[:BATCH]
    letters = dict(old.values_list("pk", "subject"))
    if not letters:
        nothing_happened()
        return 0
    count, _by_model = Letter.objects.filter(pk__in=letters).delete()
    for subject in set(letters.values()):
        if not (is_customer(subject) or is_staff(subject)):
            keys.destroy(subject=subject, classes=frozenset({RetentionClass.MESSAGES}), by=by, at=at)
    about(count=count)
    return count
