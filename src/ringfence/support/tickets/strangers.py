"""Whoever wrote to us without an account has their conversations handed out or deleted, by a link to their address.

The link says which address it went to, in a keyed digest that cannot be read back, and until when it works. Nothing of
it is stored (clauses 2.9, 4.2 and 7.2).
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from typing import IO, Any, Final, cast
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.db.models import QuerySet

from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.queries import has_account
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.ports import key_store
from ringfence.privacy.requests import ports
from ringfence.privacy.rules import LINK_DAYS
from ringfence.support.actions import address_digest
from ringfence.support.models import Letter
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import MERGED
from ringfence.support.tickets import keeping
from ringfence.support.tickets.ending import let_go_of_keys

OFFER: Final = "ticket-offer"
"""The kind of letter that takes a link out."""

_DIGEST: Final = 32
_MOMENT: Final = 5


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of an address without an account: when each conversation began, and how many letters there are."""

    conversations: tuple[datetime, ...]
    pieces: int
    letters: int

    @property
    def is_anything(self) -> bool:
        """Whether anything is kept."""
        return bool(self.conversations or self.pieces or self.letters)


def token_for(address: str, at: datetime) -> str:
    """Return the token by which the owner of an address has their conversations; empty when there are none."""
    digest = address_digest(address)
    if not _kept(digest).is_anything:
        return ""
    said = digest + int((at + timedelta(days=LINK_DAYS)).timestamp()).to_bytes(_MOMENT)
    return urlsafe_b64encode(said + _mark(said)).decode().rstrip("=")


def kept(token: str, at: datetime) -> Kept:
    """Return what a link leads to. Raises Refusal `link-used` for one that works no more."""
    return _kept(_digest_in(token, at))


@action("ticket.offer")
def offer(*, ticket: str, by: Actor, at: datetime) -> None:
    """Send whoever wrote a ticket without an account a link to their conversations; staff do. Raises Refusal."""
    row = keeping.locked(ticket)
    address = str(row.address.open() or "") if row.address is not None else ""
    if has_account(row.subject) or not address:
        raise Refusal(
            "ticket.has_account",
            gettext_noop("Whoever wrote this has an account, and asks for a copy or the deletion there."),
        )
    facts = {"token": token_for(address, at)}
    queue_letter(kind=OFFER, address=address, language=row.language, facts=facts, by=by, at=at)
    about(row.subject, ticket=row.public_id)


@action("ticket.hand_out_by_link")
def hand_out(*, token: str, by: Actor, at: datetime) -> Iterator[bytes]:
    """Return all that is kept of an address, as a ZIP archive: what was said, notes included, and whole letters.

    It is made while it is sent, a letter at a time. Raises Refusal.
    """
    digest = _digest_in(token, at)
    tickets = _tickets(digest)
    said = [_as_data(one, TicketEntry.objects.filter(ticket=one).order_by("at", "pk")) for one in tickets]
    elsewhere = _pieces(digest).order_by("at", "pk")
    content = {"conversations": said, "written_into_others": [_piece(one) for one in elsewhere]}
    about(*{one.subject for one in tickets}, count=len(tickets))
    return _packed(json.dumps(content, ensure_ascii=False, indent=2), [one.pk for one in _letters(digest)])


@action("ticket.delete_by_link")
def delete(*, token: str, by: Actor, at: datetime) -> int:
    """Delete all that is kept of an address without an account, and destroy its keys; return how much it was.

    The conversations of others stay, without what was written from this address. Doing it again does nothing. Raises
    Refusal.
    """
    digest = _digest_in(token, at)
    tickets, letters = _tickets(digest), _letters(digest)
    count = len(tickets) + len(letters)
    Ticket.objects.filter(pk__in=[one.pk for one in tickets]).delete()
    count += _pieces(digest).delete()[0]
    Letter.objects.filter(pk__in=[one.pk for one in letters]).delete()
    let_go_of_keys({one.subject for one in tickets}, by, at)
    for subject in {one.subject for one in letters}:
        keys.destroy(subject=subject, classes=frozenset({RetentionClass.MESSAGES}), by=by, at=at)
    about(count=count)
    if not count:
        nothing_happened()
    return count


def _kept(digest: bytes) -> Kept:
    tickets = [one for one in _tickets(digest) if one.state != MERGED]
    return Kept(tuple(one.opened_at for one in tickets), _pieces(digest).count(), len(_letters(digest)))


def _tickets(digest: bytes) -> list[Ticket]:
    found = Ticket.objects.filter(who=digest).order_by("opened_at", "pk")
    return [one for one in found if not has_account(one.subject)]


def _pieces(digest: bytes) -> "QuerySet[TicketEntry]":
    return TicketEntry.objects.filter(who=digest)


def _letters(digest: bytes) -> list[Letter]:
    """Return the letters that an address wrote to us, unread; those that belong to an account are that one's."""
    found = Letter.objects.filter(addresses__contains=[digest], to_us=True).order_by("received_at", "pk")
    found = found.defer("content", "attached")
    theirs = [one for one in found if not has_account(one.subject)]
    return [
        one for one in theirs if address_digest(str((one.envelope.open() or {}).get("from", ""))) == digest
    ]


class _Sent:
    """What a ZIP archive is written into: a piece that nobody has taken yet, and no way back."""

    def __init__(self) -> None:
        self._piece = bytearray()

    def write(self, content: bytes) -> int:
        self._piece += content
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        piece, self._piece = bytes(self._piece), bytearray()
        return piece


def _packed(said: str, letters: Iterable[UUID]) -> Iterator[bytes]:
    """Yield an archive; a letter that went meanwhile is left out."""
    out = _Sent()
    with ZipFile(cast("IO[bytes]", out), "w", ZIP_DEFLATED) as file:
        file.writestr("conversations.json", said)
        yield out.taken()
        for key in letters:
            letter = Letter.objects.filter(pk=key).first()
            if letter is not None:
                file.writestr(f"letters/{key}.eml", bytes(letter.content.open() or b""))
                yield out.taken()
    yield out.taken()


def _as_data(row: Ticket, pieces: Iterable[TicketEntry]) -> dict[str, Any]:
    return {
        "id": row.public_id,
        "title": str(row.title.open() or "") if row.title is not None else "",
        "address": str(row.address.open() or "") if row.address is not None else "",
        "opened_at": row.opened_at.astimezone(UTC).isoformat(),
        "said": [_piece(one) for one in pieces],
    }


def _piece(entry: TicketEntry) -> dict[str, str]:
    return {
        "at": entry.at.astimezone(UTC).isoformat(),
        "what": entry.kind,
        "text": keeping.said_in(entry),
    }


def _digest_in(token: str, at: datetime) -> bytes:
    try:
        content = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except ValueError:
        content = b""
    said, mark = content[: _DIGEST + _MOMENT], content[_DIGEST + _MOMENT :]
    until = int.from_bytes(said[_DIGEST:])
    if not mark or not compare_digest(mark, _mark(said)) or at.timestamp() > until:
        raise Refusal("link-used", gettext_noop("This link has been used already, or it is too old."))
    return said[:_DIGEST]


def _mark(said: bytes) -> bytes:
    return key_store().mac("conversations-link", said)


def enter() -> None:
    """Let the answer to whoever asked from an unknown address lead to what they wrote."""
    ports.install_way(token_for)
