"""Erasing a person, step by step (privacy-core section 2, clause 2.9).

Each step is an action of its own, may be repeated, and says in `Erasure.step` which comes next, so that a process
killed anywhere goes on where it was. The order matters: the service ends while sealed values still open, then the
keys go, and only then are rows removed, so that a crash leaves rows without a key and never a key without a purpose.
"""

import hashlib
import secrets
import time
from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.privacy import register, rules
from ringfence.privacy.backups import tombstones
from ringfence.privacy.erasure import queues, receipts, search
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.erasure.search import Trace
from ringfence.privacy.erasure.values import known_values
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.rules import Channel, ErasureStep, RequestKind, RequestState

log = structlog.get_logger(__name__)

PAUSES: Final = (1.0, 2.0, 4.0)
"""Seconds before the search looks again: what the release asked of others, such as the switch, takes a moment."""


class ErasureIncomplete(RuntimeError):
    """The search still found the person somewhere; the erasure goes on when that is removed."""

    def __init__(self, places: Collection[str], traces: Collection[Trace]) -> None:
        super().__init__(f"still found in {', '.join(places)}")
        self.traces = tuple(traces)


@action("privacy.ask_erasure")
def ask(*, subject: UUID, channel: Channel, by: Actor, at: datetime) -> str:
    """Open the request of somebody who has just proved who they are, approve it and begin, all at once or not at all.

    Returns the word of `begin`. Asking again while it is under way gives a new word.
    """
    nothing_happened()
    under_way = Erasure.objects.filter(subject=subject).values_list("request_id", flat=True).first()
    if under_way is not None:
        return begin(subject=subject, request=under_way, by=by, at=at)
    made = requests.open_request(subject=subject, kind=RequestKind.DELETE, channel=channel, by=by, at=at)
    if made.state != RequestState.APPROVED:
        requests.approve(request=made.pk, by=by, at=at)
    return begin(subject=subject, request=made.pk, by=by, at=at)


@action("privacy.begin_erasure")
def begin(*, subject: UUID, request: UUID | None, by: Actor, at: datetime) -> str:
    """Set the tombstone: from now on nothing new may be done for the person, and the work begins.

    Returns the unguessable word of the address where the person can follow it; it is not stored. Beginning again
    gives a new word for the same erasure.
    """
    word = secrets.token_urlsafe(24)
    watch = {"watch_digest": watch_digest(word), "watch_until": at + timedelta(days=rules.WATCH_DAYS)}
    found, made = Erasure.objects.select_for_update().get_or_create(
        subject=subject, defaults={"request_id": request, "begun_at": at, **watch}
    )
    if made:
        tombstones.set_for(subject, at)
        about(subject, erasure=public_id("req", request) if request else "without a request")
    else:
        Erasure.objects.filter(pk=found.pk).update(**watch)
        nothing_happened()
    queues.put_into_queue(found.pk)
    return word


def watch_digest(word: str) -> bytes:
    """Return what is stored of the word in somebody's address."""
    return hashlib.sha256(word.encode()).digest()


def proceed(*, erasure: UUID, by: Actor, at: datetime) -> ErasureStep:
    """Do all steps that are left. Raises ErasureIncomplete when the search finds the person.

    The person's plain values are gathered first and held in memory, for the search; after a crash past the keys
    they are gone for good, and the search is for the id, and for every place that an earlier search had found.
    """
    found = Erasure.objects.get(pk=erasure)
    values: frozenset[str] | None = None
    if found.subject and found.step in {ErasureStep.RELEASE, ErasureStep.KEYS}:
        values = known_values(found.subject)
    step = ErasureStep(found.step)
    pauses = iter(PAUSES)
    while step is not ErasureStep.DONE:
        try:
            step = take_step(erasure=erasure, expected=step, values=values, by=by, at=at)
        except ErasureIncomplete as incomplete:
            log.warning("erasure.incomplete", reason=str(incomplete))
            remember(erasure=erasure, traces=incomplete.traces, by=by, at=at)
            pause = next(pauses, None)
            if pause is None:
                raise
            time.sleep(pause)
            remove_again(erasure=erasure, by=by, at=at)
        finally:
            keyring.forget()
    receipts.prove(erasure=erasure, by=by, at=at)
    return step


def take_step(
    *, erasure: UUID, expected: ErasureStep, values: Collection[str] | None, by: Actor, at: datetime
) -> ErasureStep:
    """Do one step and return the next; when somebody else did it meanwhile, do nothing.

    `values` is None when they are not known any more.
    """
    if expected is ErasureStep.RELEASE:
        return release(erasure=erasure, by=by, at=at)
    if expected is ErasureStep.KEYS:
        return destroy_keys(erasure=erasure, by=by, at=at)
    if expected is ErasureStep.ROWS:
        return remove_rows(erasure=erasure, by=by, at=at)
    if expected is ErasureStep.QUEUES:
        return empty_queues(erasure=erasure, by=by, at=at)
    if expected is ErasureStep.VERIFY:
        return verify(erasure=erasure, values=values, by=by, at=at)
    return receipts.give(erasure=erasure, by=by, at=at)


