"""A letter taken apart, however badly it was made: never raises, never loses what was said.

The standard library finds the parts; what it makes of names, character sets and nesting is not relied on. What is
nested deeper, or broken more, than any letter of a person is read as one text.
"""

import re
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from typing import Any, Final, TypeVar

import structlog

from ringfence.support.charsets import as_text_of

log = structlog.get_logger(__name__)
T = TypeVar("T")

UNREADABLE: Final = (
    *(LookupError, ValueError, AttributeError, TypeError, AssertionError, RecursionError),
    MessageError,
)
"""What the standard library raises of a letter that it cannot read."""

MOST_WORK: Final = 20_000_000
"""Lines times borders of a letter that is still taken apart: each line is compared with each border around it."""

MOST_BORDERS: Final = 100
DEEPEST: Final = MOST_BORDERS + 10
MOST_PARTS: Final = 500
LONGEST_HEADER: Final = 20_000
"""Characters."""

_BORDER: Final = re.compile(rb"boundary\s*=", re.IGNORECASE)
_HEADER: Final = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]|From ")
_KNOWN: Final = re.compile(
    rb"(?:content-|from|to|subject|date|mime-version|received|message-id|reply-to)[!-9;-~]*[ \t]*:",
    re.IGNORECASE,
)
_BASE64: Final = re.compile(r"[A-Za-z0-9+/=]*")
_FOLD: Final = re.compile(r"\s*[\r\n]+\s*")
_END_OF_HEADERS: Final = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True, repr=False)
class Part:
    """A part of a letter that has no parts: what kind it says it is, its name, and the part as it came."""

    kind: str
    name: str
    is_attached: bool
    place: tuple[str, ...]
    """The kinds of the parts around it, the outermost first."""
    group: int
    """Parts of one choice (multipart/alternative) share a number; 0 where there is nothing to choose."""
    message: Message

    @property
    def content(self) -> bytes:
        """The bytes, without the dress they travelled in."""
        return payload(self.message)

    @property
    def text(self) -> str:
        """The bytes as text, in the character set that they say, or the one that they fit."""
        charset = safely(self.message.get_content_charset, None)
        return as_text_of(self.content, charset or "")


def opened(content: bytes) -> Message:
    """Return a letter as the standard library has it; one that cannot be taken apart has its text as one part."""
    borders = len(_BORDER.findall(content))
    if borders <= MOST_BORDERS and content.count(b"\n") * borders <= MOST_WORK:
        try:
            return message_from_bytes(_mended(content), policy=policy.compat32)
        except UNREADABLE as trouble:
            log.warning("letter.not_understood", trouble=type(trouble).__name__)
    return _as_one_text(content)


def header(message: Message, name: str) -> str:
    """Return the first header of a name as people read it, on one line; empty without one."""
    return next((value for one, value in headers(message) if one == name), "")


def headers(message: Message) -> Iterator[tuple[str, str]]:
    """Yield each header, its name in lower case, its value as people read it, on one line."""
    for name, value in raw_headers(message):
        yield name.lower(), as_read(value)


def raw_headers(message: Message) -> list[tuple[str, str]]:
    """Return each header as it came; bytes beyond ASCII as surrogates."""
    return [
        (str(name), str(value))
        for name, value in safely(lambda: [*message.raw_items()], list[tuple[str, str]]())
    ]


def as_read(value: str) -> str:
    """Return the value of a header as people read it (RFC 2047), on one line."""
    value = _FOLD.sub(" ", value)[:LONGEST_HEADER].strip()
    if "=?" not in value:
        return _words(value)
    found: list[tuple[Any, str | None]] = safely(lambda: [*decode_header(value)], [(value, None)])
    return "".join(
        as_text_of(word, charset or "") if isinstance(word, bytes) else _words(word)
        for word, charset in found
    ).replace("\n", " ")


def payload(message: Message) -> bytes:
    """Return the bytes of a part, without the dress they travelled in, as far as it comes off."""
    raw = inside(message)
    if isinstance(raw, str) and header(message, "content-transfer-encoding").lower() == "base64":
        return _from_base64(raw)
    found = safely(lambda: message.get_payload(decode=True), None)
    if isinstance(found, bytes):
        return found
    return raw.encode("utf-8", "surrogateescape") if isinstance(raw, str) else b""


def inside(message: Message) -> Any:
    """Return what a part holds: parts, or its text in the dress it came in, bytes beyond ASCII as surrogates."""
    return message._payload  # type: ignore[attr-defined] # noqa: SLF001 - get_payload decodes what does not fit


