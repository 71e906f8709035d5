"""The worker's part in an import: look a file through, then take it in; both may be killed and begun again."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.telephony import stock_queries
from ringfence.telephony.actions import imports
from ringfence.telephony.actions.imports import Findings
from ringfence.telephony.block_batches import Batch, batches
from ringfence.telephony.number_blocks import RejectedLine, parse_blocks
from ringfence.telephony.rules import ImportState
from ringfence.telephony.stock_models import Import, ImportPart


class _File:
    """The lines of an import's file, read part by part, and how many bytes of it were read."""

    def __init__(self, upload: UUID) -> None:
        """Begin before the first part."""
        self.upload, self.read = upload, 0

    def lines(self) -> Iterator[str]:
        """Yield every line with its end. Raises UnicodeDecodeError where the file is not in UTF-8."""
        rest, position = b"", 0
        parts = ImportPart.objects.filter(upload=self.upload).values_list("content", flat=True)
        while part := parts.filter(position=position).first():
            position += 1
            *whole, rest = (rest + bytes(part)).split(b"\n")
            for line in whole:
                self.read += len(line) + 1
                yield line.decode() + "\n"
        self.read += len(rest)
        yield rest.decode()


def go_on(upload: UUID, *, by: Actor, at: datetime) -> None:
    """Do what an import waits for; nothing when it waits for nobody."""
    state = Import.objects.values_list("state", flat=True).filter(pk=upload).first()
    if state == ImportState.CHECKING:
        try:
            _look(upload, by=by, at=at)
        except UnicodeDecodeError:
            imports.fail(upload=upload, by=by, at=at)
    elif state == ImportState.TAKING_IN:
        _take_in(upload, by=by, at=at)


def _look(upload: UUID, *, by: Actor, at: datetime) -> None:
    """Read a file to its end and keep what it holds; numbers are counted and compared with the stock."""
    file = _File(upload)
    groups: Counter[tuple[str, str, str]] = Counter()
    rejections: list[RejectedLine] = []
    lines = rejected = known = 0
    for batch in batches(parse_blocks(file.lines())):
        lines, rejected = batch.line, rejected + len(batch.rejected)
        rejections += batch.rejected[: imports.MOST_TOLD - len(rejections)]
        known += stock_queries.known(batch.blocks)
        groups.update(_groups(batch))
        if not imports.note_look(upload=upload, looked_through=file.read, by=by, at=at):
            return
    findings = Findings(
        lines=lines,
        found=groups.total(),
        known=known,
        groups=[(*group, count) for group, count in groups.most_common(imports.MOST_GROUPS)],
        rejected=rejected,
        rejections=rejections,
    )
    imports.note_findings(upload=upload, findings=findings, by=by, at=at)


def _groups(batch: Batch) -> Counter[tuple[str, str, str]]:
    found: Counter[tuple[str, str, str]] = Counter()
    for block in batch.blocks:
        for part, area in block.numbers.places():
            found[block.numbers.country, str(block.type), area or ""] += len(part)
    return found


def _take_in(upload: UUID, *, by: Actor, at: datetime) -> None:
    """Take in what is left of a file. The whole is read again, since a line may speak of one before it."""
    after = Import.objects.values_list("handled", flat=True).get(pk=upload)
    for batch in batches(parse_blocks(_File(upload).lines()), after=after):
        if not imports.take_in(
            upload=upload, after=after, blocks=batch.blocks, count=batch.count, by=by, at=at
        ):
            return
        after += batch.count
    imports.finish(upload=upload, by=by, at=at)
