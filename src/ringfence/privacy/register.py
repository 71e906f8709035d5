"""The register: each room enters what it holds about people; the core walks the list without knowing who is on it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import models

from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import Personal, RetentionClass, declared_fields, path_to_person
from ringfence.privacy.sealed import Sealed

Record = Mapping[str, Any]


class Erase(Protocol):
    """Lets go of a person's data in a room; runs in an action and may be repeated. Returns rows changed."""

    def __call__(self, *, subject: UUID, by: Actor, at: datetime) -> int:
        """Erase."""


Models = tuple[type[models.Model], ...]
Concerned = Callable[[Collection[UUID]], Collection[UUID]]
Left = Callable[[models.QuerySet[Any]], models.QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Holder:
    """One kind of personal data a room holds: how it is handed over and erased, and which classes it falls under.

    `stays` names, for data that outlives a deletion, the article it stays under (bookkeeping). `release` ends the
    service before the keys go, while sealed values still open, or, where something stays, sets it aside before anything
    ends; `erase` removes rows after they are gone, or, where the holder `separates`, takes the person out of rows that
    stay. `until` says when what stays goes, when that is not the end of the books. With `by_rows` erasing is deleting,
    for many at once.
    `concerned` says of many people for whom there is something to release; without it, for all. Rows of the models that
    `go_first` are deleted then already, for all at once: nothing may come to them while the keys go. `left` picks of
    the rows of what stays those that do, when not all of them.
    """

    name: str
    title: str
    retention_classes: frozenset[RetentionClass]
    models: Models
    hand_over: Callable[[UUID], Iterable[Record]]
    erase: Erase
    stays: str = ""
    release: Erase | None = None
    separates: bool = False
    until: Callable[[UUID, datetime], datetime] | None = None
    by_rows: bool = False
    concerned: Concerned | None = None
    go_first: Models = ()
    left: Left | None = None


class Pass(Protocol):
    """Takes a changed value to a place, or to somebody, that has the old one; runs in the action that changed it."""

    def __call__(self, *, subject: UUID, changed: Collection[str], by: Actor, at: datetime) -> None:
        """Pass on. `changed` names fields, such as "accounts.Person.email"; what goes outside is only queued."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place where a copy of a person's value stands beside its own field, or somebody who was given one."""

    name: str
    fields: frozenset[str]
    take: Pass


_holders: dict[str, Holder] = {}
_of_the_house: list[Callable[[Collection[str]], Collection[str]]] = []
_tombstones: list[Erase] = []
_places: dict[str, Place] = {}
ROOMS_FROM_THE_TOP = ("support", "shop", "telephony", "accounts", "privacy")


def add(holder: Holder) -> None:
    """Enter a holder; entering the same name again replaces it."""
    _holders[holder.name] = holder


def holders() -> list[Holder]:
    """Return every holder, the top of the house first, so that nothing is erased before what refers to it."""
    order = {room: place for place, room in enumerate(ROOMS_FROM_THE_TOP)}
    return sorted(
        _holders.values(), key=lambda holder: (order.get(holder.name.split(".")[0], 0), holder.name)
    )


def add_models(  # noqa: PLR0913 - each is a part of a holder
    name: str,
    title: str,
    *kept: type[models.Model],
    erase: Erase | None = None,
    stays: str = "",
    release: Erase | None = None,
    concerned: Concerned | None = None,
    until: Callable[[UUID, datetime], datetime] | None = None,
    go_first: Models = (),
    left: Left | None = None,
) -> None:
    """Enter models whose copy and erasure follow from their declarations alone.

    The copy holds every declared personal field of every row of the person; erasure deletes the rows, unless
    `erase` takes the person out of them, or `stays` says why not.
    """
    classes = frozenset(
        declared.retention
        for model in kept
        for declared in declared_fields(model).values()
        if isinstance(declared, Personal)
    )

    def hand_over(subject: UUID) -> Iterator[Record]:
        for model in kept:
            yield from records_of(model, subject)

    def erase_rows(*, subject: UUID, by: Actor, at: datetime) -> int:
        return 0 if stays else sum(rows_of(model, subject).delete()[0] for model in kept)

    add(
        Holder(
            *(name, title, classes, kept, hand_over, erase or erase_rows, stays, release),
            separates=erase is not None,
            until=until,
            by_rows=erase is None and not stays,
            concerned=concerned,
            go_first=go_first,
            left=left,
        )
    )


def add_values_of_the_house(ask: Callable[[Collection[str]], Collection[str]]) -> None:
    """Enter who knows which of some values are the house's own, such as a number in stock."""
    if ask not in _of_the_house:
        _of_the_house.append(ask)


def add_on_tombstone(do: Erase) -> None:
    """Enter what is done in the very transaction that begins a deletion, such as ending every session."""
    if do not in _tombstones:
        _tombstones.append(do)


def on_tombstone(*, subject: UUID, by: Actor, at: datetime) -> None:
    """Do what was entered for the moment a deletion begins; runs in its action."""
    for do in _tombstones:
        do(subject=subject, by=by, at=at)


def add_place(name: str, fields: Collection[str], take: Pass) -> None:
    """Enter a place or a recipient that has copies of some fields, and how a change reaches it (clause 4.1)."""
    _places[name] = Place(name, frozenset(fields), take)


def places() -> list[Place]:
    """Return every place that was entered, by name."""
    return sorted(_places.values(), key=lambda place: place.name)


def changed(*, subject: UUID, fields: Collection[str], by: Actor, at: datetime) -> None:
    """Take a change of some fields of a person to every place that has a copy; runs in the action that made it."""
    for place in places():
        if touched := place.fields.intersection(fields):
            place.take(subject=subject, changed=touched, by=by, at=at)


def values_of_the_house(values: Collection[str]) -> set[str]:
    """Return which of some values are the house's own: where they stand they say nothing about a person."""
    return {value for ask in _of_the_house for value in ask(values)}


def rows_of(model: type[models.Model], subject: UUID) -> models.QuerySet[Any]:
    """Return a person's rows of a model."""
    return model._default_manager.filter(**{path_to_person(model): subject})


def rows_for(model: type[models.Model], subject: UUID) -> models.QuerySet[Any]:
    """Return a person's rows of a model that the person may know of: all, unless the model says otherwise."""
    rows, seen = rows_of(model, subject), getattr(model, "seen_by_its_person", None)
    return rows if seen is None else seen(rows)


def records_of(model: type[models.Model], subject: UUID) -> Iterator[Record]:
    """Yield a person's rows of a model as what a copy shows: each declared personal field, opened."""
    holds = declared_fields(model)
    names = [name for name, declared in holds.items() if isinstance(declared, Personal)]
    for row in rows_for(model, subject).order_by("pk").iterator():
        yield {"kind": model._meta.label, "id": str(row.pk), **{name: shown(row, name) for name in names}}


def shown(row: models.Model, name: str) -> Any:
    """Return what stands in a field of a row, opened."""
    value = getattr(row, model_attribute(row, name))
    return value.open() if isinstance(value, Sealed) else value


def model_attribute(row: models.Model, name: str) -> str:
    """Return the attribute that holds a field's column value."""
    return str(row._meta.get_field(name).attname)  # type: ignore[union-attr] # declared fields are concrete