def leaves(message: Message) -> list[Part]:
    """Return the parts of a letter that have no parts, in order. A letter in a letter is one of them."""
    return list(_leaves(message, (), 0))[:MOST_PARTS]


def around(message: Message) -> Iterator[str]:
    """Yield what stands after the last border of the parts, where some programs write on."""
    for part in _containers(message, 0):
        after = getattr(part, "epilogue", None)
        if isinstance(after, str) and after.strip():
            yield as_text_of(after.encode("utf-8", "surrogateescape"), "")


def before(message: Message) -> str:
    """Return what stands before the first border of the parts: a remark of the program, unless nothing else is said."""
    found = getattr(message, "preamble", None)
    return as_text_of(found.encode("utf-8", "surrogateescape"), "") if isinstance(found, str) else ""


def name_of(message: Message) -> str:
    """Return the name that a part gives its content, on one line; empty without one."""
    return as_read(
        given(message, "content-disposition", "filename") or given(message, "content-type", "name")
    )


def given(message: Message, header: str, name: str) -> str:
    """Return what a header says of itself under a name (RFC 2231); empty where it does not."""
    found: Any = safely(lambda: message.get_param(name, None, header), None)
    if isinstance(found, tuple):
        return safely(lambda: collapse_rfc2231_value(found), "")
    return str(found or "")


def kind_of_part(message: Message) -> str:
    """Return the kind of a part, in lower case, such as text/plain."""
    return safely(message.get_content_type, "text/plain")


def safely(read: Callable[[], T], otherwise: T) -> T:
    """Return what the standard library reads, or something else where it cannot."""
    try:
        return read()
    except UNREADABLE:
        return otherwise


def _leaves(message: Message, place: tuple[str, ...], group: int) -> Iterator[Part]:
    kind = kind_of_part(message)
    inner = inside(message)
    if not isinstance(inner, list) or kind == "message/rfc822" or len(place) > DEEPEST:
        disposition = safely(message.get_content_disposition, None)
        yield Part(kind, name_of(message), disposition == "attachment", place, group, message)
        return
    if kind == "multipart/alternative" and not group:
        group = id(message)
    for part in inner:
        if isinstance(part, Message):
            yield from _leaves(part, (*place, kind), group)


def _containers(message: Message, depth: int) -> Iterator[Message]:
    inner = inside(message)
    if isinstance(inner, list) and depth < DEEPEST and kind_of_part(message) != "message/rfc822":
        yield message
        for part in inner:
            if isinstance(part, Message):
                yield from _containers(part, depth + 1)


def _words(value: str) -> str:
    return value if value.isascii() else as_text_of(value.encode("utf-8", "surrogateescape"), "")


def _from_base64(text: str) -> bytes:
    """Return what stands in base64, and as it is what does not: some servers write lines of their own below."""
    lines = [line.strip() for line in text.splitlines()]
    good = next((place for place, line in enumerate(lines) if not _BASE64.fullmatch(line)), len(lines))
    packed = "".join(lines[:good]).replace("=", "")
    rest = "\n".join(lines[good:]).encode("utf-8", "surrogateescape")
    whole = packed[: len(packed) - (len(packed) % 4 == 1)]
    return safely(lambda: b64decode(whole + "=" * (-len(whole) % 4)), b"") + rest


def _mended(content: bytes) -> bytes:
    """Return a letter whose headers are not ended by a line that is none, as long as real headers follow it."""
    end = _END_OF_HEADERS.search(content)
    head = content[: end.start()] if end else b""
    lines = head.split(b"\n")
    odd = [place for place, line in enumerate(lines) if line.strip() and not _HEADER.match(line)]
    if not odd or not any(_KNOWN.match(line) for line in lines[odd[0] :]):
        return content
    for place in odd:
        lines[place] = (b" " if place else b"X-Line: ") + lines[place]
    return b"\n".join(lines) + content[len(head) :]


def _as_one_text(content: bytes) -> Message:
    """Return a letter whose text is all that follows its headers, as it came."""
    end = _END_OF_HEADERS.search(content)
    head, body = (content[: end.start()], content[end.end() :]) if end else (b"", content)
    message = safely(lambda: message_from_bytes(head + b"\n\n", policy=policy.compat32), Message())
    for name in ("Content-Type", "Content-Transfer-Encoding"):
        del message[name]
    message["Content-Type"] = "text/plain"
    message.set_payload(body.decode("ascii", "surrogateescape"))
    return message
