"""What demands need from elsewhere: closing a package so that its key alone opens it, and who had a number."""

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Final, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


class Closer(Protocol):
    """Closes content to a public key."""

    def is_key(self, key: str, /) -> bool:
        """Tell whether a text is a public key that a package can be closed to."""

    def close(self, content: bytes, key: str, /) -> bytes:
        """Return content that the holder of the secret key alone can open. Raises ValueError for what is no key."""

    def is_closed(self, content: bytes, /) -> bool:
        """Tell by its beginning whether content is closed to some key."""


@lru_cache(maxsize=1)
def closer() -> Closer:
    """Return the configured adapter."""
    return cast("Closer", import_string(settings.PACKAGE_ADAPTER)())


WhoHad = Callable[[UUID, datetime | None, datetime | None], set[UUID]]
_numbers: Final[list[WhoHad]] = []


def install_who_had(find: WhoHad) -> None:
    """Enter who knows who had a number during a stretch of time."""
    if find not in _numbers:
        _numbers.append(find)


def who_had(number: UUID, since: datetime | None, until: datetime | None) -> set[UUID]:
    """Return who had a number during a stretch of time; without one, who has it now."""
    return {person for find in _numbers for person in find(number, since, until)}