@action("privacy.erasure_release")
def release(*, erasure: UUID, by: Actor, at: datetime) -> ErasureStep:
    """End the service: every room gives up what runs for the person, while sealed values still open."""
    found, subject = _at_step(erasure, ErasureStep.RELEASE)
    if subject is None:
        return ErasureStep(found.step)
    for holder in register.holders():
        if holder.release is not None:
            holder.release(subject=subject, by=by, at=at)
    about(subject)
    return _next(found)


@action("privacy.erasure_keys")
def destroy_keys(*, erasure: UUID, by: Actor, at: datetime) -> ErasureStep:
    """Destroy the person's keys, and with them every copy in every backup; blind indexes go too."""
    found, subject = _at_step(erasure, ErasureStep.KEYS)
    if subject is None:
        return ErasureStep(found.step)
    about(subject)
    tombstones.secure(subject, found.begun_at)
    keys.destroy(subject=subject, classes=classes_to_destroy(subject), by=by, at=at)
    destroyed = DataKey.objects.filter(subject=subject).exclude(destroyed_at=None)
    found.counts = {**found.counts, "keys": sorted(destroyed.values_list("retention_class", flat=True))}
    found.keys_destroyed_at = at
    return _next(found)


def classes_to_destroy(subject: UUID) -> list[RetentionClass]:
    """Return the classes whose keys go: all but those of records that a law keeps and that exist."""
    kept = {
        name
        for holder in register.holders()
        if holder.stays and any(register.rows_of(model, subject).exists() for model in holder.models)
        for name in holder.retention_classes
        if name in rules.STAYS_AFTER_DELETION
    }
    return [name for name in RetentionClass if name not in kept]


@action("privacy.erasure_rows")
def remove_rows(*, erasure: UUID, by: Actor, at: datetime) -> ErasureStep:
    """Remove rows, files, sessions and tokens, room by room from the top of the house."""
    found, subject = _at_step(erasure, ErasureStep.ROWS)
    if subject is None:
        return ErasureStep(found.step)
    counts: dict[str, dict[str, int]] = {"rows": {}, "separated": {}}
    for holder in register.holders():
        if count := holder.erase(subject=subject, by=by, at=at):
            counts["separated" if holder.separates else "rows"][holder.name] = count
    found.counts = {**found.counts, **counts}
    about(count=sum(counts["rows"].values()), separated=sum(counts["separated"].values()))
    return _next(found)


@action("privacy.erasure_queues")
def empty_queues(*, erasure: UUID, by: Actor, at: datetime) -> ErasureStep:
    """Take work about the person out of the queue, the record of what was done included."""
    found, subject = _at_step(erasure, ErasureStep.QUEUES)
    if subject is None:
        return ErasureStep(found.step)
    count = queues.remove_jobs_about(subject)
    found.counts = {**found.counts, "jobs": count}
    about(count=count)
    return _next(found)


@action("privacy.erasure_verify")
def verify(*, erasure: UUID, values: Collection[str] | None, by: Actor, at: datetime) -> ErasureStep:
    """Look for the person everywhere. Raises ErasureIncomplete when anything is left, or still is."""
    found, subject = _at_step(erasure, ErasureStep.VERIFY)
    if subject is None:
        return ErasureStep(found.step)
    traces = [Trace(**one) for one in found.counts.get("found", [])]
    searched = search.search(subject, values or (), traces)
    if searched.places:
        raise ErasureIncomplete(searched.places, searched.traces)
    found.counts = {
        **{name: count for name, count in found.counts.items() if name != "found"},
        "verified": {
            "tables": searched.tables,
            "files": searched.files,
            "values": searched.values,
            "only_ids": values is None,
            "found": 0,
        },
    }
    found.verified_at = at
    about(tables=searched.tables, files=searched.files)
    return _next(found)


@action("privacy.erasure_incomplete")
def remember(*, erasure: UUID, traces: Collection[Trace], by: Actor, at: datetime) -> None:
    """Remember what a search found, as digests: until it is gone no later search passes, whoever makes it."""
    found = Erasure.objects.select_for_update().get(pk=erasure)
    new = [asdict(one) for one in traces]
    if found.counts.get("found") == new:
        nothing_happened()
        return
    found.counts = {**found.counts, "found": new}
    found.save()
    about(places=len(new))


@action("privacy.erasure_again")
def remove_again(*, erasure: UUID, by: Actor, at: datetime) -> None:
    """Let go once more of what has come up since: the service, rows, and work in the queue."""
    _found, subject = _at_step(erasure, ErasureStep.VERIFY)
    if subject is None:
        return
    for holder in register.holders():
        if holder.release is not None:
            holder.release(subject=subject, by=by, at=at)
    count = sum(holder.erase(subject=subject, by=by, at=at) for holder in register.holders())
    count += queues.remove_jobs_about(subject)
    about(count=count)
    if not count:
        nothing_happened()


def _at_step(erasure: UUID, step: ErasureStep) -> tuple[Erasure, UUID | None]:
    """Return the erasure, locked, and its person; no person when the step was done meanwhile."""
    found = Erasure.objects.select_for_update().get(pk=erasure)
    if found.step != step:
        nothing_happened()
        return found, None
    return found, found.subject


def _next(found: Erasure) -> ErasureStep:
    step = rules.step_after(found.step)
    found.step = step
    found.save()
    return step
