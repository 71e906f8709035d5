"""What a demand may cover: fields of the inventory, a time, people and numbers; and which rows that is.

What happened (calls, messages, sign-ins, orders) lies within the time of a demand; what is (who somebody is, where a
number rings) is handed over as it stands. A demand that names a number covers that number: of what happened nothing
that does not say which number it is of.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final
from uuid import UUID

from django.db import models
from django.db.models import Q

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import recipients
from ringfence.privacy.copying import held, sources
from ringfence.privacy.copying.sources import Source
from ringfence.privacy.inventory import Category, DeclaredField, declarations_of
from ringfence.privacy.sealed import SealedBytes

OWN: Final = "privacy."
"""What this room keeps is about the use of rights, and about demands: no authority is handed that."""


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a demand concerns: a person, and, where it names a number, that one alone. `named` is what it said."""

    person: UUID
    number: UUID | None = None
    named: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Fields, as "app.Model.field", and from when to when; without a time there is only what is."""

    fields: frozenset[str]
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Offered:
    """One kind of data with the fields of it that can be handed over; `timed` are those that need a time."""

    name: str
    title: str
    fields: tuple[DeclaredField, ...]
    timed: frozenset[str]


@cache
def offered() -> tuple[Offered, ...]:
    """Return what can be handed over, by kind, in the order of the account's pages, once all rooms have entered."""
    found = []
    for kind in sources.kinds():
        fields = tuple(
            one
            for source in kind.sources
            if isinstance(source, Source) and not kind.name.startswith(OWN) and is_limited(source.model)
            for one in source.fields
            if may_leave(one)
        )
        if fields:
            timed = frozenset(str(one) for one in fields if moment_of(one.model))
            found.append(Offered(kind.name, kind.title, fields, timed))
    return tuple(found)


def may_leave(one: DeclaredField) -> bool:
    """Tell whether a field can be handed over at all: no means of signing in, no mere link, no picture or file."""
    if one.declaration.category is Category.LINK or one.name in held.withheld_always(one.model):
        return False
    if not recipients.can_be_demanded(one):
        return False
    return bool(one.declaration.read) or not isinstance(one.model._meta.get_field(one.name), SealedBytes)


def moment_of(model: type[models.Model]) -> str:
    """Return the field that says when a record of a model happened; empty where records say what is."""
    order = sources.source(model).order
    if len(order) > 1:
        return order[0]
    if says_what_is(model):
        return ""
    moments = (one for one in model._meta.local_concrete_fields if isinstance(one, models.DateTimeField))
    return next((one.name for one in moments if not one.null), "")


def is_limited(model: type[models.Model]) -> bool:
    """Tell whether records of a model can be limited to a time, where that is needed."""
    return bool(moment_of(model)) or says_what_is(model)


def says_what_is(model: type[models.Model]) -> bool:
    """Tell whether a model has declared that its records say what is."""
    holds = declarations_of(model)
    return holds is not None and holds.says_what_is


def require_sound(scope: Scope) -> None:
    """Raise Refusal for a scope without fields, with fields that are not offered, or with a time that is missing."""
    known = {str(one): kind for kind in offered() for one in kind.fields}
    if not scope.fields or not scope.fields <= known.keys():
        raise Refusal(
            "demand.no_fields", gettext_noop("Choose at least one of the kinds of data that are listed.")
        )
    needs_time = any(name in known[name].timed for name in scope.fields)
    if needs_time and (scope.since is None or scope.until is None):
        raise Refusal(
            "demand.no_time",
            gettext_noop(
                "Say from when to when: what was chosen has a time, and only that time is handed over."
            ),
        )
    if scope.since is not None and scope.until is not None and scope.since >= scope.until:
        raise Refusal("demand.time_turned", gettext_noop("The time has to end after it begins."))


def require_within(part: Scope, whole: Scope) -> None:
    """Raise Refusal for a scope that is not within another one."""
    beyond = not part.fields <= whole.fields
    if (
        whole.since is not None
        and whole.until is not None
        and part.since is not None
        and part.until is not None
    ):
        beyond = beyond or part.since < whole.since or part.until > whole.until
    elif part.since is not None or part.until is not None:
        beyond = True
    if beyond:
        raise Refusal("demand.beyond", gettext_noop("No more can be granted than was demanded."))


def sources_in(scope: Scope, target: Target) -> Iterator[tuple[str, Source]]:
    """Yield where the records of a scope come from, with the name of their kind, narrowed to it."""
    for kind in offered():
        models_: dict[type[models.Model], list[DeclaredField]] = {}
        for one in kind.fields:
            if str(one) in scope.fields:
                models_.setdefault(one.model, []).append(one)
        for model, fields in models_.items():
            only = narrowed(model, scope, target)
            if only is not None:
                yield kind.name, Source(model, tuple(fields), sources.source(model).order, only)


def narrowed(model: type[models.Model], scope: Scope, target: Target) -> Q | None:
    """Return which rows of a person a scope covers; None for none at all."""
    moment = moment_of(model)
    path, number = number_path(model), Q()
    if target.number is not None and path:
        number = Q(**{path: target.number})
    elif target.number is not None and moment:
        return None
    if not moment:
        return number
    if scope.since is None or scope.until is None:
        return None
    if _lasts(model):
        begun = Q(**{f"{moment}__lt": scope.until})
        return begun & (Q(ended_at=None) | Q(ended_at__gt=scope.since)) & number
    return Q(**{f"{moment}__gte": scope.since, f"{moment}__lt": scope.until}) & number


def covers_copy(model: type[models.Model], content: Mapping[str, Any], scope: Scope, target: Target) -> bool:
    """Tell whether a scope covers a record that a hold has set aside; one that does not say when it was is left out."""
    path = number_path(model)
    if target.number is not None and path:
        if content.get(path) != str(target.number):
            return False
    elif target.number is not None and not says_what_is(model):
        return False
    moment = moment_of(model)
    if not moment:
        return True
    at = content.get(moment)
    if not isinstance(at, str) or scope.since is None or scope.until is None:
        return False
    return scope.since <= datetime.fromisoformat(at) < scope.until


def _lasts(model: type[models.Model]) -> bool:
    """Tell whether records of a model last, as the time in which somebody had a number does."""
    ended = [one for one in model._meta.local_concrete_fields if one.name == "ended_at" and one.null]
    return bool(ended) and len(sources.source(model).order) == 1


def number_path(model: type[models.Model]) -> str:
    """Return the lookup from a model to the number its records are of; empty where they do not say."""
    holds = declarations_of(model)
    if holds is not None and holds.of_number:
        return holds.of_number
    named = [one for one in model._meta.local_concrete_fields if one.name == "number"]
    return "number" if named and isinstance(named[0], models.UUIDField | models.ForeignKey) else ""


def labels(fields: Collection[str]) -> list[tuple[str, list[str]]]:
    """Return fields by the title of their kind, as message ids, for people."""
    return [
        (kind.title, [one.label for one in kind.fields if str(one) in fields])
        for kind in offered()
        if any(str(one) in fields for one in kind.fields)
    ]


def classes_of(fields: Collection[str]) -> frozenset[str]:
    """Return the retention classes of fields."""
    return frozenset(
        str(one.declaration.retention) for kind in offered() for one in kind.fields if str(one) in fields
    )
