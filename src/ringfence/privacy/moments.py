"""The database's clock, for background work that nobody told the time.

Interfaces tell the rooms `at`. A task that was put off, and a check that must not believe a machine whose clock
was set back, ask the database instead.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.db import connection


def database_moment() -> datetime:
    """Return the present moment of the data database, aware, in UTC; inside a transaction it advances too."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment.astimezone(UTC)


def from_then_on(at: datetime) -> Callable[[], datetime]:
    """Return what tells the moment that it has become, for work told at `at` that takes its time."""
    began = time.monotonic()
    return lambda: at + timedelta(seconds=time.monotonic() - began)
