"""The one clock: interfaces ask it for the moment and tell the rooms `at`."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

_standing: list[datetime] = []


def now() -> datetime:
    """Return the present moment, aware, in UTC."""
    return _standing[-1] if _standing else datetime.now(UTC)


@contextmanager
def standing_at(moment: datetime) -> Iterator[datetime]:
    """Let the clock of this process stand at `moment` for the length of a `with` block; for tests.

    Raises ValueError when `moment` has no time zone.
    """
    if moment.tzinfo is None:
        message = "a moment needs a time zone"
        raise ValueError(message)
    _standing.append(moment.astimezone(UTC))
    try:
        yield _standing[-1]
    finally:
        _standing.pop()
