"""The queue of background work, cleared of one person."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.privacy.guarded import require_action

_JOBS_ABOUT: Final = """
WITH named AS (
    SELECT jobs.id, found[1] AS whose FROM procrastinate_jobs AS jobs,
        regexp_matches(jobs.args::text, '[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}', 'g') AS found
), gone AS (
    DELETE FROM procrastinate_jobs AS jobs USING named
    WHERE jobs.id = named.id AND named.whose = ANY(%s::text[]) AND jobs.status <> 'doing' RETURNING named.whose
)
SELECT whose, count(*) FROM gone GROUP BY whose
"""
"""Each job is read once, however many people it may be about."""

ERASING: Final = 0x45524153
"""The advisory lock that lets one process erase at a time."""


COME_BACK: Final = 10
"""Seconds after which a job that met another at work looks again."""


def put_into_queue(erasure: UUID, *, seconds: int = 0) -> bool:
    """Ask the worker to go on with an erasure, at once or later; tell whether it was not asked already."""
    try:
        with transaction.atomic():
            app.configure_task(
                "privacy.erase",
                queueing_lock=f"privacy.erase:{erasure}",
                schedule_in={"seconds": seconds} if seconds else None,
            ).defer(erasure=str(erasure))
    except AlreadyEnqueued:
        return False
    return True


@contextmanager
def one_at_a_time() -> Iterator[bool]:
    """Tell whether no other process erases, and if so keep others from it meanwhile; a killed one keeps nobody.

    Nobody waits here: whoever waited for a long deletion would be a hand of the worker less for everything else.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [ERASING])
        is_free = bool(cursor.fetchone()[0])
    try:
        yield is_free
    finally:
        if is_free:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [ERASING])


def remove_jobs_about(people: Collection[UUID]) -> dict[UUID, int]:
    """Remove the jobs, done ones too, whose arguments name one of some people; return how many. Needs an action.

    A job that runs at this moment is left: the search finds it, and the erasure tries again.
    """
    require_action("the queue")
    with connection.cursor() as cursor:
        cursor.execute(
            _JOBS_ABOUT,
            [[str(subject) for subject in people]],
        )
        return {UUID(whose): int(count) for whose, count in cursor.fetchall()}
