"""The queue of background work, cleared of one person."""

from uuid import UUID

from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.privacy.guarded import require_action


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


def remove_jobs_about(subject: UUID) -> int:
    """Remove the jobs, done ones too, whose arguments name a person; return how many. Needs an action.

    A job that runs at this moment is left: the search finds it, and the erasure tries again.
    """
    require_action("the queue")
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM procrastinate_jobs WHERE args::text LIKE %s AND status <> 'doing'", [f"%{subject}%"]
        )
        return int(cursor.rowcount)
