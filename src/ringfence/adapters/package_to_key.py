"""Packages that one public key alone opens, in the age format (age-encryption.org/v1)."""

from typing import Final

import pyrage  # type: ignore[import-untyped] # it has no types

BEGINNING: Final = b"age-encryption.org/v1\n"


class PackageToKey:
    """Closes content to a public key of an authority, such as `age1…`."""

    def is_key(self, key: str, /) -> bool:
        """Tell whether a text is such a key; its own checksum finds a letter that was mistyped."""
        try:
            pyrage.x25519.Recipient.from_str(key)
        except pyrage.RecipientError:
            return False
        return True

    def close(self, content: bytes, key: str, /) -> bytes:
        """Return content that the holder of the secret key alone can open. Raises ValueError for what is no key."""
        try:
            recipient = pyrage.x25519.Recipient.from_str(key)
        except pyrage.RecipientError as error:
            raise ValueError("not a public key") from error
        return bytes(pyrage.encrypt(content, [recipient]))

    def is_closed(self, content: bytes, /) -> bool:
        """Tell by its beginning whether content is closed to some key."""
        return content.startswith(BEGINNING)
