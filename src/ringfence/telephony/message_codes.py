"""One-time codes in the text of a message, so that they can be seen and copied at a glance."""

import re
from typing import Final, NamedTuple

_SAID: Final = re.compile(
    r"\b(?:codes?|koden?|koder|otp|pin|passcode|password|passord|verif\w*|bekreft\w*|engangs\w*|login|innlogging\w*"
    r"|token|2fa)\b|-kode\b",
    re.IGNORECASE,
)
"""What a text says that brings a code."""
_CODE: Final = re.compile(
    r"(?<![\w.,/:+#€$£-])(?P<code>(?:[A-Z]{1,2}-)?\d{4,8}|\d{3}[ -]\d{3}"
    r"|(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{6,8})"
    r"(?![\w/:€$£%-]|[.,]\d)"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")


class Piece(NamedTuple):
    """A stretch of text; `is_code` when it is a code."""

    text: str
    is_code: bool


class Codes(NamedTuple):
    """A text in stretches, and its first code as one types it; empty when there is none."""

    pieces: tuple[Piece, ...]
    first: str


def codes_in(text: str) -> Codes:
    """Return a text with its codes marked. A text that does not speak of a code holds none, whatever its digits."""
    found = list(_CODE.finditer(text)) if _SAID.search(text) else []
    found = [one for one in found if len(found) == 1 or not _YEAR.fullmatch(one["code"])]
    pieces, end = [], 0
    for one in found:
        pieces += [Piece(text[end : one.start()], is_code=False), Piece(one["code"], is_code=True)]
        end = one.end()
    pieces.append(Piece(text[end:], is_code=False))
    first = re.sub(r"[ -](?=\d{3}$)", "", found[0]["code"]) if found else ""
    return Codes(tuple(piece for piece in pieces if piece.text), first)
