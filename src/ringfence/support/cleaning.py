"""A letter without payment data and identity numbers, before it is stored (clause 2.4).

A letter that holds none stays as it came, byte by byte. In one that does, the parts that are text are written anew,
headers and names of attachments included; an attachment of another kind with a number in its bytes is taken out.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from email.charset import QP, Charset
from email.header import Header
from email.message import Message
from typing import Final

import structlog

from ringfence.kernel.public_ids import new_id
from ringfence.privacy.payment_data import PaymentData, cleaned, holds_payment_data
from ringfence.support import mime, reading
from ringfence.support.charsets import as_text_of
from ringfence.support.tnef import KINDS as WINMAIL_KINDS
from ringfence.support.tnef import unpacked

log = structlog.get_logger(__name__)

Removed = Counter[PaymentData]

INSTEAD: Final = "[attachment removed: it held a card, account or identity number]"
_SHAPE: Final = frozenset(
    {"content-type", "content-transfer-encoding", "mime-version", "content-disposition"}
)
_BY_PROGRAMS: Final = frozenset(
    {
        "message-id",
        "content-id",
        "references",
        "in-reply-to",
        "received",
        "dkim-signature",
        "authentication-results",
    }
)
"""Headers that programs write: a number in them that looks like a card's goes, and is not counted as one."""

PIECE: Final = 1 << 20
OVERLAP: Final = 2048
"""Bytes that are looked at together, and how far each piece reaches into the next: further than any number."""

_ASCII: Final = bytes(range(128)) + bytes(128)
_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")
_READABLE: Final = Charset("utf-8")
_READABLE.body_encoding = QP
_LONG: Final = 60
"""Characters of a header that are written without folding."""


class _Letter:
    """A letter being cleaned: what was removed of it, and whether anything was changed at all."""

    def __init__(self, message: Message) -> None:
        self.message = message
        self.removed: Removed = Counter()
        self.is_changed = False

    def clean(self) -> None:
        """Clean every part."""
        for part in mime.safely(lambda: [*self.message.walk()], [self.message]):
            self._clean_headers(part)
            self._clean_shape(part)
            inner = mime.inside(part)
            if isinstance(inner, list):
                self._clean_around(part)
            elif mime.kind_of_part(part).startswith(("text/", "multipart/", "message/")):
                self._clean_text(part)
            else:
                self._clean_attachment(part)

    def _took(self, removed: Removed) -> bool:
        self.removed.update(removed)
        self.is_changed = self.is_changed or bool(removed)
        return bool(removed)

    def _clean_headers(self, part: Message) -> None:
        kept: list[tuple[str, str | Header]] = []
        is_changed = False
        for name, value in mime.raw_headers(part):
            found = cleaned(mime.as_read(value))
            if name.lower() in _SHAPE or not found.removed:
                kept.append((name, value))
                continue
            is_changed = True
            if name.lower() not in _BY_PROGRAMS:
                self._took(found.removed)
            kept.append((name, _written(found.text)))
        if is_changed:
            self.is_changed = True
            part._headers = kept  # type: ignore[attr-defined] # noqa: SLF001 - the only way to keep the others as they came

    def _clean_shape(self, part: Message) -> None:
        """Take a number out of the names that a part gives its content, and out of the border between parts."""
        if holds_payment_data(mime.given(part, "content-type", "boundary")):
            part.set_boundary(f"border-{new_id().hex.translate(_LETTERS)}")
            self.is_changed = True
        for header, name in (("content-type", "name"), ("content-disposition", "filename")):
            found = cleaned(mime.as_read(mime.given(part, header, name)))
            if found.removed:
                mime.safely(lambda h=header, n=name: part.del_param(n, header=h), None)  # type: ignore[misc]
                mime.safely(
                    lambda h=header, n=name, t=found.text: part.set_param(n, t, header=h),  # type: ignore[misc]
                    None,
                )
                if header == "content-disposition" or not mime.given(part, "content-disposition", "filename"):
                    self._took(found.removed)
                self.is_changed = True

    def _clean_around(self, part: Message) -> None:
        for place in ("preamble", "epilogue"):
            said = getattr(part, place, None)
            if isinstance(said, str):
                found = cleaned(said)
                if self._took(found.removed):
                    setattr(part, place, found.text)

    def _clean_attachment(self, part: Message) -> None:
        content = mime.payload(part)
        if mime.kind_of_part(part) in WINMAIL_KINDS:
            found = cleaned(unpacked(content).text)
            if self._took(found.removed):
                _put_text(part, f"{found.text}\n\n{INSTEAD}")
                return
        narrow = cleaned(_narrow(content)).removed if _may_hold(content) else Removed()
        if self._took(narrow or cleaned(_wide(content)).removed):
            _put_text(part, INSTEAD)

    def _clean_text(self, part: Message) -> None:
        charset = mime.safely(part.get_content_charset, None) or ""
        found = cleaned(as_text_of(mime.payload(part), charset))
        if self._took(found.removed):
            _put_text(part, found.text, keep_kind=True)


