"""Putting background work on the queue, in the running transaction."""

from contextlib import suppress
from typing import Final

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

BEHIND: Final = -10
"""The priority of what can wait; that of all else is 0."""
LATER: Final = -5
"""That of sweeps that may have much to do: behind what somebody waits for, before the rest."""


def defer(task: str, **ids: str) -> None:
    """Queue a task by name. Arguments are ids, never personal data."""
    app.configure_task(task).defer(**ids)


def defer_once(task: str, priority: int, **ids: str | int) -> None:
    """Queue a task that waits once at most, by its name."""
    job = app.configure_task(task, priority=priority, queueing_lock=task)
    with suppress(AlreadyEnqueued), transaction.atomic():
        job.defer(**ids)


def defer_behind(task: str, **ids: str) -> None:
    """Queue a task that any other goes before."""
    app.configure_task(task, priority=BEHIND).defer(**ids)
