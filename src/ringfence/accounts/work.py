"""Putting background work on the queue, in the running transaction."""

from procrastinate.contrib.django import app


def defer(task: str, **ids: str) -> None:
    """Queue a task by name. Arguments are ids, never personal data."""
    app.configure_task(task).defer(**ids)
