"""Putting background work on the queue, in the running transaction."""

from typing import Final

from procrastinate.contrib.django import app

BEHIND: Final = -10
"""The priority of what can wait; that of all else is 0."""


def defer(task: str, **ids: str) -> None:
    """Queue a task by name. Arguments are ids, never personal data."""
    app.configure_task(task).defer(**ids)


def defer_behind(task: str, **ids: str) -> None:
    """Queue a task that any other goes before."""
    app.configure_task(task, priority=BEHIND).defer(**ids)
