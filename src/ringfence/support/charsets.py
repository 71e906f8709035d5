"""Bytes of a letter as text, whatever character set they claim to be in. Never raises."""

import codecs
from typing import Final

_MEANT: Final = {
    "": "utf-8",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "unknown-8bit": "utf-8",
    "x-unknown": "utf-8",
    "default": "utf-8",
    "8bit": "utf-8",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "iso-8859-1": "windows-1252",
    "iso8859-1": "windows-1252",
    "iso_8859-1": "windows-1252",
    "latin1": "windows-1252",
    "latin-1": "windows-1252",
    "iso-8859-9": "windows-1254",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "tis-620": "cp874",
    "iso-8859-11": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "unicode-1-1-utf-7": "utf-7",
    "ansi": "windows-1252",
}
"""What senders call a character set, and what they mean: the wider one, where one holds the other."""

_NEVER: Final = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"}
)
"""Ways of writing that Python counts among the character sets, and that no letter is written in."""

_LAST: Final = "windows-1252"
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def as_text_of(content: bytes, charset: str) -> str:
    """Return bytes as text: as they claim where that fits, as UTF-8 where they are that, else as a last resort."""
    tries = [name for mark, name in _MARKS if content.startswith(mark)]
    claimed = _named(charset)
    tries += [claimed] if claimed else []
    for name in (*tries, "utf-8"):
        try:
            return _tidy(content.decode(name))
        except (UnicodeError, ValueError, LookupError):
            continue
    name = claimed if claimed not in {"", "utf-8"} else _LAST
    try:
        return _tidy(content.decode(name, "replace"))
    except (UnicodeError, ValueError, LookupError):
        return _tidy(content.decode(_LAST, "replace"))


def _named(charset: str) -> str:
    """Return the name by which Python knows a character set; empty for one that it does not, or that is none."""
    name = charset.strip().strip("\"'").lower()
    name = _MEANT.get(name, name)
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError, UnicodeError):
        return ""
    is_text = getattr(found, "_is_text_encoding", True)
    return found.name if is_text and found.name.replace("-", "_") not in _NEVER else ""


def _tidy(text: str) -> str:
    """Return a text that can be stored anywhere: without halves of characters, and with one kind of line end."""
    if not text.isascii():
        text = text.encode("utf-8", "replace").decode("utf-8")
    return text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
