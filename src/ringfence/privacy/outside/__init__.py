"""What comes from third parties: rooms enter the tables it is kept in, with the columns that may be there (clause 1.3).

`OUTSIDE_TRIALS` in the settings names, for each reader of an adapter, a function that has it read an example in which a
word stands in every part that nobody declared, and returns all that the reader let through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Protocol, cast

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class TakenIn:
    """A table that holds what a third party sent, and every column it may have."""

    model: type[models.Model]
    columns: frozenset[str]


class Trial(Protocol):
    """Has a reader read an example with a word in every undeclared part."""

    def __call__(self, word: str, /) -> Sequence[object]:
        """Return what the reader let through; at least one thing."""


_tables: dict[str, TakenIn] = {}


def enter(model: type[models.Model], *columns: str) -> None:
    """Enter a table that takes in what a third party sends, with all its columns; one more breaks the promise."""
    _tables[model._meta.db_table] = TakenIn(model, frozenset(columns))


def tables() -> Mapping[str, TakenIn]:
    """Return the tables that were entered, by name."""
    return dict(_tables)


def trials() -> Mapping[str, Trial]:
    """Return the trials that the settings name."""
    return {name: cast("Trial", import_string(path)) for name, path in settings.OUTSIDE_TRIALS.items()}


def lets_through(found: object, word: str) -> bool:
    """Tell whether a word stands anywhere in what a reader let through."""
    if is_dataclass(found) and not isinstance(found, type):
        return any(lets_through(getattr(found, one.name), word) for one in fields(found))
    if isinstance(found, Mapping):
        return any(lets_through(part, word) for pair in found.items() for part in pair)
    if isinstance(found, list | tuple | set | frozenset):
        return any(lets_through(part, word) for part in found)
    return word in (found.decode("utf-8", "replace") if isinstance(found, bytes) else str(found))
