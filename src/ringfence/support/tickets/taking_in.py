"""What people write to us becomes a ticket, or goes on with one: letters, the contact form, the account."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.accounts.queries import find_by_address, has_account, language_of, profile_of
from ringfence.accounts.rules import normalised
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.requests import forms
from ringfence.support import reading
from ringfence.support import ticket_rules as rules
from ringfence.support.actions import address_digest
from ringfence.support.demands import demands_in
from ringfence.support.models import Letter
from ringfence.support.rules import LetterKind, tag_of
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import EntryKind, Origin, TicketEvent
from ringfence.support.tickets import keeping, receipts
from ringfence.support.verdicts import is_suspicious


@action("ticket.take_letter")
def take_letter(*, letter: Letter, by: Actor, at: datetime) -> UUID | None:
    """Put a letter of a person into the ticket it answers, or open one; return its id. A repeat does nothing.

    It goes on with a ticket whose address it was sent to, or, where it came from the address of the conversation, with
    the one whose letter it answers. The letter itself ends with its class; what it says stays with the ticket.
    """
    content, envelope = letter.content.open(), letter.envelope.open()
    if not content or not envelope or TicketEntry.objects.filter(letter=letter.pk).exists():
        nothing_happened()
        return None
    sender = str(envelope["from"])
    title, text = _said(content)
    row = _found(letter, sender, envelope["to"])
    is_begun = row is None
    if row is None:
        subject = letter.subject if has_account(letter.subject) else None
        language = rules.language_of(text, language_of(subject) if subject else "en")
        row = _opened(subject, sender, title, Origin.MAIL, language, letter.received_at)
    keeping.move(row, TicketEvent.WRITE, letter.received_at)
    is_from_elsewhere = letter.subject != row.subject and _who(sender) != bytes(row.who)
    keeping.add(
        row,
        EntryKind.LETTER,
        text,
        letter.received_at,
        letter=letter.pk,
        message=bytes(letter.names_itself),
        message_id=reading.answerable_id(content) or None,
        is_from_elsewhere=is_from_elsewhere,
        who=_who(sender) if is_from_elsewhere else b"",
    )
    if is_begun and _is_acknowledged(letter):
        receipts.send(row, answers=reading.answerable_id(content), by=by, at=at)
    about(row.subject, ticket=row.public_id, elsewhere=is_from_elsewhere)
    return row.pk


def _is_acknowledged(letter: Letter) -> bool:
    """Tell whether a letter gets a receipt: no program, list or forger does, and a request has its own."""
    return letter.kind == LetterKind.PERSON and not letter.demands and not is_suspicious(letter.verdicts)


def _found(letter: Letter, sender: str, recipients: list[str]) -> Ticket | None:
    for named in filter(None, map(tag_of, recipients)):
        if Ticket.objects.filter(pk=keeping.as_key(named)).exists():
            return keeping.locked(named)
    answered = TicketEntry.objects.filter(message__in=[bytes(one) for one in letter.answers if one])
    for entry in answered.order_by("-at", "pk").select_related("ticket")[: reading.MOST_ANSWERED]:
        is_theirs = letter.subject == entry.subject or _who(sender) == bytes(entry.ticket.who) != b""
        if is_theirs:
            return keeping.locked(entry.ticket_id)
    return None


def _opened(
    subject: UUID | None, address: str, title: str, origin: Origin, language: str, at: datetime
) -> Ticket:
    """Open a ticket: for a person with an account, or for an address alone."""
    row = Ticket(
        subject=subject or new_id(),
        origin=origin,
        language=language,
        opened_at=at,
        last_at=at,
        waits_since=at,
        who=_who(address),
        address=None if subject else address or None,
        title=" ".join(title.split())[: rules.LONGEST_TITLE] or None,
    )
    row.save(force_insert=True)
    return row


def _who(address: str) -> bytes:
    """Return the digest of an address; nothing where there is none, as of a server that reports."""
    return address_digest(address) if address else b""


def _said(content: bytes) -> tuple[str, str]:
    """Return subject and text of a letter, without the links of ours that it may quote, as text that can be kept."""
    said = reading.as_text(content)
    try:
        title = reading.parts(content)[0].strip()
    except reading.UNREADABLE:
        title = ""
    text = said.removeprefix(title).strip() if title else said
    title, text = (one.encode(errors="replace").decode() for one in (title, text))
    return title, text or "–"


@action("ticket.open_by_form")
def open_by_form(*, address: str, text: str, language: str, by: Actor, at: datetime) -> None:
    """Open a ticket for whoever filled in the contact form. Raises Refusal for a malformed address, and for no text.

    It belongs to the account the address is known by; whoever filled the form in does not learn whether there is one.
    What it plainly asks for about somebody's data becomes a request, as in a letter (clauses 4.2 and 7.2).
    """
    email, said = normalised(address), rules.require_text(text)
    person = find_by_address(email)
    if person is not None and not has_account(person):
        person = None
    row = _opened(person, email, "", Origin.FORM, language, at)
    keeping.add(row, EntryKind.FORM, said, at)
    asked = demands_in(said).kinds
    if asked:
        forms.take_in(kinds=asked, address=email, asked=said, language=language, by=by, at=at)
    else:
        receipts.send(row, by=by, at=at)
    about(row.subject, ticket=row.public_id)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a message of a signed-in customer: its ticket, and the requests that wait for a fresh proof."""

    ticket: str
    requests: tuple[str, ...]


def _asked_for(row: Ticket, title: str, said: str, language: str, by: Actor, at: datetime) -> Written:
    """Open what a customer plainly asks for about their data, as in a letter; whose account it is is known already."""
    asked = demands_in(f"{title}\n\n{said}").kinds
    profile = profile_of(row.subject) if asked else None
    found = (
        forms.take_in_account(
            subject=row.subject,
            address=profile.email,
            kinds=asked,
            asked=said,
            language=language,
            by=by,
            at=at,
        )
        if profile
        else []
    )
    return Written(row.public_id, tuple(public_id("req", one) for one in found))


@action("ticket.open_in_account")
def open_in_account(
    *, subject: UUID, title: str, text: str, language: str, by: Actor, at: datetime
) -> Written:
    """Open a ticket for a signed-in customer. Raises Refusal for no text.

    What they plainly ask for about their data becomes a request (clauses 4.2 and 7.2).
    """
    said = rules.require_text(text)
    row = Ticket(
        subject=subject,
        origin=Origin.ACCOUNT,
        language=language,
        opened_at=at,
        last_at=at,
        waits_since=at,
        title=" ".join(title.split())[: rules.LONGEST_TITLE] or None,
    )
    row.save(force_insert=True)
    keeping.add(row, EntryKind.ACCOUNT, said, at)
    about(subject, ticket=row.public_id)
    return _asked_for(row, title, said, language, by, at)


@action("ticket.write")
def write(*, subject: UUID, ticket: str, text: str, by: Actor, at: datetime) -> Written:
    """Go on with a ticket of one's own, which opens it again when it was closed. Raises Refusal.

    What it plainly asks for becomes a request, as with a new one.
    """
    said = rules.require_text(text)
    row = keeping.locked(ticket)
    if row.subject != subject:
        raise Refusal(
            "ticket.gone",
            gettext_noop(
                "There is no ticket with this number: it is mistyped, or the conversation is deleted."
            ),
        )
    keeping.move(row, TicketEvent.WRITE, at)
    keeping.add(row, EntryKind.ACCOUNT, said, at)
    about(subject, ticket=row.public_id)
    return _asked_for(row, "", said, row.language, by, at)
