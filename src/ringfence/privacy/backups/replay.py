"""After old data was brought back: everybody whose deletion had begun is deleted again, before the doors open."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final
from uuid import UUID

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import tombstones
from ringfence.privacy.backups.ports import BackupFailed
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.erasure.search import rows_left
from ringfence.privacy.inventory import Personal, RetentionClass, declarations_of, stored_models
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.models import BlindIndex, DataKey
from ringfence.privacy.ledger.models import AppendOnly

BATCH: Final = 5_000


def replay(*, by: Actor, at: datetime) -> int:
    """Delete again whoever came back, and end what was under way; return how many people that were.

    May be repeated: whoever was done is not found again. Raises BackupFailed when a line that names somebody is not
    authentic, and ErasureIncomplete when somebody is still found somewhere; the doors stay closed then.
    """
    written = tombstones.read()
    if written.foreign:
        raise BackupFailed(
            f"{written.foreign} lines of {' and '.join(map(str, written.places))} were altered, or belong to another"
            " installation: who was deleted is not certain. Put a copy of that file from another place there."
        )
    tombstones.bring_together(by=by, at=at)
    people = who_came_back()
    under_way = set(Erasure.objects.filter(finished_at=None).values_list("subject", flat=True)) - {None}
    everybody = sorted(people | {one for one in under_way if one is not None})
    for batch in _batches(everybody, erasure.AT_ONCE):
        for person in batch:
            erasure.begin(subject=person, request=None, by=by, at=at)
        begun = Erasure.objects.filter(subject__in=batch).values_list("pk", flat=True)
        erasure.proceed_all(erasures=list(begun), by=by, at=at)
        keyring.forget()
    return len(people)


def who_came_back() -> set[UUID]:
    """Return the people in the databases who were deleted: named by a tombstone, or with their own key destroyed."""
    back: set[UUID] = set()
    for batch in _batches(_everybody(), BATCH):
        gone = tombstones.named_among(batch) | _without_key(batch)
        back |= {one for one in gone if _is_there(one)}
    return back


def _without_key(people: list[UUID]) -> set[UUID]:
    """Return those of some people whose own key was destroyed, and who have no other."""
    own = DataKey.objects.filter(subject__in=people, retention_class=RetentionClass.ACCOUNT)
    living = set(own.filter(destroyed_at=None).values_list("subject", flat=True))
    return set(own.exclude(destroyed_at=None).values_list("subject", flat=True)) - living


def _everybody() -> Iterator[UUID]:
    """Yield everybody who ever had a key: nobody has data without one."""
    yield from DataKey.objects.order_by("subject").values_list("subject", flat=True).distinct().iterator()


def _batches(people: Iterable[UUID], size: int) -> Iterator[list[UUID]]:
    walking = iter(people)
    while batch := list(islice(walking, size)):
        yield batch


def _is_there(person: UUID) -> bool:
    """Tell whether something of somebody is in the databases: a key, an index, or a row."""
    living = DataKey.objects.filter(subject=person, retention_class=RetentionClass.ACCOUNT, destroyed_at=None)
    return living.exists() or BlindIndex.objects.filter(subject=person).exists() or rows_left([person]) > 0


def people_left(people: Iterable[UUID]) -> int:
    """Return how many rows and living keys of some people there are; after a replay it must be none."""
    chosen = list(people)
    living = DataKey.objects.filter(
        subject__in=chosen, retention_class=RetentionClass.ACCOUNT, destroyed_at=None
    )
    return (rows_left(chosen) if chosen else 0) + living.count()


@action("backups.forget_unknown")
def forget_unknown_addresses(*, by: Actor, at: datetime) -> int:
    """Let go of the addresses of people whose data is younger than the backup, so that they can register again.

    Their keys stay: a younger backup that turns up still opens.
    """
    indexed = set(BlindIndex.objects.values_list("subject", flat=True).distinct())
    known: set[UUID] = set()
    for model in stored_models():
        holds = declarations_of(model)
        if holds is None or not holds.subject_path or model._meta.app_label == "keys":
            continue
        if issubclass(model, AppendOnly) or not any(isinstance(one, Personal) for one in holds.values()):
            continue
        left = indexed - known
        if left:
            path = holds.subject_path
            rows = model._default_manager.filter(**{f"{path}__in": left}).values_list(path, flat=True)
            known |= set(rows.distinct())
    count, _by_model = BlindIndex.objects.filter(subject__in=indexed - known).delete()
    about(count=count)
    return count
