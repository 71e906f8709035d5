"""What the check of clause 3.2 needs from outside: a look at the public pages, without a yes and with one."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it: pages looked at, those that did not work, other hosts they load from, cookies they set.

    That was without a yes. Of the pages looked at with one, `opened` load from Google; `astray` do so where they may
    not, load from somebody else, or tell more than which page it is.
    """

    pages: int
    broken: int
    hosts: int
    cookies: int
    asks: bool
    opened: int
    astray: int


_look: list[Callable[[], Seen]] = []


def install(look: Callable[[], Seen]) -> None:
    """Set who looks; interfaces know the pages."""
    _look[:] = [look]


def look() -> Seen:
    """Look. Raises LookupError when nobody can, which the check passes on: then nothing is proven."""
    if not _look:
        raise LookupError("no pages to look at: the interfaces are not there")
    return _look[0]()
