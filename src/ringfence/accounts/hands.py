"""One pair of hands for a thing that is done outside any transaction: nobody else does it meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django.db import Error, connection


@contextmanager
def only_here(thing: UUID) -> Iterator[bool]:
    """Hold a thing for as long as the block lasts; tells whether it was free.

    The database holds it for this connection, so it is free again at once when the process dies.
    """
    key = int.from_bytes(thing.bytes[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        free = bool(cursor.fetchone()[0])
    try:
        yield free
    finally:
        if free:
            with suppress(Error), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
