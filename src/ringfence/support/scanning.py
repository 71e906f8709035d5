"""Having what came with a letter looked at for viruses, after the letter is safely stored."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.support import mime
from ringfence.support.abuse_models import AbusePicture
from ringfence.support.attachments import packed_in
from ringfence.support.models import Letter
from ringfence.support.ports import scanner
from ringfence.support.rules import Scan

LOST_AFTER: Final = timedelta(minutes=2)
"""How long a letter may wait for its job before the sweep has it looked at."""

_WORST_FIRST: Final = (Scan.INFECTED, Scan.UNREADABLE, Scan.CLEAN)


def look(letter: UUID) -> Scan | None:
    """Return what is found in a letter that waits; None for one that does not. Raises ScannerUnavailable."""
    row = Letter.objects.filter(pk=letter, scan=Scan.WAITING).first()
    content = row.content.open() if row is not None else None
    if row is None:
        return None
    asked = scanner()
    if asked is None or not content:
        return Scan.NONE
    found = {asked.scan(one.content) for one in packed_in(mime.opened(content))}
    return next((one for one in _WORST_FIRST if one in found), Scan.CLEAN)


@action("support.note_scan")
def note(*, letter: UUID, found: Scan, by: Actor, at: datetime) -> None:
    """Note what was found in a letter."""
    if not Letter.objects.filter(pk=letter, scan=Scan.WAITING).update(scan=found):
        nothing_happened()
        return
    AbusePicture.objects.filter(letter=letter).update(scan=found)
    about(found=found.value)


def waiting(at: datetime, limit: int) -> list[UUID]:
    """Return letters whose job was lost or found nobody, the oldest first."""
    found = Letter.objects.filter(scan=Scan.WAITING, received_at__lt=at - LOST_AFTER)
    return list(found.order_by("received_at", "pk").values_list("pk", flat=True)[:limit])
