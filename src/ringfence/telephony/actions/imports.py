"""A file of numbers that staff sent in: looked through, confirmed, taken in piece by piece, or called off."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.payment_watch.removing import Channel, without
from ringfence.telephony.actions import stock
from ringfence.telephony.number_blocks import Block, RejectedLine
from ringfence.telephony.rules import IMPORT_MOVES, ImportState
from ringfence.telephony.stock_models import Import, ImportPart, ImportRejection

LARGEST_FILE: Final = 64 * 1024 * 1024
"""The most bytes of one file; three million lines of one number each."""
LONGEST_LINE: Final = 64 * 1024
MOST_TOLD: Final = 1000
"""How many rejected lines are kept to be shown; the others are counted."""
MOST_GROUPS: Final = 500
"""How many groups of country, type and area are kept to be shown."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file holds. `groups` are country, type, area and how many, the largest first."""

    lines: int
    found: int
    known: int
    groups: list[tuple[str, str, str, int]]
    rejected: int
    rejections: list[RejectedLine]


def _locked(upload: UUID) -> Import:
    return Import.objects.select_for_update().get(pk=upload)


def _move(row: Import, state: ImportState, at: datetime) -> None:
    if state not in IMPORT_MOVES[ImportState(row.state)]:
        raise Refusal(
            "import.cannot",
            gettext_noop("This import has moved on. Reload the page to see how it stands."),
        )
    row.state, row.state_since = state, at


@action("stock.send_file")
def send_file(*, parts: Iterable[bytes], by: Actor, at: datetime) -> str:
    """Keep a file of numbers and have it looked through; return its public id.

    Raises Refusal `import.empty` or `import.too_large`.
    """
    from ringfence.telephony import tasks

    row = Import(made_at=at, state_since=at, size=0)
    row.save(force_insert=True)
    for position, content in enumerate(_without_payment_data(parts, by, at)):
        row.size += len(content)
        if row.size > LARGEST_FILE:
            raise Refusal(
                "import.too_large",
                gettext_noop(
                    "The file is larger than %(most)s MB. Divide it, and send the parts one by one."
                ),
                most=LARGEST_FILE // 1024**2,
            )
        ImportPart.objects.create(upload=row, position=position, content=content)
    if not row.size:
        raise Refusal("import.empty", gettext_noop("The file is empty. Choose the file with your numbers."))
    row.save(update_fields=["size"])
    tasks.go_on_with_import(row.pk)
    about(upload=row.public_id, size=row.size)
    return row.public_id


def _without_payment_data(parts: Iterable[bytes], by: Actor, at: datetime) -> Iterator[bytes]:
    """Yield a file in parts that end with a line, without payment data (clause 2.4)."""
    rest = b""
    for part in parts:
        whole, end, rest = (rest + part).rpartition(b"\n")
        if len(rest) > LONGEST_LINE:
            whole, end, rest = whole + end + rest, b"", b""
        if whole or end:
            yield _cleaned(whole + end, by, at)
    if rest:
        yield _cleaned(rest, by, at)


def _cleaned(part: bytes, by: Actor, at: datetime) -> bytes:
    text = part.decode("utf-8", "surrogateescape")
    return without(text, channel=Channel.IMPORT, by=by, at=at).encode("utf-8", "surrogateescape")


@action("stock.note_look")
def note_look(*, upload: UUID, looked_through: int, by: Actor, at: datetime) -> bool:
    """Note how far a file was looked through; return whether it is still wanted."""
    nothing_happened()
    return bool(
        Import.objects.filter(pk=upload, state=ImportState.CHECKING).update(looked_through=looked_through)
    )


@action("stock.note_findings")
def note_findings(*, upload: UUID, findings: Findings, by: Actor, at: datetime) -> None:
    """Keep what a file holds; from here on it waits for a confirmation. Nothing when it was called off meanwhile."""
    nothing_happened()
    row = _locked(upload)
    if row.state != ImportState.CHECKING:
        return
    _move(row, ImportState.CHECKED, at)
    row.lines, row.found, row.known = findings.lines, findings.found, findings.known
    row.rejected, row.groups, row.looked_through = findings.rejected, findings.groups, row.size
    row.save()
    ImportRejection.objects.bulk_create(
        ImportRejection(
            upload=row,
            line=one.line,
            code=one.refusal.code,
            values={name: str(value).replace("\0", "") for name, value in one.refusal.values.items()},
        )
        for one in findings.rejections
    )


@action("stock.confirm_import")
def confirm(*, upload: UUID, by: Actor, at: datetime) -> None:
    """Let the numbers of a file that was looked through come into stock."""
    from ringfence.telephony import tasks

    row = _locked(upload)
    _move(row, ImportState.TAKING_IN, at)
    row.save(update_fields=["state", "state_since"])
    tasks.go_on_with_import(row.pk)
    about(upload=row.public_id, found=row.found)


@action("stock.take_in")
def take_in(
    *, upload: UUID, after: int, blocks: Sequence[Block], count: int, by: Actor, at: datetime
) -> bool:
    """Take in the numbers of a file behind the first `after`, with how far that is; return whether to go on.

    Nothing is written when somebody else has taken them in already, or the import was called off.
    """
    row = _locked(upload)
    if row.state != ImportState.TAKING_IN or row.handled != after:
        nothing_happened()
        return False
    row.new += stock.insert(blocks, at) if blocks else 0
    row.handled += count
    row.save(update_fields=["new", "handled"])
    return True


@action("stock.finish_import")
def finish(*, upload: UUID, by: Actor, at: datetime) -> None:
    """Say that all of a file is in stock, and let go of the file."""
    row = _locked(upload)
    if row.state != ImportState.TAKING_IN or row.handled < row.found:
        nothing_happened()
        return
    _end(row, ImportState.DONE, at)


@action("stock.cancel_import")
def cancel(*, upload: UUID, by: Actor, at: datetime) -> None:
    """Call an import off and let go of its file; numbers that are in stock already stay there."""
    _end(_locked(upload), ImportState.CANCELLED, at)


@action("stock.fail_import")
def fail(*, upload: UUID, by: Actor, at: datetime) -> None:
    """Say that a file is no text in UTF-8, and let go of it."""
    row = _locked(upload)
    if row.state != ImportState.CHECKING:
        nothing_happened()
        return
    _end(row, ImportState.FAILED, at)


def _end(row: Import, state: ImportState, at: datetime) -> None:
    _move(row, state, at)
    row.save(update_fields=["state", "state_since"])
    ImportPart.objects.filter(upload=row).delete()
    about(upload=row.public_id, new=row.new, known=row.handled - row.new, rejected=row.rejected)
