"""Numbers coming into stock: a million from an operator's file, beside PostgreSQL's own COPY of the same rows."""

import os
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.ground import Figure, seconds

NUMBERS: Final = 1_000_000
HEADER: Final = "first,last,type,capabilities,carrier,documents"


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    folder = Path(os.environ["RINGFENCE_VAR_DIR"])
    blocks, singles = folder / "blocks.csv", folder / "singles.csv"
    blocks.write_text(
        "\n".join([HEADER, *(f"+4721{n:03}000,+4721{n:03}999,,voice sms,," for n in range(1000))])
    )
    singles.write_text(
        "\n".join([HEADER, *(f"+47{n},,geographic,voice sms,," for n in range(21_000_000, 22_000_000))])
    )
    took = seconds(lambda: _import(blocks))
    copied = seconds_of_copy(folder / "rows")
    share = copied / took
    how = (
        f"{NUMBERS:,} numbers in 1,000 ranges by `ringfence numbers import`, validated, {NUMBERS / took:,.0f} rows/s,"
        " over COPY of the same rows into the same table, with its indexes and counts"
    )
    reference = f"COPY: {NUMBERS / copied:,.0f} rows/s"
    yield Figure("import_rows_per_s", share, "of COPY", ">= 0.3", reference, how, share >= 0.3)
    yield Figure("import_million_s", took, "s", "<= 60", "-", "the same million numbers", took <= 60)
    _empty()
    took = seconds(lambda: _import(singles))
    how = f"{NUMBERS:,} lines of one number each, read, validated and written"
    yield Figure("import_million_lines_s", took, "s", "<= 60", "-", how, took <= 60)


def _import(file: Path) -> None:
    from ringfence.interfaces.commands import numbers

    if numbers.run(Namespace(file=file, dry_run=False)) != 0 or _rows() != NUMBERS:
        raise RuntimeError("not every number was taken in")


def seconds_of_copy(file: Path) -> float:
    """Write the rows out, empty the table, and return how long the database takes to read them again."""
    from django.db import connection

    with (
        connection.cursor() as cursor,
        cursor.copy("COPY telephony_number TO STDOUT") as copy,
        file.open("wb") as out,
    ):
        for part in copy:
            out.write(part)
    _empty()

    def read() -> None:
        with (
            file.open("rb") as rows,
            connection.cursor() as cursor,
            cursor.copy("COPY telephony_number FROM STDIN") as copy,
        ):
            while part := rows.read(1 << 20):
                copy.write(part)

    took = seconds(read)
    if _rows() != NUMBERS:
        raise RuntimeError("not every row was copied")
    return took


def _rows() -> int:
    from ringfence.telephony.models import Number

    return int(Number.objects.count())


def _empty() -> None:
    from django.db import connection

    from ringfence.config.migrating import as_owner

    with as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE telephony_number, telephony_numbercount CASCADE")
