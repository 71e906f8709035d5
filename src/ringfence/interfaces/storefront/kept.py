"""What many visitors are shown alike, kept for a moment in the memory of the process."""

import time
from collections.abc import Callable, Hashable
from typing import Final, TypeVar

T = TypeVar("T")

MOST: Final = 512
_kept: dict[Hashable, tuple[float, object]] = {}


def kept(key: Hashable, seconds: float, make: Callable[[], T]) -> T:
    """Return what `make` gave for this key not longer than so many seconds ago, else what it gives now.

    What is over is forgotten with the next thing that is kept. Nothing of a person's may be kept so: it is for
    the stock, the prices and the promises, which all see alike.
    """
    now = time.monotonic()
    found = _kept.get(key)
    if found is not None and now < found[0]:
        return found[1]  # type: ignore[return-value]  # each key has one maker
    value = make()
    for old in [old for old, (end, _value) in list(_kept.items()) if end <= now]:
        _kept.pop(old, None)
    if seconds > 0 and len(_kept) < MOST:
        _kept[key] = now + seconds, value
    return value


def forget() -> None:
    """Forget all that is kept."""
    _kept.clear()
