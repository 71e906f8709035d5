"""Staff who read a letter correct what software read in it; what was missed and wrong is counted (clause 4.2)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.accounts.queries import is_customer
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import queries as privacy
from ringfence.privacy.requests import forms, misreading
from ringfence.privacy.requests.queries import requests_of
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.support import reading
from ringfence.support.demands import Reason, demands_in, language_of
from ringfence.support.models import Letter

CORRECTORS: Final = (Role.SUPPORT, Role.PRIVACY)
CORRECTED: Final = tuple(RequestKind)
"""What a letter can ask for (clause 4.2)."""

_CORRECTED_IN: Final = ("demands", "unheeded", "missed", "wrong")


@dataclass(frozen=True, slots=True, repr=False)
class LetterRead:
    """A letter, opened for staff: what it says, and why it was taken to ask for something."""

    text: str
    reasons: tuple[Reason, ...]


@action("support.look_at_letter")
def look(*, letter: UUID, by: Actor, at: datetime) -> LetterRead:
    """Open a letter for staff with a purpose; a customer reads of it (clause 2.1). Raises Refusal."""
    row = _held(letter, by)
    about(*_whom(row), kind=row.kind)
    said = reading.as_text(row.content.open() or b"")
    return LetterRead(said, demands_in(said).reasons)


@action("support.demand_was_missed")
def add_missed(*, letter: UUID, kind: RequestKind, by: Actor, at: datetime) -> None:
    """Say that a letter asks for something that was not seen in it, or was left to people.

    It becomes a request whose clock began with it.
    Doing it again does nothing. Raises Refusal for a letter that nobody can answer, and for one of ours.
    """
    row = _held(letter, by)
    if kind in _words(row.demands):
        nothing_happened()
        return
    content, envelope = row.content.open(), row.envelope.open()
    if not content or not envelope:
        raise unreadable()
    said = reading.as_text(content)
    forms.take_in(
        kinds=[kind],
        address=envelope["from"],
        asked=said,
        language=language_of(said),
        channel=Channel.MAIL,
        message_id=reading.answerable_id(content),
        by=by,
        at=row.received_at,
    )
    row.demands = _with(row.demands, kind)
    if kind in _words(row.unheeded):
        row.unheeded = _without(row.unheeded, kind)
    elif kind in _words(row.wrong):
        row.wrong = _without(row.wrong, kind)
    else:
        row.missed = _with(row.missed, kind)
    row.save(update_fields=_CORRECTED_IN)
    about(*_whom(row), what=str(kind))


@action("support.demand_was_wrong")
def take_out_wrong(*, letter: UUID, kind: RequestKind, by: Actor, at: datetime) -> bool:
    """Say that a letter does not ask for what was seen in it; tell whether a request that it began has ended by it.

    One that is over already stays as it is. Doing it again does nothing. Raises Refusal once the customer has confirmed
    it, and before the request is there.
    """
    row = _held(letter, by)
    if kind not in _words(row.demands) + _words(row.unheeded):
        nothing_happened()
        return False
    has_ended = False
    if kind in _words(row.demands) and _whom(row) and not privacy.being_erased(row.subject):
        has_ended = _end_request(row, kind, by, at)
    row.demands, row.unheeded = _without(row.demands, kind), _without(row.unheeded, kind)
    if kind in _words(row.missed):
        row.missed = _without(row.missed, kind)
    else:
        row.wrong = _with(row.wrong, kind)
    row.save(update_fields=_CORRECTED_IN)
    about(*_whom(row), what=str(kind))
    return has_ended


def unreadable() -> Refusal:
    """Return the refusal for a letter that is not there any more, or was not written to us by anybody."""
    return Refusal("letter_unreadable", gettext_noop("This letter is not there any more."))


def _end_request(row: Letter, kind: RequestKind, by: Actor, at: datetime) -> bool:
    """End what the letter began, and tell whether it did.

    Raises Refusal while its request is not there yet: it would come after all.
    """
    if misreading.take_back(subject=row.subject, kind=kind, received_at=row.received_at, by=by, at=at):
        return True
    known = [one for one in requests_of(row.subject) if one.kind == kind]
    if not any(one.received_at <= row.received_at for one in known):
        raise Refusal(
            "letter_being_answered",
            gettext_noop("This letter is being answered at the moment. Try again in a minute."),
        )
    return False


def _held(letter: UUID, by: Actor) -> Letter:
    if not by.has(*CORRECTORS):
        raise unreadable()
    row = Letter.objects.select_for_update().filter(pk=letter, to_us=True, sorted_at__isnull=False).first()
    if row is None:
        raise unreadable()
    return row


def _whom(row: Letter) -> list[UUID]:
    """Return the customer whose letter it is; nobody for one of a stranger, whose id means nothing."""
    return [row.subject] if is_customer(row.subject) else []


def _words(text: str) -> list[str]:
    return [word for word in text.split(",") if word]


def _with(text: str, kind: RequestKind) -> str:
    return _joined(text, lambda words: [*words, str(kind)])


def _without(text: str, kind: RequestKind) -> str:
    return _joined(text, lambda words: [word for word in words if word != kind])


def _joined(text: str, change: Callable[[list[str]], Iterable[str]]) -> str:
    return ",".join(dict.fromkeys(change(_words(text))))