@dataclass(frozen=True, slots=True, repr=False)
class CleanLetter:
    """A letter as it may be stored, opened already, and how much was removed."""

    content: bytes
    message: Message
    removed: Removed


def without_payment_data(content: bytes) -> tuple[bytes, Removed]:
    """Return a letter without card, account and identity numbers, and how many were removed."""
    found = clean_letter(content)
    return found.content, found.removed


def clean_letter(content: bytes) -> CleanLetter:
    """Return a letter without card, account and identity numbers."""
    letter = _Letter(mime.opened(content))
    letter.clean()
    clean, removed = content, letter.removed
    if letter.is_changed:
        clean = mime.safely(letter.message.as_bytes, b"") or _anew(letter.message)
    if _may_hold(clean) and cleaned(_narrow(clean)).removed:
        found = cleaned(clean.decode("latin-1"))
        clean, removed = found.text.encode("latin-1"), removed + found.removed
    return CleanLetter(clean, letter.message if clean is content else mime.opened(clean), removed)


def _put_text(part: Message, text: str, *, keep_kind: bool = False) -> None:
    """Give a part another content, in UTF-8."""
    kind = mime.kind_of_part(part) if keep_kind else "text/plain"
    if not kind.startswith("text/"):
        kind = "text/plain"
    for name in ("Content-Type", "Content-Transfer-Encoding", "MIME-Version"):
        del part[name]
    part["Content-Type"] = kind
    part.set_payload(text, charset=_READABLE)


def _may_hold(content: bytes) -> bool:
    """Tell whether a number may stand in bytes, piece by piece, so that a large letter is not in memory thrice.

    A piece may cut what stands around a number, so that it seems to be one; then the whole decides.
    """
    ends = range(0, max(1, len(content)), PIECE)
    return any(holds_payment_data(_narrow(content[start : start + PIECE + OVERLAP])) for start in ends)


def _narrow(content: bytes) -> str:
    """Return bytes as text of the same length, with nothing beyond ASCII."""
    return content.translate(_ASCII).decode("ascii")


def _wide(content: bytes) -> str:
    """Return bytes as text where they are one in UTF-16, by the mark at their beginning."""
    return as_text_of(content, "") if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else ""


def _written(text: str) -> str | Header:
    """Return the value of a header as it is written."""
    text = " ".join(text.split())
    return text if text.isascii() else Header(text, "utf-8", maxlinelen=_LONG)


def _anew(message: Message) -> bytes:
    """Return a letter that cannot be written as it is in the plainest form: its first headers, and what it says."""
    log.warning("letter.written_anew")
    written: Callable[[str], str] = lambda text: cleaned(" ".join(text.split())).text  # noqa: E731 - used twice
    plain = Message()
    for name in ("From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References"):
        if value := mime.header(message, name.lower()):
            plain[name] = _written(written(value))  # type: ignore[assignment] # the library takes it
    plain.set_payload(cleaned(reading.body_of(message)).text, charset=_READABLE)
    return plain.as_bytes()
