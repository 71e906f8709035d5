"""The life of keys: weekly epochs, re-wrapping, destruction (privacy-core section 2)."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.models import BlindIndex, DataKey, KeyEpoch
from ringfence.privacy.ports import EpochGone, key_store

GRACE = timedelta(days=14)
EPOCH_LENGTH = timedelta(days=7)
AHEAD = timedelta(hours=2)
"""How long before the moment promised an epoch may end, so that rotation, which runs every hour, is never late."""


def epoch_name(at: datetime) -> str:
    """Return the name of the epoch that a moment falls in: its ISO week."""
    year, week, _day = at.isocalendar()
    return f"{year}-W{week:02d}"


def final_at(destroyed_at: datetime) -> datetime:
    """Return when a destruction is final in every backup: its epoch ends, then the grace passes (day 21 at most)."""
    return week_start(destroyed_at) + EPOCH_LENGTH + GRACE


def week_start(at: datetime) -> datetime:
    """Return the beginning of the epoch's week that a moment falls in: Monday 00:00 UTC."""
    monday = at.astimezone(UTC) - timedelta(days=at.astimezone(UTC).weekday())
    return monday.replace(hour=0, minute=0, second=0, microsecond=0)


@action("keys.begin_epoch")
def begin_epoch(*, by: Actor, at: datetime) -> str:
    """Begin the week's epoch unless it has begun; the one before is superseded. Returns its name.

    Raises KeyLost when the key store is empty and the keys are not: a new one would hide the loss.
    """
    if not key_store().epochs() and KeyEpoch.objects.filter(destroyed_at=None).exists():
        raise keyring.KeyLost("the key store is empty, but keys were wrapped in it; restore the key store")
    name = epoch_name(at)
    current = KeyEpoch.objects.filter(superseded_at=None).order_by("-began_at").first()
    if current and current.name >= name:
        nothing_happened()
        return current.name
    key_store().create_epoch(name)
    KeyEpoch.objects.create(name=name, began_at=at)
    KeyEpoch.objects.filter(superseded_at=None).exclude(name=name).update(superseded_at=at)
    about(epoch=name)
    return name


@action("keys.rewrap")
def rewrap(*, by: Actor, at: datetime, limit: int = 1000) -> int:
    """Wrap up to `limit` keys of superseded epochs in the current one; return how many. Repeat until 0.

    Raises KeyLost when the old epoch key is not in the key store.
    """
    current = (
        KeyEpoch.objects.filter(superseded_at=None)
        .order_by("-began_at")
        .values_list("name", flat=True)
        .first()
    )
    behind = DataKey.objects.filter(destroyed_at=None).exclude(epoch=current).order_by("id")
    keys = list(behind.select_for_update(skip_locked=True)[:limit])
    if current is None or not keys:
        nothing_happened()
        return 0
    for epoch in {key.epoch_id for key in keys}:
        _rewrap_from(epoch, current, [key for key in keys if key.epoch_id == epoch])
    DataKey.objects.bulk_update(keys, ["epoch", "wrapped"])
    keyring.forget()
    about(epoch=current, count=len(keys))
    return len(keys)


def _rewrap_from(old: str, new: str, keys: list[DataKey]) -> None:
    contexts = [keyring.context(key.subject, key.retention_class) for key in keys]
    wrapped = [bytes(key.wrapped or b"") for key in keys]
    try:
        secrets = key_store().unwrap_many(old, list(zip(wrapped, contexts, strict=True)))
    except EpochGone as error:
        raise keyring.KeyLost(str(error)) from error
    for key, again in zip(
        keys, key_store().wrap_many(new, list(zip(secrets, contexts, strict=True))), strict=True
    ):
        key.epoch_id, key.wrapped = new, again


@action("keys.end_epochs")
def end_epochs(*, by: Actor, at: datetime) -> list[str]:
    """Destroy the keys of epochs whose grace is over and that wrap nothing living; return their names.

    The grace counts from the start of the week in which the next epoch began, however late in it that was.
    """
    last = week_start(at - GRACE + AHEAD)
    old = KeyEpoch.objects.filter(destroyed_at=None, superseded_at__lt=last + EPOCH_LENGTH)
    ended = []
    for epoch in old.order_by("name"):
        if DataKey.objects.filter(epoch=epoch, destroyed_at=None).exists():
            continue
        KeyEpoch.objects.filter(pk=epoch.pk).update(destroyed_at=at)
        key_store().destroy_epoch(epoch.name)
        ended.append(epoch.name)
    if not ended:
        nothing_happened()
    about(epochs=",".join(ended)[:100])
    return ended


def rotate(*, by: Actor, at: datetime) -> int:
    """Begin the epoch, re-wrap what is behind, end what is over. Returns the number of keys re-wrapped."""
    begin_epoch(by=by, at=at)
    total = 0
    while moved := rewrap(by=by, at=at):
        total += moved
    end_epochs(by=by, at=at)
    return total


def destroy(*, subject: UUID, classes: Collection[RetentionClass], by: Actor, at: datetime) -> int:
    """Destroy a person's keys of some classes; with `account` among them the blind indexes go too."""
    return destroy_of(people=[subject], classes=classes, by=by, at=at)


@action("keys.destroy")
def destroy_of(
    *, people: Collection[UUID], classes: Collection[RetentionClass], by: Actor, at: datetime
) -> int:
    """Destroy the keys of some classes of some people; with `account` among them the blind indexes go too.

    Returns how many keys were destroyed. Doing it again destroys nothing more. The ledger line carries the person's
    token a last time, so it is read before the key goes.
    """
    about(*people, classes=",".join(sorted(classes)))
    for subject in people:
        keyring.token(subject)
    living = DataKey.objects.filter(subject__in=[*people], retention_class__in=[*classes], destroyed_at=None)
    count = living.update(wrapped=None, destroyed_at=at)
    if RetentionClass.ACCOUNT in classes:
        BlindIndex.objects.filter(subject__in=[*people]).delete()
    if not count:
        nothing_happened()
    return count


@action("keys.sweep")
def sweep(*, living: Collection[UUID], candidates: Collection[UUID], by: Actor, at: datetime) -> int:
    """Remove blind indexes of people whose registration never committed: those of `candidates` not in `living`."""
    orphans = set(candidates) - set(living)
    count, _by_model = BlindIndex.objects.filter(subject__in=orphans).delete()
    if not count:
        nothing_happened()
    about(count=count)
    return count
