"""In which forms a value can stand in bytes on their way out, and the parts of it that are looked for."""

import base64
import binascii
import json
import quopri
import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

PIECE: Final = 48
"""Bytes of a long value that are looked for at once: a hundred in a row hold one of these pieces whole."""

LEAST_SQUEEZED: Final = 8
READ_THROUGH: Final = 1024 * 1024
"""Bytes of a message that are read in every form; of a longer one, such as a file, only as they are."""

_BASE64: Final = re.compile(rb"[A-Za-z0-9+/_\-]{12,}(?:\r?\n[A-Za-z0-9+/_\-]+)*={0,2}")
_ESCAPED: Final = re.compile(rb"(?:\\u[0-9A-Fa-f]{4})+")
_QUOTED: Final = re.compile(rb"=[0-9A-Fa-f]{2}|=\r?\n")
_BETWEEN: Final = re.compile(rb"[^0-9a-z\x80-\xff]+")


def readings(message: bytes) -> list[bytes]:
    """Return a message in small letters as it is, and with whatever encodings there are in it undone."""
    found = [message]
    if len(message) <= READ_THROUGH:
        found += [*_undone(message)]
        found += [inner for one in found[1:] for inner in _undone(one)]
    return [one.lower() for one in found]


def _undone(message: bytes) -> Iterator[bytes]:
    if b"%" in message or b"+" in message:
        yield unquote_to_bytes(message.replace(b"+", b" "))
    if b"\\u" in message:
        yield _ESCAPED.sub(_unescaped, message)
    if _QUOTED.search(message):
        yield quopri.decodestring(message)
    if inside := b"\n".join(_unpacked(message)):
        yield inside


def _unescaped(found: re.Match[bytes]) -> bytes:
    text: str = json.loads(b'"' + found[0] + b'"')
    return text.encode("utf-8", "replace")


def _unpacked(message: bytes) -> Iterator[bytes]:
    for found in _BASE64.finditer(message):
        plain = re.sub(rb"[\r\n=]", b"", found[0]).translate(bytes.maketrans(b"-_", b"+/"))
        whole = plain[: len(plain) - (len(plain) % 4 == 1)]
        try:
            yield base64.b64decode(whole + b"=" * (-len(whole) % 4))
        except binascii.Error:
            continue


def squeezed(text: bytes) -> bytes:
    """Return the letters and digits of a text in small letters: a number is the same with and without spaces."""
    return _BETWEEN.sub(b"", text.lower())


def texts_of(content: bytes) -> Iterator[bytes]:
    """Yield the texts of a value: of JSON every word in it, of anything else itself."""
    if content[:1] in (b"{", b"["):
        try:
            yield from _words(json.loads(content))
        except ValueError:
            yield content
    else:
        yield content


def _words(value: object) -> Iterator[bytes]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _words(one)
    elif isinstance(value, str):
        yield value.encode()


def pieces(text: bytes) -> Iterable[bytes]:
    """Return what is looked for of a text: all of a short one, of a long one each piece."""
    if len(text) <= PIECE * 2:
        return (text.strip(),)
    return [text[start : start + PIECE] for start in range(0, len(text) - PIECE + 1, PIECE)]


class Message:
    """Bytes on their way out, to be looked through for many texts."""

    def __init__(self, *parts: bytes | str) -> None:
        """Read the parts in every form."""
        whole = b"\n".join(part.encode() if isinstance(part, str) else part for part in parts)
        self._read = readings(whole)
        self._squeezed: list[bytes] | None = None

    def carries(self, text: bytes) -> bool:
        """Tell whether a text stands there in one of its forms."""
        wanted = text.lower()
        if any(wanted in one for one in self._read):
            return True
        bare = squeezed(text)
        if len(bare) < LEAST_SQUEEZED or len(self._read[0]) > READ_THROUGH:
            return False
        if self._squeezed is None:
            self._squeezed = [squeezed(one) for one in self._read]
        return any(bare in one for one in self._squeezed)
