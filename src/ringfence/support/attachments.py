"""What came with a letter: listed without opening the letter, opened one by one, never shown in a page.

The parts stay in the sealed letter; beside it stand their names, kinds and sizes, sealed too. What has been found to
carry a virus, and what has not been looked at yet, is not handed out.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from email.message import Message
from typing import Final
from uuid import UUID

from django.db.models import QuerySet

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.support import mime, reading
from ringfence.support.models import Letter
from ringfence.support.rules import Scan
from ringfence.support.tnef import KINDS as WINMAIL_KINDS
from ringfence.support.tnef import WINMAIL, unpacked

MOST: Final = 200
LONGEST_NAME: Final = 150

INFECTED: Final = gettext_noop("This carries a virus, so it is not handed out.")
WAITING: Final = gettext_noop("This has not been looked at for viruses yet. Try again in a minute.")
GONE: Final = gettext_noop("There is no such attachment.")


@dataclass(frozen=True, slots=True, repr=False)
class Attachment:
    """What is known of an attachment without opening it. `size` in bytes; `kind` as its sender calls it."""

    index: int
    name: str
    kind: str
    size: int
    state: Scan


@dataclass(frozen=True, slots=True, repr=False)
class OpenedAttachment:
    """An attachment, opened. Hand it out as a download and nothing else."""

    name: str
    kind: str
    content: bytes
    state: Scan


@dataclass(frozen=True, slots=True, repr=False)
class _Packed:
    name: str
    kind: str
    content: bytes


def attachments_of(letter: UUID) -> list[Attachment]:
    """Return what came with a letter; nothing of a letter that is gone."""
    return next((listed(row) for row in beside([letter])), [])


def beside(letters: Collection[UUID]) -> "QuerySet[Letter]":
    """Return letters without what they say: what stands beside them is small, and they may not be."""
    return Letter.objects.filter(pk__in=letters).only(
        "subject", "received_at", "verdicts", "scan", "attached"
    )


def listed(row: Letter) -> list[Attachment]:
    """Return what came with a letter that was read by `beside`."""
    state, found = Scan(row.scan), row.attached.open() if row.attached is not None else None
    return [
        Attachment(index, one["name"], one["kind"], one["size"], state)
        for index, one in enumerate(found or [])
    ]


def open_attachment(letter: UUID, index: int) -> OpenedAttachment:
    """Return one attachment of a letter. Raises Refusal where there is none, or it may not be handed out."""
    row = Letter.objects.filter(pk=letter).first()
    content = row.content.open() if row is not None else None
    if row is None or not content:
        raise Refusal("no-attachment", GONE)
    state = Scan(row.scan)
    require_clean(state)
    for place, one in enumerate(packed_in(mime.opened(content))):
        if place == index:
            return OpenedAttachment(one.name, one.kind, one.content, state)
    raise Refusal("no-attachment", GONE)


def require_clean(state: Scan) -> None:
    """Let pass what no virus was found in. Raises Refusal for what carries one, or has not been looked at yet."""
    if state in {Scan.INFECTED, Scan.WAITING}:
        raise Refusal(f"attachment-{state}", INFECTED if state is Scan.INFECTED else WAITING)


def listed_in(message: Message) -> list[dict[str, str | int]]:
    """Return names, kinds and sizes of what came with an opened letter, as they are stored beside it."""
    return [{"name": one.name, "kind": one.kind, "size": len(one.content)} for one in packed_in(message)]


def packed_in(message: Message) -> Iterator[_Packed]:
    """Yield what came with an opened letter, what is packed in a winmail.dat as files of their own."""
    place = 0
    for part in reading.attached_in(message):
        for one in _files(part):
            place += 1
            if place > MOST:
                return
            yield _Packed(_name(one.name, one.kind, place), one.kind, one.content)


def _files(part: mime.Part) -> Iterator[_Packed]:
    if part.kind in WINMAIL_KINDS or WINMAIL.fullmatch(part.name):
        files = [one for one in unpacked(part.content).files if one.content]
        yield from (_Packed(one.name, "application/octet-stream", one.content) for one in files)
        if files:
            return
    if part.kind == "message/rfc822":
        inner = mime.inside(part.message)
        letter = inner[0] if isinstance(inner, list) and inner else None
        content = mime.safely(letter.as_bytes, b"") if isinstance(letter, Message) else part.content
        subject = reading.subject_of(letter) if isinstance(letter, Message) else ""
        yield _Packed(part.name or f"{subject or 'letter'}.eml", part.kind, content)
        return
    yield _Packed(part.name, part.kind, part.content)


def _name(name: str, kind: str, place: int) -> str:
    """Return a name that can be shown and saved: one line, no folders, nothing that a system takes for more."""
    shown = "".join(one if one.isprintable() and one not in '/\\:*?"<>|' else "_" for one in name).strip(" .")
    if not shown:
        return f"{place}.{kind.rpartition('/')[2][:20] or 'bin'}"
    if len(shown) <= LONGEST_NAME:
        return shown
    stem, dot, end = shown.rpartition(".")
    return f"{stem[: LONGEST_NAME - 20]}{dot}{end[:19]}" if dot else shown[:LONGEST_NAME]
