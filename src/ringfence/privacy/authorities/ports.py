"""What handing over to an authority needs from outside: closing a package so that its key alone opens it."""

from functools import lru_cache
from typing import Protocol, cast

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
