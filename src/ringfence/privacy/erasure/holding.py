"""What a law holds back of a deletion for a time, and which of the house's data that is."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import TypedDict
from uuid import UUID

from ringfence.privacy import register
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.register import Holder


class Held(TypedDict):
    """What is kept of an erasure's hold: the classes, the article, the sentence for the person, and the last moment."""

    classes: list[str]
    why: str
    what: str
    until: str


def held(subject: UUID, at: datetime) -> list[Held]:
    """Return what is held back of a person now, in the form an erasure keeps."""
    return [
        Held(
            classes=sorted(map(str, brake.classes)),
            why=brake.article,
            what=brake.what,
            until=brake.until.isoformat(),
        )
        for brake in register.brakes(subject, at)
    ]


def joined(before: Collection[Held], now: Collection[Held]) -> list[Held]:
    """Return what was held and what is held now, each once."""
    return [*before, *(one for one in now if one not in before)]


def classes_in(held: Collection[Held]) -> set[str]:
    """Return the classes of which something is held back."""
    return {name for one in held for name in one["classes"]}


def keeps(holder: Holder, held: Collection[Held]) -> bool:
    """Tell whether a holder's data is held back: all of it, when one of its classes is."""
    return not classes_in(held).isdisjoint(map(str, holder.retention_classes))


def free(held: Collection[Held]) -> list[Holder]:
    """Return the holders whose data may go."""
    return [holder for holder in register.holders() if not keeps(holder, held)]


def by_holder(erasures: Collection[tuple[Erasure, UUID]]) -> Iterator[tuple[Holder, list[UUID]]]:
    """Yield each holder, from the top of the house, with the people whose data it may let go of."""
    for holder in register.holders():
        people = [subject for one, subject in erasures if not keeps(holder, one.held)]
        if people:
            yield holder, people


def tables_of(held: Collection[Held]) -> frozenset[str]:
    """Return the tables that may know the person until the hold ends."""
    return frozenset(
        model._meta.db_table
        for holder in register.holders()
        if keeps(holder, held)
        for model in holder.models
    )
