"""The ways by which data reaches us, as clause 1.4 names them: each is entered by who runs it, with a way to try it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class WayIn:
    """A way in. `works` tries it, in a moment and without leaving anything behind; None when it is too early to say."""

    name: str
    works: Callable[[datetime], bool | None]


_ways: dict[str, WayIn] = {}


def enter(name: str, works: Callable[[datetime], bool | None]) -> None:
    """Enter a way in, such as "forms"; entering the same name again replaces it."""
    _ways[name] = WayIn(name, works)


def ways() -> list[WayIn]:
    """Return every way in, by name."""
    return sorted(_ways.values(), key=lambda way: way.name)
