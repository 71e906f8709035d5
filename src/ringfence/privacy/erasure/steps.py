"""The steps of an erasure, each an action of its own, done for one person or for many at once (clause 2.9).

Each may be repeated. It takes those that are at its step, locked, and says in `Erasure.step` which comes next, so that
a process killed anywhere goes on where it was. The order matters: what a law keeps is set aside first, the service ends
while sealed values still open, then the keys go, and only then are rows removed, so that a crash leaves rows
without a key and never a key without a purpose.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import connection
from psycopg import sql
from psycopg.types.json import Jsonb

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import register, registered_rows, rules
from ringfence.privacy.backups import tombstones
from ringfence.privacy.erasure import queues, search
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.erasure.search import Trace, Wanted
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.rules import ErasureStep

Found = list[tuple[Erasure, UUID]]


@action("privacy.erasure_holds")
def see_holds(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """Have what a law keeps, such as what a legal hold covers, set aside before anything ends."""
    found = _at_step(erasures, ErasureStep.HOLDS)
    _release(_people(found), what_stays=True, by=by, at=at)
    _next(found)


@action("privacy.erasure_release")
def release(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """End the service: every room gives up what runs for the person, while sealed values still open."""
    found = _at_step(erasures, ErasureStep.RELEASE)
    _release(_people(found), what_stays=False, by=by, at=at)
    _next(found)


def _release(people: Collection[UUID], *, what_stays: bool, by: Actor, at: datetime) -> None:
    for holder in register.holders() if people else ():
        if holder.release is not None and bool(holder.stays) is what_stays:
            concerned = holder.concerned(people) if holder.concerned is not None else people
            for subject in concerned:
                holder.release(subject=subject, by=by, at=at)
            for model in holder.go_first:
                registered_rows.delete(model, people)


@action("privacy.erasure_keys")
def destroy_keys(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """Destroy the people's keys, and with them every copy in every backup; blind indexes go too.

    Noted are the classes of which there is no key any more, not those of which there was one: that would tell of an
    entry that a law keeps quiet.
    """
    found = _at_step(erasures, ErasureStep.KEYS)
    people = _people(found)
    tombstones.secure(people, by=by, at=at)
    by_classes: dict[tuple[RetentionClass, ...], list[UUID]] = defaultdict(list)
    every = _classes_of(people)
    for subject, goes in every.items():
        by_classes[tuple(goes)].append(subject)
    for classes, some in by_classes.items():
        keys.destroy_of(people=some, classes=classes, by=by, at=at)
    for one, subject in found:
        one.counts = {**one.counts, "keys": sorted(every[subject])}
    _next(found, keys_destroyed_at=at)


def classes_to_destroy(subject: UUID) -> list[RetentionClass]:
    """Return the classes whose keys go: all but those of records that a law keeps and that exist."""
    return _classes_of([subject])[subject]


def _classes_of(people: Collection[UUID]) -> dict[UUID, list[RetentionClass]]:
    kept: dict[UUID, set[str]] = defaultdict(set)
    for holder in register.holders():
        classes = holder.retention_classes & rules.STAYS_AFTER_DELETION if holder.stays else frozenset()
        for subject in registered_rows.who_has_any(holder, people) if classes else ():
            kept[subject] |= classes
    return {subject: [name for name in RetentionClass if name not in kept[subject]] for subject in people}


@action("privacy.erasure_rows")
def remove_rows(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """Remove rows, files, sessions and tokens, room by room from the top of the house."""
    found = _at_step(erasures, ErasureStep.ROWS)
    total = {"rows": 0, "separated": 0}
    for one, _subject in found:
        one.counts = {**one.counts, "rows": {}, "separated": {}}
    people = _people(found)
    for holder in register.holders() if people else ():
        kind = "separated" if holder.separates else "rows"
        counts = registered_rows.erase_all(holder, people, by=by, at=at)
        total[kind] += sum(counts.values())
        for one, subject in found:
            if count := counts.get(subject):
                one.counts[kind][holder.name] = count
    _next(found)
    if len(found) == 1:
        about(count=total["rows"], separated=total["separated"])


@action("privacy.erasure_queues")
def empty_queues(*, erasures: Collection[UUID], by: Actor, at: datetime) -> None:
    """Take work about the person out of the queue, the record of what was done included."""
    found = _at_step(erasures, ErasureStep.QUEUES)
    counts = queues.remove_jobs_about(_people(found))
    for one, subject in found:
        one.counts = {**one.counts, "jobs": counts.get(subject, 0)}
    _next(found)
    about(count=sum(counts.values()))


@action("privacy.erasure_verify")
def verify(
    *, erasures: Collection[UUID], values: Mapping[UUID, Collection[str]], by: Actor, at: datetime
) -> dict[UUID, search.Searched]:
    """Look for the people everywhere, in one pass; return, by erasure, where somebody was found, who stays at the step.

    `values` has those of the people whose values are still known.
    """
    found = _at_step(erasures, ErasureStep.VERIFY)
    searched = search.search_for({subject: _wanted(one, values.get(one.pk)) for one, subject in found})
    left = {one.pk: searched[subject] for one, subject in found if searched[subject].places}
    done = [(one, subject) for one, subject in found if one.pk not in left]
    for one, subject in done:
        _note_verified(one, searched[subject], only_ids=one.pk not in values)
    _next(done, verified_at=at)
    if len(left) == len(found):
        nothing_happened()
    return left


def _note_verified(one: Erasure, seen: search.Searched, *, only_ids: bool) -> None:
    one.counts = {name: count for name, count in one.counts.items() if name != "found"}
    one.counts["verified"] = {
        "tables": seen.tables,
        "files": seen.files,
        "values": seen.values,
        "only_ids": only_ids,
        "found": 0,
    }
    about(tables=seen.tables, files=seen.files)


def _wanted(one: Erasure, values: Collection[str] | None) -> Wanted:
    traces = [Trace(**trace) for trace in one.counts.get("found", [])]
    return Wanted(values or (), traces)


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
    count = 0
    for _one, subject in _at_step([erasure], ErasureStep.VERIFY):
        _release([subject], what_stays=False, by=by, at=at)
        for holder in register.holders():
            count += sum(registered_rows.erase_all(holder, [subject], by=by, at=at).values())
        count += sum(queues.remove_jobs_about([subject]).values())
    about(count=count)
    if not count:
        nothing_happened()


def _at_step(erasures: Collection[UUID], step: ErasureStep) -> Found:
    """Return those of some erasures that are at a step, locked, with their people; the others were done meanwhile."""
    rows = Erasure.objects.select_for_update().only("pk", "subject", "step", "counts").order_by("pk")
    rows = rows.filter(pk__in=[*erasures], step=step)
    found = [(one, one.subject) for one in rows if one.subject is not None]
    if not found:
        nothing_happened()
    keyring.prefetch(_people(found), RetentionClass.ACCOUNT)
    return found


def _people(found: Found) -> list[UUID]:
    return [subject for _one, subject in found]


def _next(found: Found, **moments: datetime) -> None:
    """Go on to the next step, with a line in the ledger for each person; `moments` are the same for all."""
    if not found:
        return
    about(*_people(found))
    named = sql.SQL("").join(
        sql.SQL(", {} = {}").format(sql.Identifier(name), moment) for name, moment in moments.items()
    )
    query = sql.SQL(
        "UPDATE privacy_erasure SET step = %s, counts = given.counts{}"
        " FROM unnest(%s::uuid[], %s::jsonb[]) AS given (id, counts) WHERE privacy_erasure.id = given.id"
    ).format(named)
    keys = [one.pk for one, _subject in found]
    counts = [Jsonb(one.counts) for one, _subject in found]
    with connection.cursor() as cursor:
        cursor.execute(query, [rules.step_after(found[0][0].step), keys, counts])
