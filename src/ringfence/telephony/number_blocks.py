"""Reads lists of numbers for sale: CSV with one range, or one number, a line.

The first line names the columns, in any order: ``first``, ``monthly`` and ``currency`` are needed; ``last``
(empty for a single number), ``type`` (checked against the numbering plan), ``capabilities`` (empty means
voice) and ``setup`` (empty means none) may be there; other columns are passed over. A bad line becomes a
``RejectedLine`` and never stops the file.
"""

import csv
from bisect import bisect_right, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from ringfence.kernel.money import Money, exponent
from ringfence.kernel.refusal import Refusal
from ringfence.telephony.numbering import NumberType, Range, read_number, validate_range
from ringfence.telephony.numbering_refusals import refusal

NEEDED_COLUMNS: Final = ("first", "monthly", "currency")
COLUMNS: Final = ("first", "last", "type", "capabilities", "monthly", "setup", "currency")


class Capability(StrEnum):
    """What a number can carry."""

    VOICE = "voice"
    SMS = "sms"
    MMS = "mms"
    FAX = "fax"


@dataclass(frozen=True, slots=True)
class Block:
    """One accepted line. ``line`` counts from 1, the first line of the file; prices are without VAT."""

    line: int
    numbers: Range
    capabilities: frozenset[Capability]
    monthly: Money
    setup: Money


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
    taken: list[tuple[int, int, int]] = []
    for line, text in numbered:
        try:
            block = _block(line, _record(columns, _fields(text, delimiter)))
            _claim(taken, block)
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
    capabilities = _capabilities(record["capabilities"])
    currency = record["currency"].upper()
    try:
        exponent(currency)
    except ValueError:
        raise refusal("block.currency", text=record["currency"][:40]) from None
    monthly = _price(record, "monthly", currency)
    setup = _price(record, "setup", currency) if record["setup"] else Money.zero(currency)
    stated = _type(record["type"])
    numbers = validate_range(first, last)
    if stated is not None and stated is not numbers.type:
        raise refusal("block.type_differs", stated=stated.value, found=numbers.type.value)
    return Block(line, numbers, capabilities, monthly, setup)


def _type(text: str) -> NumberType | None:
    if not text:
        return None
    try:
        return NumberType(text.lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise refusal("block.type_unknown", text=text[:40], known=", ".join(NumberType)) from None


def _capabilities(text: str) -> frozenset[Capability]:
    words = text.lower().replace("|", " ").replace("+", " ").replace("/", " ").replace(",", " ").split()
    found = set()
    for word in words or [Capability.VOICE]:
        try:
            found.add(Capability(word))
        except ValueError:
            raise refusal("block.capability_unknown", text=word[:40], known=", ".join(Capability)) from None
    return frozenset(found)


def _price(record: dict[str, str], column: str, currency: str) -> Money:
    text = record[column]
    try:
        price = Money.of(text.replace(",", ".") if "." not in text else text, currency)
    except ValueError:
        raise refusal("block.price", text=text[:40], column=column, currency=currency) from None
    if price < Money.zero(currency):
        raise refusal("block.price", text=text[:40], column=column, currency=currency)
    return price


def _claim(taken: list[tuple[int, int, int]], block: Block) -> None:
    """Keep the ranges seen so far in order, as (first, last, line), and refuse one that meets another."""
    first, last = int(block.numbers.first), int(block.numbers.last)
    position = bisect_right(taken, (first, last, block.line))
    for other in taken[max(position - 1, 0) : position + 1]:
        if first <= other[1] and other[0] <= last:
            raise refusal("block.overlap", other=other[2])
    insort(taken, (first, last, block.line))
