"""Records as data and as tables: JSON and CSV (RFC 8259, RFC 4180)."""

import csv
import json
from collections.abc import Sequence
from io import StringIO
from typing import Any, Final

from ringfence.privacy.copying.sources import Chunk, History, Kind, Source
from ringfence.privacy.copying.whole import FORMAT, described, records

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""

SCHEMAS: Final = "/schemas/copy/2/"
END: Final = "\n]}\n"

_encode = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode


def schema_of(name: str) -> str:
    """Return the address, on our site, of what describes a file of a copy."""
    return f"{SCHEMAS}{name}.json"


def begun(kind: Kind, origin: str) -> str:
    """Return the beginning of a kind's data: what is declared of it, up to its records."""
    head = {"format": FORMAT, "schema": f"{origin}{schema_of(kind.name)}", **described(kind)}
    return json.dumps(head, ensure_ascii=False, indent=1).removesuffix("\n}") + ',\n "records": [\n'


def data(source: Source | History, chunk: Chunk) -> str:
    """Return records as the members of a list."""
    return _encode(records(source, chunk))[1:-1].replace('},{"kind":"', '},\n{"kind":"')


def head(source: Source | History) -> str:
    """Return the line of a table that names its columns."""
    return _lines([("id", *source.names)])


def table(source: Source | History, chunk: Chunk) -> str:
    """Return records as lines of a table, harmless in a spreadsheet."""
    columns = [_harmless(column) for column in chunk.columns]
    return _lines(zip(chunk.ids, *columns, strict=True))


def _lines(rows: Any) -> str:
    written = StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue()


def _harmless(column: Sequence[Any]) -> Sequence[Any]:
    """Return a column that no spreadsheet takes for formulas; a telephone number reckons nothing and stays."""
    kinds = {type(value) for value in column}
    if kinds & {dict, list}:
        column = [_encode(value) if isinstance(value, dict | list) else value for value in column]
    if str not in kinds:
        return column
    return [
        f"'{value}"
        if isinstance(value, str) and value[:1] in DANGEROUS and not _is_number(value)
        else value
        for value in column
    ]


def _is_number(text: str) -> bool:
    return not text or (text[0] == "+" and text[1:].isdecimal())
