"""What waits for a person, queue by queue: each page module of the console tells its own with `desk_queue`."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.http import HttpRequest
from django.utils.functional import Promise

from ringfence.interfaces.pages import modules_in

LISTED: Final = 20
"""Things of one queue that are looked at for the desk; the queue's own page has them all."""

BROKEN, DUE = "broken", "due"


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that waits: what it is, how it stands, where it is done, and by when.

    `used` is the share of its time that has passed, from 0 to 1, where it has a time limit.
    """

    what: str | Promise
    name: str
    url: str
    since: datetime | None = None
    due_at: datetime | None = None
    state: str | Promise = ""
    tone: str = ""
    used: float | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """A queue: how many things in it wait for a person, and the first of them."""

    name: str
    title: str | Promise
    url: str
    count: int
    things: tuple[Thing, ...] = ()


def queues(request: HttpRequest, at: datetime) -> Iterator[Queue]:
    """Yield the queues of the member of staff who asks."""
    for module in modules_in("ringfence.interfaces.console"):
        tell = getattr(module, "desk_queue", None)
        found: Queue | None = tell(request, at) if tell is not None else None
        if found is not None:
            yield found


def most_urgent_first(found: list[Queue]) -> list[tuple[Queue, Thing]]:
    """Return what waits in some queues: what is late, then by its time limit, then what waits longest."""

    def urgency(pair: tuple[Queue, Thing]) -> tuple[bool, bool, float, float]:
        thing = pair[1]
        due = thing.due_at.timestamp() if thing.due_at else 0.0
        since = thing.since.timestamp() if thing.since else 0.0
        return thing.tone != BROKEN, thing.due_at is None, due, since

    return sorted(((queue, thing) for queue in found for thing in queue.things), key=urgency)
