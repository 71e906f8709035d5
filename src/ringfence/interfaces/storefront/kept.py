"""What many visitors are shown alike, kept for a moment in the memory of the process."""

import time
from collections.abc import Callable, Hashable
from typing import Final, TypeVar

T = TypeVar("T")

MOST: Final = 512
_kept: dict[Hashable, tuple[float, object]] = {}


def kept(key: Hashable, seconds: float, make: Callable[[], T]) -> T:
    """Return what `make` gave for this key not longer than so many seconds ago, else what it gives now.

    Nothing of a person's may be kept so: it is for the stock, the prices and the promises, which all see alike.
    """
    now = time.monotonic()
    found = _kept.get(key)
    if found is not None and now - found[0] < seconds:
        return found[1]  # type: ignore[return-value]  # each key has one maker
    value = make()
    if seconds > 0:
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[key] = now, value
    return value
