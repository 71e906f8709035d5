"""Where customers change what is theirs, and whether a change has reached every place (clause 4.1).

The pages of the account enter, field by field, the route where it is changed; whoever keeps a second copy of a value
enters how it is compared, and how old the oldest change is that waits to get somewhere. What is a customer's own is
not listed: it follows from the inventory.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import models

from ringfence.privacy import register
from ringfence.privacy.inventory import (
    Category,
    DeclaredField,
    RetentionClass,
    declarations_of,
    personal_fields,
)

OWN: Final = frozenset(
    {Category.IDENTITY, Category.CONTACT, Category.CREDENTIAL, Category.CHOICE, Category.DEVICE}
)
"""What a customer says of themselves or chooses; calls, messages and orders are what happened."""


@dataclass(frozen=True, slots=True)
class Compared:
    """How many copies of a value were looked at, and how many differ from the value itself."""

    looked_at: int
    differing: int


_changed_at: dict[str, str] = {}
_facts: dict[str, str] = {}
_copies: dict[str, Callable[[datetime], Compared]] = {}
_waiting: dict[str, Callable[[datetime], timedelta]] = {}
_routes: list[Callable[[], Collection[str]]] = []


def change_at(route: str, *fields: str) -> None:
    """Enter the route of the account at which some fields, such as "accounts.Person.name", are changed."""
    _changed_at.update(dict.fromkeys(fields, route))


def facts(why: str, *fields: str) -> None:
    """Enter fields that are seen and not changed, and why."""
    _facts.update(dict.fromkeys(fields, why))


def install_routes(names: Callable[[], Collection[str]]) -> None:
    """Set who knows the names of the routes there are."""
    _routes[:] = [names]


def compare(name: str, look: Callable[[datetime], Compared]) -> None:
    """Enter a second place where a value stands: a sample of it is compared every five minutes."""
    _copies[name] = look


def follow(name: str, oldest: Callable[[datetime], timedelta]) -> None:
    """Enter a place that changes are taken to: how old the oldest one is that is not there yet; zero when none is."""
    _waiting[name] = oldest


def own_fields() -> list[DeclaredField]:
    """Return the fields that are a customer's own: of the account, and said or chosen by them; moments are noted."""
    return [one for one in personal_fields() if _is_own(one)]


def _is_own(one: DeclaredField) -> bool:
    holds = declarations_of(one.model)
    return (
        one.declaration.category in OWN
        and one.declaration.retention is RetentionClass.ACCOUNT
        and holds is not None
        and bool(holds.subject_path)
        and not isinstance(one.model._meta.get_field(one.name), models.DateTimeField)
    )


def unreachable() -> list[DeclaredField]:
    """Return the customer's own fields that are not on their page, or have no page where they are changed."""
    shown = {model for holder in register.holders() for model in holder.models}
    routes = {name for names in _routes for name in names()}
    return [
        one
        for one in own_fields()
        if one.model not in shown or (str(one) not in _facts and _changed_at.get(str(one)) not in routes)
    ]


def compared(at: datetime) -> Mapping[str, Compared]:
    """Compare every second place with the value itself."""
    return {name: look(at) for name, look in sorted(_copies.items())}


def waiting(at: datetime) -> timedelta:
    """Return how old the oldest change is that has not reached every place."""
    return max([timedelta(0), *(oldest(at) for oldest in _waiting.values())])
