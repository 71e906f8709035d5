"""The check of clause 2.4: no payment data in anything that is stored, and everything stored was read in a day."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.payment_watch import schema, tables
from ringfence.privacy.payment_watch.models import ReadThrough
from ringfence.privacy.payment_watch.reading import FILES
from ringfence.privacy.payment_watch.removing import Channel, removed_in_all
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding

READ_WITHIN: Final = timedelta(days=1)
"""A round through everything takes no longer."""

READ_AT_LAST: Final = timedelta(days=2)
"""From here on nothing is proven any more."""

SENTENCE: Final = gettext_noop(
    "Everything stored is read through for card, account and national identity numbers, sealed values opened, and none"
    " is found."
)
TEXT: Final = gettext_noop(
    "Values read in the last round: %(values)s, in %(tables)s tables and the files. Card, account or"
    " identity numbers found: %(found)s. Columns made for them: %(columns)s. Tables not read yet: %(unread)s. Longest"
    " since anything was last read: %(oldest_seconds)s. Removed on the way in: %(removed)s."
)


def no_payment_data_is_stored(at: datetime) -> Finding:
    """Clause 2.4: what the rounds found, how far they have come, and what the schema could hold."""
    rows = {(row.database, row.name): row for row in ReadThrough.objects.all()}
    there = {(table.database, table.name) for table in tables.tables()} | {(FILES, "var")}
    read = [row for place, row in rows.items() if place in there]
    removed = removed_in_all()
    oldest = max((at - (row.whole_at or row.round_began_at) for row in read), default=timedelta(0))
    figures = {
        "values": sum(max(row.values, row.values_before) for row in read),
        "tables": len({place for place in rows.keys() & there if place[0] != FILES}),
        "found": sum(_found(row) for row in read),
        "columns": len(schema.wrong_columns()),
        "unread": len(there - rows.keys()),
        "oldest_seconds": max(0.0, oldest.total_seconds()),
        "removed": removed.total(),
        **{f"removed_{channel}": removed[channel] for channel in Channel},
    }
    if figures["found"] or figures["columns"] or oldest > READ_AT_LAST:
        return Finding(BROKEN, TEXT, figures)
    return Finding(DUE_SOON if figures["unread"] or oldest > READ_WITHIN else KEPT, TEXT, figures)


def _found(row: ReadThrough) -> int:
    return sum({**row.found_before, **row.found}.values())


def places() -> Mapping[str, int]:
    """Return where payment data was found, as `table.column`, and how much; for staff, never a value."""
    found: dict[str, int] = {}
    for row in ReadThrough.objects.exclude(found={}, found_before={}).order_by("database", "name"):
        for column, count in {**row.found_before, **row.found}.items():
            found[f"{row.name}.{column}" if row.database != FILES else column] = count
    return dict(found) | dict.fromkeys(schema.wrong_columns(), 0)
