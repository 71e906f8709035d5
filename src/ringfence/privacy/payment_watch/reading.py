"""Reading through everything stored, a bounded part at a time, new pages first (clause 2.4).

A round goes through a table from its first page to its last, in so many runs that it ends within a day. What is found
is remembered by column, never the value; a finding goes when a whole round has not seen it again.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import structlog
from django.db import ProgrammingError, transaction

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from ringfence.privacy.payment_data import find
from ringfence.privacy.payment_watch import files, tables
from ringfence.privacy.payment_watch.models import ReadThrough
from ringfence.privacy.payment_watch.tables import Table

log = structlog.get_logger(__name__)

RUNS_OF_A_ROUND: Final = 200
"""Runs in which a round through a large table ends; at one every five minutes there are 288 in a day."""

LEAST_PAGES: Final = 64
AT_ONCE: Final = 8 * 1024 * 1024
"""Bytes that are held in memory at once."""

MOST_FILES: Final = 64 * 1024 * 1024
"""Bytes of files read in one run."""

AFTER_A_FINDING: Final = 20
"""How many times as much is read of a table in which something was found, so that it is soon known to be gone."""

FILES: Final = "files"


def read_on(*, by: Actor, at: datetime) -> int:
    """Read the next part of everything; return how many values were read."""
    read = 0
    there = tables.tables()
    for table in there:
        try:
            read += read_table(table=table, by=by, at=at)
        except ProgrammingError:
            if table in tables.tables():
                raise
        finally:
            keyring.forget()
    forget_gone(names=[(one.database, one.name) for one in there], by=by, at=at)
    return read + read_files(by=by, at=at)


@action("privacy.read_table")
def read_table(*, table: Table, by: Actor, at: datetime) -> int:
    """Read the newest pages of a table, then the next ones of its round."""
    row = _row(table.database, table.name, at)
    pages, size = tables.extent(table)
    at_once = max(1, AT_ONCE * max(pages, 1) // max(size, 1))
    budget = max(min(LEAST_PAGES, at_once), -(-pages // RUNS_OF_A_ROUND))
    if row.found or row.found_before:
        budget *= AFTER_A_FINDING
    place = int(row.place or 0)
    end = min(pages, place + budget)
    newest = max(row.end - 1, end, pages - budget)
    before = row.values
    with transaction.atomic(using=table.database):
        for first, last in (*_parts(newest, pages, at_once), *_parts(place, end, at_once)):
            _look(row, tables.values(table, first, last))
    row.place, row.end = str(end), pages
    read = row.values - before
    _keep(row, at, ended=end >= pages)
    return read


def _parts(first: int, end: int, size: int) -> Iterator[tuple[int, int]]:
    for start in range(first, end, size):
        yield start, min(end, start + size)


@action("privacy.read_files")
def read_files(*, by: Actor, at: datetime) -> int:
    """Read the ends of the files that have changed since the last round, then go on with the round."""
    row = _row(FILES, "var", at)
    before, budget = row.values, MOST_FILES
    since = (row.whole_at or row.round_began_at).timestamp()
    for name in files.changed_since(since):
        if budget <= MOST_FILES // 2:
            break
        budget -= _piece(row, files.last_piece(name))
    place, listed = row.place, files.names()
    for name, start in files.from_name(place, listed):
        offset = start
        while budget > 0:
            piece = files.piece(name, offset)
            budget -= _piece(row, piece)
            offset = piece.next_offset
            if not offset:
                break
        if budget <= 0:
            row.place = files.at_place(name, offset)
            _keep(row, at, ended=False)
            return row.values - before
    read = row.values - before
    _keep(row, at, ended=True)
    return read


def _piece(row: ReadThrough, piece: files.Piece) -> int:
    _look(row, [(piece.name, piece.text)] if piece.size else [])
    return max(piece.size, 1)


@action("privacy.forget_read_through")
def forget_gone(*, names: list[tuple[str, str]], by: Actor, at: datetime) -> None:
    """Forget how far tables were read that are gone."""
    nothing_happened()
    there = {*names, (FILES, "var")}
    known = ReadThrough.objects.values_list("pk", "database", "name")
    gone = [pk for pk, database, name in known if (database, name) not in there]
    if gone:
        ReadThrough.objects.filter(pk__in=gone).delete()


def _row(database: str, name: str, at: datetime) -> ReadThrough:
    row, _made = ReadThrough.objects.select_for_update().get_or_create(
        database=database, name=name, defaults={"round_began_at": at}
    )
    return row


def _look(row: ReadThrough, values: Iterable[tuple[str, str]]) -> None:
    found: Counter[str] = Counter(row.found)
    for column, text in values:
        row.values += 1
        if numbers := len(find(text, phones=True)):
            found[column] += numbers
    row.found = dict(found)


def _keep(row: ReadThrough, at: datetime, *, ended: bool) -> None:
    """Store how far it was read. A finding that is new is a line in the ledger and in the log."""
    new = sorted(set(row.found) - set(row.found_before))
    if ended:
        row.whole_at, row.round_began_at, row.place = row.round_began_at, at, ""
        row.found_before, row.found = row.found, {}
        row.values_before, row.values = row.values, 0
    row.save()
    if not new:
        nothing_happened()
        return
    about(database=row.database, columns=len(new))
    for column in new:
        log.error("payment_data.found", table=row.name, column=column)
