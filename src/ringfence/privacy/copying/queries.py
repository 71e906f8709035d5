"""What may be read of copies: how far each is, until when it can be fetched, and the file itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.copying import archive, contents
from ringfence.privacy.copying.making import Progress
from ringfence.privacy.copying.models import DataCopy, DataCopyPart


@dataclass(frozen=True, slots=True)
class CopyView:
    """A copy as its owner sees it."""

    id: UUID
    public_id: str
    begun_at: datetime
    ready_at: datetime | None
    expires_at: datetime | None
    fetched_at: datetime | None
    done: int
    total: int
    size: int

    @property
    def is_ready(self) -> bool:
        """Whether it can be fetched."""
        return self.ready_at is not None


def copy_for(subject: UUID, at: datetime) -> CopyView | None:
    """Return the copy of a person that is in the making or can be fetched; there is one at most."""
    for row in DataCopy.objects.filter(subject=subject).order_by("-begun_at"):
        if row.expires_at is None or row.expires_at > at:
            return _view(row)
    return None


def copy_named(subject: UUID, name: str, at: datetime) -> CopyView | None:
    """Return a person's copy by its public id, as long as it can be fetched; somebody else's there is not."""
    try:
        key = parse(name, "cpy")
    except NotAPublicId:
        return None
    row = DataCopy.objects.filter(pk=key, subject=subject, expires_at__gt=at).exclude(ready_at=None).first()
    return _view(row) if row else None


def _view(row: DataCopy) -> CopyView:
    return CopyView(
        id=row.pk,
        public_id=row.public_id,
        begun_at=row.begun_at,
        ready_at=row.ready_at,
        expires_at=row.expires_at,
        fetched_at=row.fetched_at,
        done=row.done,
        total=max(row.total, row.done),
        size=row.size,
    )


def stream(copy: UUID) -> Iterator[bytes]:
    """Yield the file of a copy that is ready, piece by piece. Raises DataCopy.DoesNotExist."""
    found = DataCopy.objects.exclude(ready_at=None).get(pk=copy)
    files = Progress.of(found.progress.open()).files
    first = (contents.INDEX, contents.MANIFEST)
    names = [*(name for name in first if name in files), *(name for name in files if name not in first)]
    entries = ((files[name].entry(name), _pieces(found.pk, name)) for name in names)
    return archive.stream(entries, found.ready_at or found.begun_at)


def _pieces(copy: UUID, name: str) -> Iterator[bytes]:
    for part in DataCopyPart.objects.filter(copy=copy, file=name).order_by("number").iterator(chunk_size=8):
        yield part.content.open()
