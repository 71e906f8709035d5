"""Taking letters in, and letting go of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from email.message import Message
from typing import Any, Final
from uuid import UUID

from procrastinate.contrib.django import app

from ringfence.accounts.actions import count_try
from ringfence.accounts.post_queries import is_out
from ringfence.accounts.queries import addresses_of_all, as_compared, find_by_address, has_account
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
from ringfence.support import attachments, bounces, mime, reading, repeats, verdicts
from ringfence.support.cleaning import clean_letter
from ringfence.support.models import Letter
from ringfence.support.ports import scanner
from ringfence.support.rules import MOST_HOPS, MOST_IN_AN_HOUR, Scan, is_own, is_own_id


class TooManyLetters(Exception):
    """The sender wrote more letters within an hour than are taken; the rest may come later."""


class TooManyFromNobody(TooManyLetters):
    """More letters without a sender came within an hour than are taken, and this is none that reports of ours."""


class InACircle(Exception):
    """The letter went through more servers than any way has."""


LETTER_KEPT: Final = timedelta(days=KEPT["messages"]["days"])
"""Retention class `messages`: letters in; a case that is made of them has a class of its own."""
FROM_NOBODY: Final = "nobody-account"
"""The gate at which letters without a sender are counted."""
BATCH = 200
AN_HOUR: Final = timedelta(hours=1)


@action("support.receive_letter")
def receive_letter(
    *, content: bytes, sender: str, recipients: Sequence[str], own: bool = False, by: Actor, at: datetime
) -> UUID:
    """Store a letter, sealed and without payment data, and return its id; a repeat returns that one's.

    `own` is a letter of ours that comes back to us, as all do in a rehearsal store; nobody wrote it to us. It
    belongs to the person whose address the sender is, else the first recipient's; else to a fresh id. One to us
    belongs to its sender, and becomes a request where it plainly asks for something (clause 4.2). Raises InACircle,
    TooManyLetters or TooManyFromNobody, of letters to us that nobody needs.
    """
    digest = key_store().mac("letter", repeats.same_in_a_repeat(content))
    known = Letter.objects.filter(digest=digest).values_list("pk", flat=True).first()
    if known is not None:
        nothing_happened()
        return known
    clean = clean_letter(content)
    if clean.removed:
        count_removed(channel=Channel.MAIL, removed=clean.removed, by=by, at=at)
    message = clean.message
    ids = reading.message_ids_of(message)
    own = own or is_own_id(ids.own)
    to_us = not own and any(is_own(one) for one in recipients)
    if to_us:
        _require_no_storm(message, content, sender, by, at)
    person = _whose((sender,) if to_us else (sender, *recipients))
    letter = Letter(
        subject=person or new_id(),
        received_at=at,
        digest=digest,
        addresses=[address_digest(address) for address in dict.fromkeys((sender, *recipients)) if address],
        own=own,
        to_us=to_us,
        kind=reading.kind_of_message(message, sender),
        names_itself=message_digest(ids.own) if ids.own else b"",
        answers=[message_digest(one) for one in ids.answered],
        sorted_at=None if to_us else at,
        verdicts=verdicts.found_in(message),
        **_what_came_along(message),
        envelope={"from": cleaned(sender).text, "to": [cleaned(one).text for one in recipients]},
        content=RawBytes(clean.content),
    )
    letter.save(force_insert=True)
    _have_looked_at(letter)
    if person is not None and not own and find_by_address(sender) == person:
        about(person)
    return letter.pk


def _what_came_along(message: Message) -> dict[str, Any]:
    """Return what is stored of the attachments of a letter beside it."""
    attached = attachments.listed_in(message)
    waits = attached and scanner() is not None
    return {"attached": attached or None, "scan": Scan.WAITING if waits else Scan.NONE}


def _have_looked_at(letter: Letter) -> None:
    """Have a letter sorted, and what came with it looked at for viruses, once it is stored."""
    if letter.to_us:
        app.configure_task("support.sort_letter").defer(letter=str(letter.pk))
    if letter.scan == Scan.WAITING:
        app.configure_task("support.scan_letter").defer(letter=str(letter.pk))


def _whose(addresses: Sequence[str]) -> UUID | None:
    """Return whose account the first of some addresses that is known belongs to; None where there is none."""
    person = next(filter(None, (find_by_address(address) for address in addresses)), None)
    return person if person is not None and has_account(person) else None


def _require_no_storm(message: Message, content: bytes, sender: str, by: Actor, at: datetime) -> None:
    """Raise where a letter has gone round in a circle, or its sender writes more than anybody does."""
    if sum(name == "received" for name, _value in mime.headers(message)) > MOST_HOPS:
        raise InACircle
    if not sender:
        if not _comes_back(content) and count_try(gate=FROM_NOBODY, who="", by=by, at=at):
            raise TooManyFromNobody
        return
    lately = Letter.objects.filter(
        addresses__contains=[address_digest(sender)], to_us=True, received_at__gt=at - AN_HOUR
    )
    if len(lately.values_list("pk")[:MOST_IN_AN_HOUR]) >= MOST_IN_AN_HOUR:
        raise TooManyLetters


def _comes_back(content: bytes) -> bool:
    """Tell whether a letter is the first report of a letter of ours: those are always taken."""
    found = bounces.reported(content)
    return found is not None and is_out(found.letter)


def message_digest(message_id: str) -> bytes:
    """Return the keyed digest by which a letter is found that another one names."""
    return blind.digest("message-id", message_id)


def address_digest(address: str) -> bytes:
    """Return the keyed digest by which the letters of an address are found."""
    return blind.digest("letter-address", as_compared(address))


def by_digest(people: Collection[UUID]) -> dict[bytes, set[UUID]]:
    """Return the digests of all addresses that are known to have been some people's, and whose each is."""
    whose: dict[bytes, set[UUID]] = defaultdict(set)
    for person, addresses in addresses_of_all(people).items():
        for address in addresses:
            whose[address_digest(address)].add(person)
    return whose


def who_has_letters(people: Collection[UUID]) -> set[UUID]:
    """Return those of some people to or from whose addresses a letter is there."""
    whose = by_digest(people)
    found = Letter.objects.filter(addresses__overlap=[*whose]).values_list("addresses", flat=True)
    return {person for digests in found for one in digests for person in whose.get(bytes(one), ())}


def delete_from_before(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Delete letters from and to the person's addresses that came when those were not the account's; runs in an action.

    A letter that belongs to somebody else with an account is theirs, and stays.
    """
    letters = Letter.objects.filter(addresses__overlap=[*by_digest([subject])]).values_list("pk", "subject")
    strangers = {pk: whose for pk, whose in letters if whose != subject and not has_account(whose)}
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
        if not has_account(subject):
            keys.destroy(subject=subject, classes=frozenset({RetentionClass.MESSAGES}), by=by, at=at)
    about(count=count)
    return count
