"""Which clauses are checked, and how. Rooms enter their checks in `<room>/promises.py`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol

from ringfence.privacy.policy_text import NUMBERS

KEPT: Final = "kept"
DUE_SOON: Final = "due_soon"
BROKEN: Final = "broken"
NOT_ENFORCED: Final = "not_enforced"

Figure = int | float


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. `text` is a message id with `%(name)s` places for `figures`, without personal data.

    A figure whose name ends in `_seconds` is a length of time; all others are counts.
    """

    state: str
    text: str
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.state not in {KEPT, DUE_SOON, BROKEN}:
            raise ValueError(f"not the state of a checked promise: {self.state}")
        self.text % dict(self.figures)


class Check(Protocol):
    """Looks at the live data and says whether the clause is kept. Writes nothing; may be run at any time."""

    def __call__(self, at: datetime, /) -> Finding:
        """Check."""


@dataclass(frozen=True, slots=True)
class Promise:
    """A clause with the sentence that says what is checked, and the check."""

    clause: str
    sentence: str
    check: Check


_promises: dict[str, Promise] = {}


def register(clause: str, sentence: str, check: Check) -> None:
    """Enter the check of a clause. `sentence` is a message id. Raises ValueError for a clause that is unknown."""
    if clause not in NUMBERS:
        raise ValueError(f"there is no clause {clause}")
    known = _promises.get(clause)
    if known and known.sentence != sentence:
        raise ValueError(f"clause {clause} is checked already")
    _promises[clause] = Promise(clause, sentence, check)


def promises() -> list[Promise]:
    """Return every promise that is checked, in the order of the clauses."""
    return sorted(_promises.values(), key=lambda found: NUMBERS.index(found.clause))


def promise(clause: str) -> Promise | None:
    """Return the promise of a clause, or None when no software checks it."""
    return _promises.get(clause)
