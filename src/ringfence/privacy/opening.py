"""Opening many sealed values of one person, where each by itself would take most of the time on the way to it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from cryptography.exceptions import InvalidTag

from ringfence.privacy.disclosure import carried
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import HEADER, VERSION, Erased, Place, SealBroken, open_sealed


class Opener:
    """Opens values of one field of one person, many at once, as `open_sealed` opens each of them."""

    __slots__ = ("_ciphers", "_head", "_place", "_tail")

    def __init__(self, place: Place) -> None:
        self._place = place
        self._head = f"{VERSION}\0{place.table}\0{place.column}\0".encode()
        self._tail = f"\0{place.subject.hex}\0{place.retention_class}".encode()
        self._ciphers: dict[bytes, Any] = {}

    def open_all(self, blobs: Sequence[bytes | None], rows: Iterable[str]) -> list[Any]:
        """Open the values of some rows, named by their primary keys as text. Raises SealBroken and KeyLost."""
        head, tail, ciphers = self._head, self._tail, self._ciphers
        opened: list[Any] = []
        keep = opened.append
        try:
            for blob, row in zip(blobs, rows, strict=True):
                if blob is None:
                    keep(None)
                elif (decrypt := ciphers.get(blob[:9])) is None:
                    keep(self._first(blob, row))
                else:
                    keep(decrypt(blob[9:21], blob[21:], head + row.encode() + tail))
        except (InvalidTag, ValueError) as error:
            raise SealBroken(f"{self._place.table}.{self._place.column}: altered or moved") from error
        for content in opened[-carried.MOST :]:
            if isinstance(content, bytes):
                carried.opened(self._place.table, self._place.column, content)
        return opened

    def _first(self, blob: bytes, row: str) -> bytes | Erased:
        """Open a value with a key not met yet, and remember its cipher."""
        opened = open_sealed(blob, replace(self._place, row=row))
        if not isinstance(opened, Erased):
            _version, key_id, _nonce = HEADER.unpack_from(blob)
            key = keyring.find(self._place.subject, self._place.retention_class, key_id)
            self._ciphers[blob[:9]] = key.cipher.decrypt if key else None
        return opened
