"""Sending a notice: in batches, once to each whatever is repeated or killed, held and stopped between two of them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from ringfence.accounts.actions.letters import queue_letter
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.support.notice_models import Notice, NoticeRecord
from ringfence.support.notice_rules import AT_WORK, Delivery, NoticeState
from ringfence.support.notices import audience
from ringfence.support.notices.letters import facts_of, kind_of_letter

BATCH: Final = 200


def due(at: datetime) -> list[UUID]:
    """Return the notices whose time has come, the longest waiting first."""
    found = Notice.objects.filter(state__in=[*AT_WORK], send_at__lte=at).order_by("send_at", "pk")
    return list(found.values_list("pk", flat=True))


def send_batch(notice: UUID, *, by: Actor, at: datetime) -> bool:
    """Send a notice to the next of those it was not sent to yet, at a moment of their own; tell whether to go on.

    What is broken off goes on another time.
    """
    if not begin(notice=notice, by=by, at=at):
        return False
    people = _next(notice, at)
    if not people:
        finish(notice=notice, by=by, at=at)
        return False
    went = send_to(notice=notice, people=people, by=by, at=at)
    keyring.forget()
    return went is not None


def _next(notice: UUID, at: datetime) -> list[UUID]:
    """Return some whom it was not sent to: those after the last it was sent to, and at the end whoever is left."""
    waiting = (
        audience.waiting_for(Notice.objects.get(pk=notice), at).order_by("pk").values_list("pk", flat=True)
    )
    told = NoticeRecord.objects.filter(notice=notice).order_by("-subject").values_list("subject", flat=True)
    last = told.first()
    after = list(waiting.filter(pk__gt=last)[:BATCH]) if last is not None else []
    return after or list(waiting[:BATCH])


@action("notice.begin")
def begin(*, notice: UUID, by: Actor, at: datetime) -> bool:
    """Begin to send, or go on; tell whether there is anything to do."""
    due_now = Q(state__in=[*AT_WORK], send_at__lte=at)
    row = Notice.objects.select_for_update().filter(due_now, pk=notice).first()
    if row is None or row.state == NoticeState.SENDING:
        nothing_happened()
        return row is not None
    row.state, row.state_since = NoticeState.SENDING, at
    if row.began_at is None:
        row.began_at, row.meant = at, audience.meant(row.kind, row.audience, at).count()
    row.save(update_fields=["state", "state_since", "began_at", "meant"])
    about(notice=row.public_id, meant=row.meant)
    return True


@action("notice.send")
def send_to(*, notice: UUID, people: Sequence[UUID], by: Actor, at: datetime) -> int | None:
    """Send a notice to some people, once each; return to how many, or None when it is held or stopped.

    The letter and the record that it was written are one transaction. Whose address takes no letters finds the notice
    in the account.
    """
    row = Notice.objects.select_for_update().get(pk=notice)
    if row.state != NoticeState.SENDING:
        nothing_happened()
        return None
    keyring.prefetch(people, RetentionClass.ACCOUNT)
    found = audience.waiting_for(row, at).filter(pk__in=people).order_by("pk")
    records = []
    for person, language, unreachable_at in found.values_list("pk", "language", "unreachable_at"):
        record = NoticeRecord(id=new_id(), subject=person, notice=row, told_at=at)
        if unreachable_at is not None:
            record.delivery, record.settled_at = Delivery.NO_ADDRESS, at
        else:
            facts = facts_of(row, language, record.pk)
            record.letter = queue_letter(
                kind=kind_of_letter(row), person=person, facts=facts, can_wait=True, by=by, at=at
            )
        records.append(record)
    if not records:
        nothing_happened()
        return 0
    NoticeRecord.objects.bulk_create(records)
    row.sent, row.moved_at = row.sent + len(records), at
    row.save(update_fields=["sent", "moved_at"])
    about(*(record.subject for record in records), notice=row.public_id)
    return len(records)


@action("notice.finish")
def finish(*, notice: UUID, by: Actor, at: datetime) -> None:
    """Say that a notice was sent to everybody it was for. Nothing while somebody is left, or when it was held."""
    row = Notice.objects.select_for_update().get(pk=notice)
    if row.state != NoticeState.SENDING or audience.waiting_for(row, at).exists():
        nothing_happened()
        return
    row.state, row.state_since = NoticeState.SENT, at
    row.save(update_fields=["state", "state_since"])
    about(notice=row.public_id, sent=row.sent)
