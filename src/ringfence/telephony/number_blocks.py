"""Reads lists of numbers for sale: CSV with one range, or one number, a line.

The first line names the columns, in any order: ``first`` is needed; ``last`` (empty for a single number),
``type`` (checked against the numbering plan), ``capabilities`` (empty means voice), ``carrier`` (empty means an
own block) and ``documents`` (empty means none) may be there; other columns are passed over. A bad line becomes
a ``RejectedLine`` and never stops the file.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Final, TypeVar

from ringfence.kernel.refusal import Refusal
from ringfence.telephony.number_claims import Claims
from ringfence.telephony.numbering import SOLD_AS, NumberType, Range, read_number, validate_range
from ringfence.telephony.numbering_refusals import refusal
from ringfence.telephony.rules import DocumentKind, SoldType

NEEDED_COLUMNS: Final = ("first",)
COLUMNS: Final = ("first", "last", "type", "capabilities", "carrier", "documents")
_TYPES: Final = {str(kind): sold for kind, sold in SOLD_AS.items()} | {str(sold): sold for sold in SoldType}
_CARRIER: Final = re.compile(r"[a-z0-9-]{0,16}", re.ASCII)
W = TypeVar("W", bound=StrEnum)


class Capability(StrEnum):
    """What a number can carry."""

    VOICE = "voice"
    SMS = "sms"
    MMS = "mms"
    FAX = "fax"


@dataclass(frozen=True, slots=True)
class Block:
    """One accepted line. ``line`` counts from 1, the first line of the file."""

    line: int
    numbers: Range
    type: SoldType
    capabilities: frozenset[Capability]
    carrier: str
    documents: frozenset[DocumentKind]

    @property
    def kind(self) -> tuple[object, ...]:
        """All that is said of the numbers, but which they are."""
        return self.type, self.capabilities, self.carrier, self.documents


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """One line that was not taken in: its number, its text (200 characters at most) and why not."""

    line: int
    text: str
    refusal: Refusal


def parse_blocks(lines: Iterable[str]) -> Iterator[Block | RejectedLine]:
    """Read the lines of a file, in order, one result for each line that is not empty.

    Fields are separated by commas or semicolons, whichever the first line uses (Excel's ``sep=;`` line and a
    byte order mark are understood). A line stands alone, so that an unclosed quotation mark spoils only its
    own line. Where the first line itself cannot be used, that is the only result. Numbers listed twice are
    rejected.
    """
    numbered = _not_empty(lines)
    line, text = next(numbered, (1, ""))
    if text.lower().startswith("sep="):
        line, text = next(numbered, (line, ""))
    delimiter = ";" if text.count(";") > text.count(",") else ","
    try:
        if not text:
            raise refusal("block.empty", needed=", ".join(NEEDED_COLUMNS))
        columns = _columns(_fields(text, delimiter))
    except Refusal as reason:
        yield RejectedLine(line, text[:200], reason)
        return
    claims = Claims()
    for line, text in numbered:
        try:
            block = _block(line, _record(columns, _fields(text, delimiter)))
            other = claims.claim(int(block.numbers.first), int(block.numbers.last), line)
            if other is not None:
                raise refusal("block.overlap", other=other)
        except Refusal as reason:
            yield RejectedLine(line, text[:200], reason)
        else:
            yield block


def _not_empty(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    for line, raw in enumerate(lines, start=1):
        text = raw.removeprefix("\ufeff") if line == 1 else raw
        if text.strip(" \t\r\n;,"):
            yield line, text.strip("\r\n")


def _fields(text: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error:
        raise refusal("block.quoting") from None
    return [field.strip() for field in rows[0]] if rows else []


def _columns(header: list[str]) -> list[str]:
    columns = [name.lower() for name in header]
    missing = [name for name in NEEDED_COLUMNS if name not in columns]
    if missing:
        raise refusal("block.header", missing=", ".join(missing), needed=", ".join(NEEDED_COLUMNS))
    return columns


def _record(columns: list[str], fields: list[str]) -> dict[str, str]:
    while len(fields) > len(columns) and not fields[-1]:
        fields = fields[:-1]
    if len(fields) > len(columns):
        raise refusal("block.too_many_fields", count=len(fields), columns=len(columns))
    record = dict.fromkeys(COLUMNS, "") | dict(zip(columns, fields, strict=False))
    for column in NEEDED_COLUMNS:
        if not record[column]:
            raise refusal("block.missing", column=column)
    return record


def _block(line: int, record: dict[str, str]) -> Block:
    first = read_number(record["first"])
    last = read_number(record["last"]) if record["last"] else first
    capabilities = _words(record["capabilities"], Capability, "block.capability_unknown")
    documents = _words(record["documents"], DocumentKind, "block.document_unknown")
    carrier = record["carrier"].lower()
    if not _CARRIER.fullmatch(carrier):
        raise refusal("block.carrier", text=carrier[:40])
    stated = _type(record["type"])
    numbers = validate_range(first, last)
    sold = SOLD_AS.get(numbers.type)
    if stated is not None and stated is not sold:
        raise refusal("block.type_differs", stated=stated.value, found=(sold or numbers.type).value)
    if sold is None:
        raise refusal("block.not_sold", found=numbers.type.value)
    voice = frozenset({Capability.VOICE})
    return Block(line, numbers, sold, capabilities or voice, carrier, documents)


def _type(text: str) -> SoldType | None:
    """Read what the numbers are sold as; the numbering plan's own words are understood too."""
    word = text.lower().replace("-", "_").replace(" ", "_")
    if not word:
        return None
    if word in _TYPES:
        return _TYPES[word]
    if word in set(NumberType):
        raise refusal("block.not_sold", found=word)
    raise refusal("block.type_unknown", text=text[:40], known=", ".join(SoldType))


@lru_cache(maxsize=1024)
def _words(text: str, known: type[W], code: str) -> frozenset[W]:
    found = set()
    for word in text.lower().replace("|", " ").replace("+", " ").replace("/", " ").replace(",", " ").split():
        try:
            found.add(known(word))
        except ValueError:
            raise refusal(code, text=word[:40], known=", ".join(known)) from None
    return frozenset(found)
