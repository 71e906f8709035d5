"""What the switch wrote down, taken into the database."""

from datetime import datetime
from itertools import islice

from ringfence.kernel.actor import Actor
from ringfence.telephony.actions import calls
from ringfence.telephony.models import SpoolOffset
from ringfence.telephony.ports import spool

LINES_AT_ONCE = 2000


def take_in_calls(*, by: Actor, at: datetime) -> int:
    """Take in every complete line of the spool; return how many calls were stored.

    Killed at any point, the next run goes on where the last committed batch ended.
    """
    stored = 0
    while True:
        offsets = dict(SpoolOffset.objects.values_list("file", "offset"))
        lines = list(islice(spool().read(offsets), LINES_AT_ONCE))
        if lines:
            stored += calls.take_in(lines=lines, by=by, at=at)
        if len(lines) < LINES_AT_ONCE:
            break
    offsets = dict(SpoolOffset.objects.values_list("file", "offset"))
    gone = spool().clear(offsets) if offsets else frozenset()
    if gone:
        calls.forget_files(files=gone, by=by, at=at)
    return stored
