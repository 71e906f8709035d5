"""Records as data and as tables: JSON and CSV (RFC 8259, RFC 4180)."""

import json
import re
from typing import Any, Final

from ringfence.privacy.copying import columns
from ringfence.privacy.copying.sources import Chunk, History, Kind, Source
from ringfence.privacy.copying.whole import FORMAT, described

DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""

QUOTED: Final = re.compile(r'[",\r\n]')
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
    if isinstance(source, History):
        names: tuple[str, ...] = source.names
        start, values = "{", chunk.as_columns()[1:]
    else:
        names, values = ("id", *source.names), chunk.as_columns()
        start = f'{{"kind":"{source.label}",'
    keys = [f'"{name}":' for name in names]
    text = columns.rows(
        values, write=_encode, simple='"%s"', empty="null", names=keys, between=",", start=start, end="},\n"
    )
    return text.removesuffix(",\n")


def head(source: Source | History) -> str:
    """Return the line of a table that names its columns."""
    return ",".join(("id", *source.names)) + "\r\n"


def table(source: Source | History, chunk: Chunk) -> str:
    """Return records as lines of a table, harmless in a spreadsheet."""
    return columns.rows(chunk.as_columns(), write=_cell, between=",", end="\r\n")


def _cell(value: Any) -> str:
    """Return a cell, which no spreadsheet takes for a formula; a telephone number reckons nothing and stays."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else _encode(value)
    if text.startswith(DANGEROUS) and not (text[0] == "+" and text[1:].isdecimal()):
        text = f"'{text}"
    return '"' + text.replace('"', '""') + '"' if QUOTED.search(text) else text
