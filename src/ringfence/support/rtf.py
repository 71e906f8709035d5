"""The text in compressed RTF (MS-OXRTFCP), in which some programs pack the body of a letter. Never raises."""

import re
import struct
from collections.abc import Iterator
from typing import Final

_FIRST: Final = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans"
    rb" SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
"""What the window of the compression begins with."""

_WINDOW: Final = 4096
_COMPRESSED: Final = 0x75465A4C
_AS_IT_IS: Final = 0x414C454D
_HEAD: Final = struct.Struct("<IIII")
_PAIR: Final = struct.Struct(">H")
_LARGEST: Final = 5_000_000
_WORD: Final = re.compile(
    r"\\u(?P<code>-?\d{1,6}) ?\??|\\'(?P<hex>[0-9a-fA-F]{2})|\\(?P<word>[a-zA-Z]{1,32})(?:-?\d{1,10})? ?"
    r"|\\(?P<mark>[^a-zA-Z])|(?P<brace>[{}])|(?P<text>[^\\{}\r\n]+)|[\r\n]"
)
_NOT_SAID: Final = frozenset(
    {"fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "themedata"}
)
_BREAKS: Final = {"par": "\n", "line": "\n", "tab": "\t", "cell": " ", "row": "\n"}


def decompressed(content: bytes) -> bytes:
    """Return the RTF; as much of it as can be read."""
    if len(content) < _HEAD.size:
        return b""
    _packed, size, kind, _check = _HEAD.unpack_from(content)
    if kind == _AS_IT_IS:
        return content[_HEAD.size : _HEAD.size + size]
    if kind != _COMPRESSED:
        return b""
    out = bytearray(_FIRST)
    most = len(_FIRST) + min(size, _LARGEST)
    for one in _steps(content):
        if isinstance(one, int):
            out.append(one)
        elif not _repeated(out, *divmod(_PAIR.unpack(one)[0], 16)):
            break
        if len(out) >= most:
            break
    return bytes(out[len(_FIRST) : most])


def _steps(content: bytes) -> Iterator[int | bytes]:
    """Yield what a compressed text is made of: a byte as it is, or two that say what is repeated."""
    place = _HEAD.size
    while place < len(content):
        control, place = content[place], place + 1
        for bit in range(8):
            if not control >> bit & 1 and place < len(content):
                yield content[place]
                place += 1
            elif place + 2 <= len(content):
                yield content[place : place + 2]
                place += 2
            else:
                return


def _repeated(out: bytearray, offset: int, length: int) -> bool:
    """Repeat what stands in the window of the last bytes; return False for what marks the end."""
    behind = (len(out) - offset) % _WINDOW
    if not behind:
        return False
    for _byte in range(length + 2):
        out.append(out[-behind] if behind <= len(out) else ord(" "))
    return True


def rtf_text(content: bytes) -> str:
    """Return what an RTF says; the HTML that some programs wrap in it counts as words."""
    said: list[str] = []
    unsaid: list[bool] = [False]
    for found in _WORD.finditer(content.decode("latin-1")):
        if brace := found["brace"]:
            if brace == "{":
                unsaid.append(unsaid[-1])
            elif len(unsaid) > 1:
                unsaid.pop()
        elif found["mark"] == "*" or (found["word"] in _NOT_SAID):
            unsaid[-1] = True
        elif unsaid[-1]:
            continue
        else:
            said.append(_said(found))
    return "".join(said).strip()


def _said(found: re.Match[str]) -> str:
    if found["code"]:
        code = int(found["code"]) % 65536
        return chr(code) if not 0xD800 <= code < 0xE000 else ""  # noqa: PLR2004 - halves of characters
    if found["hex"]:
        return bytes([int(found["hex"], 16)]).decode("windows-1252", "replace")
    if found["word"]:
        return _BREAKS.get(found["word"], "")
    if found["mark"]:
        return {"~": " ", "_": "-", "\n": "\n"}.get(found["mark"], found["mark"])
    return found["text"] or ""
