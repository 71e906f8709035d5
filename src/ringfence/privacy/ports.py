"""What the privacy room needs from outside: a place for the keys that wrap all others."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class KeyStoreUnavailable(RuntimeError):
    """The key store does not answer. Nothing can be opened or sealed until it does."""


class EpochGone(RuntimeError):
    """The epoch key was destroyed, or lost. What it wrapped cannot be opened again."""


class KeyStore(Protocol):
    """Holds epoch keys, one index key and one signing key outside both databases; they never leave it.

    Shaped so that a transit engine can stand behind it: every call names an epoch and passes a context that is
    authenticated with the wrapped key, and bulk calls exist for both ways.
    """

    def create_epoch(self, epoch: str) -> None:
        """Make a new epoch key. Doing it again for the same epoch changes nothing."""

    def destroy_epoch(self, epoch: str) -> None:
        """Destroy an epoch key for good. Destroying an absent one changes nothing."""

    def epochs(self) -> frozenset[str]:
        """Return the names of the epochs that can still unwrap."""

    def wrap_many(self, epoch: str, keys: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Wrap `(key, context)` pairs under an epoch. Raises EpochGone."""

    def unwrap_many(self, epoch: str, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """Unwrap `(wrapped, context)` pairs. Raises EpochGone; a wrong context or a changed byte raises too."""

    def mac(self, name: str, message: bytes) -> bytes:
        """Return a keyed 32-byte digest of a message, different for each name."""

    def mac_many(self, name: str, messages: Sequence[bytes]) -> list[bytes]:
        """Return the digest of each message, as `mac` does."""

    def sign(self, message: bytes) -> bytes:
        """Return a 64-byte signature over a message (RFC 8032)."""

    def public_key(self) -> bytes:
        """Return the 32-byte public key that checks `sign`."""


@lru_cache(maxsize=1)
def key_store() -> KeyStore:
    """Return the configured key store, the same one for the life of the process."""
    return cast("KeyStore", import_string(settings.KEY_STORE_ADAPTER)())
