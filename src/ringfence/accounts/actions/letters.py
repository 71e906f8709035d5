"""Letters: queued with the action that causes them, sent after it has committed."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from ringfence.accounts import letter_ends
from ringfence.accounts.letter_ends import LetterEnd
from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.accounts.models.letters import GIVEN_UP, SENT, WAITING
from ringfence.accounts.ports import LetterToSend
from ringfence.accounts.rules import PersonState
from ringfence.accounts.work import defer, defer_behind
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id

SENDING_TAKES = timedelta(seconds=30)
"""After that the sweep looks at a letter again; while it is still being sent, it is in other hands."""
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 720, 1440, 1440))
FAREWELL = "address-changed"
"""The one letter that goes to an address which the account has no longer."""

Fact = str | int | bool | list[str] | None


@action("accounts.queue_letter")
def queue_letter(  # noqa: PLR0913 - each is a part of a letter
    *,
    kind: str,
    by: Actor,
    at: datetime,
    person: UUID | None = None,
    address: str = "",
    language: str = "",
    time_zone: str = "",
    subject: UUID | None = None,
    facts: Mapping[str, Fact] | None = None,
    can_wait: bool = False,
) -> UUID:
    """Queue a letter to a person, or to an address; return its id. It is sent after the commit.

    With `person` alone, address, language and time zone are the account's. With `address` and no person, the letter
    stands on its own under a fresh id, and outlives the erasure of the person it may be for, unless `subject` names
    somebody who is about to get an account. One of many that `can_wait` lets all others go first. Raises
    LookupError for a person without an account.
    """
    nothing_happened()
    if person is not None:
        row = Person.objects.filter(pk=person, state=PersonState.ACTIVE).first()
        if row is None:
            raise LookupError("there is no account to write to")
        address = address or str(row.email.open())
        language = language or row.language
        time_zone = time_zone or str(row.time_zone.open() if row.time_zone is not None else "")
    if not address:
        raise ValueError("a letter needs a person or an address")
    letter = OutgoingLetter(
        subject=person or subject or new_id(),
        kind=kind,
        language=language or "en",
        can_wait=can_wait,
        made_at=at,
        next_at=at,
        email=address,
        facts=dict(facts or {}),
        time_zone=time_zone,
    )
    letter.save(force_insert=True)
    (defer_behind if can_wait else defer)("accounts.send_letter", letter=str(letter.pk))
    return letter.pk


def can_be_written_to(person: UUID) -> bool:
    """Tell whether a person has an account that letters go to."""
    return Person.objects.filter(pk=person, state=PersonState.ACTIVE).exists()


@action("accounts.begin_letter")
def begin_letter(*, letter: UUID, by: Actor, at: datetime, rescued: bool = False) -> LetterToSend | None:
    """Take a waiting letter for sending; None when it is not due, sent already, in other hands, or not wanted now.

    One whose worker died while it was sending it is `rescued`: it is taken although it is not due.
    """
    nothing_happened()
    waiting = OutgoingLetter.objects.filter(pk=letter, state=WAITING)
    waiting = waiting if rescued else waiting.filter(next_at__lte=at)
    row = waiting.select_for_update(skip_locked=True).first()
    if row is None:
        return None
    if not letter_ends.is_wanted(row, at):
        _withdraw(row, by, at)
        return None
    OutgoingLetter.objects.filter(pk=letter).update(
        attempts=row.attempts + 1, taken_at=at, next_at=at + SENDING_TAKES
    )
    address, facts = row.email.open(), row.facts.open()
    if not address:
        return None
    return LetterToSend(
        id=row.pk,
        kind=row.kind,
        address=address,
        language=row.language,
        time_zone=str(row.time_zone.open() or ""),
        facts=facts or {},
        at=at,
    )


def _withdraw(letter: OutgoingLetter, by: Actor, at: datetime) -> None:
    letter_ends.tell(LetterEnd.WITHDRAWN, letter, by=by, at=at)
    OutgoingLetter.objects.filter(pk=letter.pk).delete()


@action("accounts.withdraw_unsent")
def withdraw_unsent(*, person: UUID, kind: str, by: Actor, at: datetime) -> None:
    """Withdraw what a person has not been sent yet of a kind of letters, those that were given up included.

    One in the hands of the worker just now stays: whether it is wanted is asked before each attempt.
    """
    nothing_happened()
    waiting = Q(state=WAITING) & (Q(attempts=0) | Q(next_at__gt=at + SENDING_TAKES))
    letters = OutgoingLetter.objects.select_for_update(skip_locked=True).filter(subject=person, kind=kind)
    for row in letters.filter(waiting | Q(state=GIVEN_UP)).order_by("pk"):
        _withdraw(row, by, at)


@action("accounts.readdress_letters")
def readdress_letters(*, person: UUID, by: Actor, at: datetime) -> int:
    """Give a person's letters the address, language and time zone that the account has now; return how many.

    Those that wait go out so; of those that went out, what was before is not kept.
    """
    nothing_happened()
    row = Person.objects.filter(pk=person).first()
    if row is None:
        return 0
    letters = OutgoingLetter.objects.select_for_update().filter(subject=person)
    letters.filter(state=WAITING).update(language=row.language)
    now = {
        "email": str(row.email.open()),
        "time_zone": str(row.time_zone.open() if row.time_zone is not None else ""),
    }
    changed = [letter for letter in letters.order_by("id") if _bring_up_to_date(letter, now)]
    return len(changed)


def _bring_up_to_date(letter: OutgoingLetter, now: Mapping[str, str]) -> bool:
    """Write into a letter what of its person has changed; tell whether anything had."""
    behind = [name for name, value in now.items() if getattr(letter, name).open() != value]
    for name in behind:
        setattr(letter, name, now[name])
    if behind:
        letter.save(update_fields=behind)
    return bool(behind)


@action("accounts.letter_sent")
def letter_sent(*, letter: UUID, by: Actor, at: datetime) -> None:
    """Record that the post took a letter."""
    row = OutgoingLetter.objects.filter(pk=letter, state=WAITING).first()
    if row is None:
        nothing_happened()
        return
    OutgoingLetter.objects.filter(pk=letter).update(state=SENT, sent_at=at, taken_at=None)
    letter_ends.tell(LetterEnd.TAKEN, row, by=by, at=at)
    about(kind=row.kind)
    person = Person.objects.filter(pk=row.subject).first()
    if person is not None:
        about(person.pk)
        _keep_no_former_address(row, person)


def _keep_no_former_address(letter: OutgoingLetter, person: Person) -> None:
    """Once a letter to an address that the account had before is out, keep that address no longer."""
    if letter.kind == FAREWELL:
        _bring_up_to_date(letter, {"email": str(person.email.open())})


@action("accounts.letter_failed")
def letter_failed(
    *, letter: UUID, for_good: bool, by: Actor, at: datetime, address_unknown: bool = False
) -> None:
    """Record that the post did not take a letter: try again later, or give up.

    With `address_unknown` the address of the person is marked as one that takes no letters.
    """
    row = OutgoingLetter.objects.filter(pk=letter, state=WAITING).first()
    if row is None:
        nothing_happened()
        return
    about(kind=row.kind, attempts=row.attempts)
    if for_good or row.attempts > len(PAUSES):
        OutgoingLetter.objects.filter(pk=letter).update(state=GIVEN_UP, taken_at=None)
        letter_ends.tell(LetterEnd.GIVEN_UP, row, by=by, at=at)
        if address_unknown:
            letter_ends.mark_unreachable(row, at)
    else:
        again = at + PAUSES[max(row.attempts - 1, 0)]
        OutgoingLetter.objects.filter(pk=letter).update(next_at=again, taken_at=None)


@action("accounts.withdraw_letters")
def withdraw_letters(*, letters: Collection[UUID], by: Actor, at: datetime) -> int:
    """Remove letters, sent ones and waiting ones, with what they say; return how many."""
    nothing_happened()
    return OutgoingLetter.objects.filter(pk__in=letters).delete()[0] if letters else 0


@action("accounts.forget_letters")
def forget_letters(*, person: UUID, kind: str, by: Actor, at: datetime) -> int:
    """Delete our copies of one kind of letters to a person, those not sent yet included; return how many."""
    nothing_happened()
    return OutgoingLetter.objects.filter(subject=person, kind=kind).delete()[0]


@action("accounts.forget_letters_naming")
def forget_letters_naming(
    *, person: UUID, kind: str, fact: str, names: Collection[str], by: Actor, at: datetime
) -> set[str]:
    """Delete our copies of those letters of a kind that name something in a fact, or that have no such fact.

    Returns what else those named that were not sent yet, so that it can be written once more.
    """
    nothing_happened()
    lost: set[str] = set()
    for row in OutgoingLetter.objects.select_for_update().filter(subject=person, kind=kind).order_by("id"):
        facts = row.facts.open()
        named = facts.get(fact) if isinstance(facts, dict) else None
        if isinstance(named, list) and not set(names).intersection(named):
            continue
        if row.state == WAITING and isinstance(named, list):
            lost |= set(named) - set(names)
        row.delete()
    return lost
