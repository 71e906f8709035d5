"""What is in a winmail.dat (MS-OXTNEF): the text of the letter, and the files that came with it. Never raises."""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ringfence.support.charsets import as_text_of
from ringfence.support.html_text import text_of
from ringfence.support.rtf import decompressed, rtf_text

SIGNATURE: Final = 0x223E9F78
KINDS: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
MOST_FILES: Final = 100

_BODY, _PROPERTIES, _NEW_FILE, _TITLE, _DATA, _FILE_PROPERTIES = (
    0x800C,
    0x9003,
    0x9002,
    0x8010,
    0x800F,
    0x9005,
)
_TEXT, _RTF, _HTML, _LONG_NAME, _CONTENT = 0x1000, 0x1009, 0x1013, 0x3707, 0x3701
_FIXED: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
"""Bytes of a property's value, by its type; the others say how long they are."""

_OBJECT, _TEXT_8, _TEXT_16, _BYTES = 13, 30, 31, 258
_MANY: Final = 0x1000
_NAMED: Final = 0x8000
_STRINGS: Final = frozenset({_OBJECT, _TEXT_8, _TEXT_16, _BYTES})


@dataclass(slots=True, repr=False)
class PackedFile:
    """A file in it."""

    name: str = ""
    content: bytes = b""


@dataclass(slots=True, repr=False)
class Unpacked:
    """All that was found."""

    text: str = ""
    files: list[PackedFile] = field(default_factory=list)


def unpacked(content: bytes) -> Unpacked:
    """Return what can be read of a winmail.dat; nothing of what is none."""
    found = Unpacked()
    try:
        for name, value in _attributes(content):
            _take(found, name, value)
    except (struct.error, ValueError, LookupError):
        return found
    return found


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    if len(content) < 6 or struct.unpack_from("<I", content)[0] != SIGNATURE:  # noqa: PLR2004 - signature and key
        return
    place = 6
    while place + 9 <= len(content):
        _level, name, _kind, size = struct.unpack_from("<BHHI", content, place)
        place += 9
        yield name, content[place : place + size]
        place += size + 2


def _take(found: Unpacked, name: int, value: bytes) -> None:
    if name == _NEW_FILE and len(found.files) < MOST_FILES:
        found.files.append(PackedFile())
    elif name == _BODY:
        found.text = found.text or _string(value)
    elif name == _PROPERTIES:
        _take_text(found, dict(_properties(value)))
    elif found.files and name == _TITLE:
        found.files[-1].name = found.files[-1].name or _string(value)
    elif found.files and name == _DATA:
        found.files[-1].content = value
    elif found.files and name == _FILE_PROPERTIES:
        properties = dict(_properties(value))
        found.files[-1].name = _property_text(properties.get(_LONG_NAME)) or found.files[-1].name
        found.files[-1].content = found.files[-1].content or properties.get(_CONTENT, (0, b""))[1]


def _take_text(found: Unpacked, properties: dict[int, tuple[int, bytes]]) -> None:
    if found.text:
        return
    found.text = _property_text(properties.get(_TEXT))
    if not found.text and _HTML in properties:
        found.text = text_of(as_text_of(properties[_HTML][1], ""))
    if not found.text and _RTF in properties:
        found.text = rtf_text(decompressed(properties[_RTF][1]))


def _property_text(value: tuple[int, bytes] | None) -> str:
    if value is None:
        return ""
    kind, content = value
    return as_text_of(content, "utf-16-le").rstrip("\0") if kind == _TEXT_16 else _string(content)


def _string(content: bytes) -> str:
    return as_text_of(content.rstrip(b"\0"), "")


def _properties(content: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Yield the properties of a stream as far as they can be read: id, type, value."""
    (count,) = struct.unpack_from("<I", content)
    place = 4
    for _one in range(min(count, 10_000)):
        if place + 4 > len(content):
            return
        kind, name = struct.unpack_from("<HH", content, place)
        place += 4
        if name & _NAMED:
            place = _past_name(content, place)
        is_many, kind = bool(kind & _MANY), kind & ~_MANY
        values, value = 1, b""
        if is_many or kind in _STRINGS:
            (values,) = struct.unpack_from("<I", content, place)
            place += 4
        for _value in range(min(values, 10_000)):
            size = _FIXED.get(kind)
            if size is None:
                (size,) = struct.unpack_from("<I", content, place)
                place += 4
            value = content[place : place + size]
            place += size + (-size % 4)
            if place > len(content) + 4:
                break
        yield name, (kind, value)


def _past_name(content: bytes, place: int) -> int:
    """Return where the value of a property begins that has a name of its own."""
    (kind,) = struct.unpack_from("<I", content, place + 16)
    if not kind:
        return place + 24
    (size,) = struct.unpack_from("<I", content, place + 20)
    return int(place + 24 + size + (-size % 4))


WINMAIL: Final = re.compile(r"winmail\.dat", re.IGNORECASE)
