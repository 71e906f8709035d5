"""What we hold about a person, as other rooms and the interfaces ask for it (clauses 4.1, 7.2)."""

from ringfence.privacy.copying.held import (
    NEWEST,
    WITHHELD,
    HeldKind,
    HeldValue,
    held_about,
    held_of,
    overview,
)
from ringfence.privacy.copying.whole import FORMAT, copy_of

__all__ = [
    "FORMAT",
    "NEWEST",
    "WITHHELD",
    "HeldKind",
    "HeldValue",
    "copy_of",
    "held_about",
    "held_of",
    "overview",
]
