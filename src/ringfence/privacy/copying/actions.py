"""A copy from the asking to its end: begun, made step by step, ready for a week, gone (clause 7.2).

Each step stores what it made together with where it stopped, so that a process killed anywhere is followed by
another that goes on there. A copy that is ready meets the request it was asked for by.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.copying import archive, contents, sources
from ringfence.privacy.copying.making import Maker, Progress, plan
from ringfence.privacy.copying.models import DataCopy, DataCopyPart
from ringfence.privacy.copying.packing import Piece
from ringfence.privacy.keys import keyring
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests import fees
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import Said, people
from ringfence.privacy.rules import ENDED, Channel, RequestKind, RequestState
from ringfence.privacy.sealed import RawBytes

READY_FOR: Final = timedelta(days=7)
"""How long a copy can be fetched."""

TASK: Final = "privacy.make_copy"
READY_LETTER: Final = "copy-ready"
PATIENCE: Final = timedelta(minutes=2)
"""How long a copy may be in the making before a sweep puts it into the queue again."""


@action("privacy.ask_copy")
def ask(*, subject: UUID, channel: Channel, by: Actor, at: datetime) -> DataCopy | None:
    """Open the request of somebody who has just proved who they are, approve it and begin, all at once or not at all.

    Asking again while a copy is in the making returns that one. None when it costs a fee that is to be accepted first.
    """
    nothing_happened()
    made = requests.open_request(subject=subject, kind=RequestKind.COPY, channel=channel, by=by, at=at)
    if made.state != RequestState.APPROVED:
        fee = fees.announce(request=made.pk, by=by, at=at)
        if fee is not None and not fees.is_accepted(made.pk):
            return None
        requests.approve(request=made.pk, by=by, at=at)
    return begin(request=made.pk, by=by, at=at)


def carry(*, request: UUID, subject: UUID, by: Actor, at: datetime) -> str:
    """Begin the copy of a request that was approved in another way; it is followed in the account."""
    begin(request=request, by=by, at=at)
    return ""


@action("privacy.begin_copy")
def begin(*, request: UUID, by: Actor, at: datetime) -> DataCopy:
    """Begin the copy that an approved request asks for; an earlier one of the person goes, since this one has it all.

    Beginning again returns the one that was begun.
    """
    asked = SubjectRequest.objects.select_for_update().get(pk=request)
    if asked.subject is None or asked.kind != RequestKind.COPY or asked.state != RequestState.APPROVED:
        raise Refusal("copy_not_approved", gettext_noop("There is no copy to be made for this request."))
    found = DataCopy.objects.filter(request=asked).first()
    if found is not None:
        nothing_happened()
        put_into_queue(found.pk)
        return found
    for earlier in DataCopy.objects.filter(subject=asked.subject):
        earlier.delete()
    total = sum(source.count(asked.subject) for kind in sources.kinds() for source in kind.sources)
    made = DataCopy.objects.create(subject=asked.subject, request=asked, begun_at=at, total=total)
    about(asked.subject, copy=made.public_id)
    put_into_queue(made.pk)
    return made


@action("privacy.give_up_copy")
def give_up(*, request: UUID, by: Actor, at: datetime) -> None:
    """Let go of what was made of a copy, since its request was taken back or refused."""
    found = DataCopy.objects.select_for_update().filter(request=request, ready_at=None).first()
    if found is None:
        nothing_happened()
        return
    about(found.subject, copy=found.public_id)
    found.delete()


def put_into_queue(copy: UUID) -> bool:
    """Ask the worker to go on with a copy; tell whether it was not asked already."""
    try:
        with transaction.atomic():
            app.configure_task(TASK, queueing_lock=f"{TASK}:{copy}").defer(copy=str(copy))
    except AlreadyEnqueued:
        return False
    return True


@dataclass(slots=True)
class Hand:
    """What one process remembers between two steps of a copy; another begins with an empty hand."""

    maker: Maker | None = None

    def let_go(self) -> None:
        """Forget it."""
        if self.maker is not None:
            self.maker.close()
        self.maker = None


def proceed(*, copy: UUID, by: Actor, at: datetime) -> None:
    """Do all steps that are left; nothing when the copy is ready, or gone."""
    hand = Hand()
    try:
        while make_part(copy=copy, hand=hand, by=by, at=at):
            pass
        finish(copy=copy, by=by, at=at)
    finally:
        hand.let_go()
        keyring.forget()


@action("privacy.make_part_of_copy")
def make_part(*, copy: UUID, hand: Hand, by: Actor, at: datetime) -> bool:
    """Make the next part and store it with where it ends; return whether there is more. Itself leaves no line."""
    nothing_happened()
    found = DataCopy.objects.select_for_update().filter(pk=copy, ready_at=None).first()
    if found is None:
        return False
    maker = _maker(found, hand)
    if maker.progress.whole:
        return False
    before = sum(maker.progress.counts.values())
    _store(found, maker.go_on())
    found.done += sum(maker.progress.counts.values()) - before
    found.progress = maker.as_json()
    found.save()
    return not maker.progress.whole


def _maker(found: DataCopy, hand: Hand) -> Maker:
    """Return who goes on: the one in hand when the copy stands where it left it, else a new one."""
    stored = found.progress.open() if found.progress is not None else None
    if hand.maker is not None and hand.maker.as_json() == stored:
        return hand.maker
    hand.let_go()
    wanted = plan(sources.kinds())
    if stored is None or stored["plan"] != wanted:
        DataCopyPart.objects.filter(copy=found).delete()
        found.done = 0
        progress = Progress(wanted)
    else:
        progress = Progress.of(stored)
    hand.maker = Maker(found.subject, progress, lambda file: _said(found, file))
    return hand.maker


def _said(found: DataCopy, file: str) -> Iterator[bytes]:
    """Yield what the pieces of a file say."""
    for part in DataCopyPart.objects.filter(copy=found, file=file).order_by("number").iterator():
        yield archive.unpack(part.content.open())


def _store(found: DataCopy, pieces: list[Piece]) -> None:
    DataCopyPart.objects.bulk_create(
        DataCopyPart(
            copy=found,
            subject=found.subject,
            file=piece.file,
            number=piece.number,
            content=RawBytes(piece.content),
        )
        for piece in pieces
    )


@action("privacy.finish_copy")
def finish(*, copy: UUID, by: Actor, at: datetime) -> None:
    """Write the first page and the list of files, meet the request, and write to the person that it can be fetched."""
    found = _held(copy)
    if found is None:
        nothing_happened()
        return
    progress = Progress.of(found.progress.open())
    if not progress.whole:
        nothing_happened()
        return
    maker = Maker(found.subject, progress, lambda file: _said(found, file))
    for name, text in (
        (contents.INDEX, contents.index(found.subject, progress, at)),
        (contents.MANIFEST, ""),
    ):
        maker.packer.write(name, text or contents.manifest(found.subject, progress, at))
        maker.packer.end(name)
        _store(found, maker.packer.pieces())
    maker.close()
    found.progress = maker.as_json()
    found.size = archive.length(file.entry(name) for name, file in progress.files.items())
    found.ready_at, found.expires_at = at, at + READY_FOR
    found.save()
    about(found.subject, copy=found.public_id, files=len(progress.files), records=found.done)
    if found.request_id:
        requests.carry_out(request=found.request_id, by=by, at=at)
        requests.close(request=found.request_id, by=by, at=at)
    facts: dict[str, Said] = {"expires_at": found.expires_at.isoformat()}
    people().write(person=found.subject, kind=READY_LETTER, facts=facts, by=by, at=at)


def _held(copy: UUID) -> DataCopy | None:
    """Return a copy in the making, held by the running action after its request, as all hold them in that order."""
    rows = DataCopy.objects.filter(pk=copy, ready_at=None)
    for request in rows.exclude(request=None).values_list("request", flat=True):
        requests.locked(request)
    return rows.select_for_update().first()


@action("privacy.fetch_copy")
def note_fetched(*, copy: UUID, by: Actor, at: datetime) -> None:
    """Note that a copy is being fetched."""
    found = DataCopy.objects.select_for_update().get(pk=copy)
    found.fetched_at = at
    found.save()
    about(found.subject, copy=found.public_id)


@action("privacy.remove_copy")
def remove(*, copy: UUID, by: Actor, at: datetime) -> None:
    """Let go of a copy before its week is over, because its owner wants it. One in the making is left to be done."""
    found = DataCopy.objects.select_for_update().filter(pk=copy).exclude(ready_at=None).first()
    if found is None:
        nothing_happened()
        return
    about(found.subject, copy=found.public_id)
    found.delete()


@action("privacy.let_go_of_copies")
def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of the copies whose week is over; return how many."""
    over = DataCopy.objects.filter(expires_at__lte=at).exclude(ready_at=None)
    count = over.count()
    if dry_run or not count:
        nothing_happened()
        return count
    over.delete()
    about(count=count)
    return count


def approved() -> list[UUID]:
    """Return the requests for a copy that were approved and of which no copy was begun."""
    rows = SubjectRequest.objects.filter(kind=RequestKind.COPY, state=RequestState.APPROVED)
    lost = rows.exclude(subject=None).exclude(pk__in=DataCopy.objects.values("request"))
    return list(lost.order_by("received_at", "pk").values_list("pk", flat=True))


def left_behind() -> list[UUID]:
    """Return the requests that have ended and of whose copy something is still there that nobody will finish."""
    rows = DataCopy.objects.filter(ready_at=None, request__state__in=sorted(ENDED))
    return list(rows.order_by("begun_at", "pk").values_list("request__pk", flat=True))


def unfinished(at: datetime) -> list[UUID]:
    """Return the copies that have been in the making for a while."""
    rows = DataCopy.objects.filter(ready_at=None, begun_at__lte=at - PATIENCE).order_by("begun_at", "pk")
    return list(rows.values_list("pk", flat=True))
