"""The queue of background work, cleared of one person."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.privacy.guarded import require_action

ERASING: Final = 0x45524153
"""The advisory lock that lets one process erase at a time."""


def put_into_queue(erasure: UUID) -> bool:
    """Ask the worker to go on with an erasure; tell whether it was not asked already."""
    try:
        with transaction.atomic():
            app.configure_task("privacy.erase", queueing_lock=f"privacy.erase:{erasure}").defer(
                erasure=str(erasure)
            )
    except AlreadyEnqueued:
        return False
    return True


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Wait until no other process erases, and keep others waiting meanwhile; a killed one keeps nobody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [ERASING])
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [ERASING])


def remove_jobs_about(people: Collection[UUID]) -> dict[UUID, int]:
    """Remove the jobs, done ones too, whose arguments name one of some people; return how many. Needs an action.

    A job that runs at this moment is left: the search finds it, and the erasure tries again.
    """
    require_action("the queue")
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM procrastinate_jobs USING unnest(%s::text[]) AS whose"
            " WHERE strpos(args::text, whose) > 0 AND status <> 'doing' RETURNING whose)"
            " SELECT whose, count(*) FROM gone GROUP BY whose",
            [[str(subject) for subject in people]],
        )
        return {UUID(whose): int(count) for whose, count in cursor.fetchall()}
