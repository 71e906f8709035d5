"""From the spool of a node into the log: called again and again, it costs next to nothing when nothing waits."""

import gc
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice

from ringfence.kernel.actor import Actor
from ringfence.telephony.actions import calls
from ringfence.telephony.models import SpoolOffset
from ringfence.telephony.ports import CallRecordSpool, SpooledLine, spool

LINES_AT_ONCE = 8000
SETTLED = timedelta(seconds=2)
"""After the start of a node until calls from before it are closed: their last lines are taken in by then."""

_closed: dict[str, datetime] = {}
"""The start of each node whose calls from before it were closed by this process."""


def take_in_calls(*, by: Actor, at: datetime) -> int:
    """Take in every complete line of this node's spool; return how many calls were stored.

    Killed at any point, the next run goes on where the last committed batch ended.
    """
    here = spool()
    with _uninterrupted():
        stored = sum(calls.take_in(lines=lines, node=here.node, by=by, at=at) for lines in _batches(here))
    offsets = offsets_of(here)
    gone = here.clear(offsets) if offsets else frozenset()
    if gone:
        calls.forget_files(files=gone, by=by, at=at)
    _close_interrupted(here, by, at)
    return stored


def _batches(here: CallRecordSpool) -> Iterator[list[SpooledLine]]:
    """Yield what waits; after a full batch the next one is read while the database stores this one."""
    offsets = offsets_of(here)
    lines = _read(here, offsets)
    with ThreadPoolExecutor(1) as reader:
        while lines:
            coming: Future[list[SpooledLine]] | None = None
            if len(lines) == LINES_AT_ONCE:
                offsets = offsets | {line.file: line.end for line in lines}
                coming = reader.submit(_read, here, offsets)
            yield lines
            lines = coming.result() if coming else []


def _read(here: CallRecordSpool, offsets: dict[str, int]) -> list[SpooledLine]:
    return list(islice(here.read(offsets), LINES_AT_ONCE))


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Look for no garbage meanwhile: of many records none refers to another, and it is a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def offsets_of(here: CallRecordSpool) -> dict[str, int]:
    """Return how far the files of a node were taken in; those of a version that knew one node only are anybody's."""
    known = SpoolOffset.objects.filter(node__in=["", here.node])
    return dict(known.values_list("file", "offset"))


def _close_interrupted(here: CallRecordSpool, by: Actor, at: datetime) -> None:
    """Close the calls that a node had before it was started, once for each start: it knows nothing of them any more."""
    began = here.began_at()
    if began is None or at < began + SETTLED or _closed.get(here.node) == began:
        return
    calls.close_interrupted(node=here.node, answered_before=began, by=by, at=at)
    _closed[here.node] = began


def waiting_for(at: datetime) -> timedelta:
    """Return how long the oldest line of this machine's spool has been waiting to be taken in."""
    here = spool()
    oldest = here.oldest(offsets_of(here))
    return at - oldest if oldest else timedelta(0)
