"""Sealed streams: written and read piece by piece, so that a backup of any size takes no more memory than one piece.

A file is a head (8 bytes of format, 16 of salt) and pieces: four bytes of length, then AES-256-GCM under a key that is
derived (RFC 5869) from the secret, the salt and the name of what is sealed. The nonce counts the pieces and marks the
last, so that pieces left out, moved or cut off do not open.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from typing import IO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ringfence.privacy.backups.ports import BackupFailed

FORMAT: Final = b"RFSEAL01"
SALT_BYTES: Final = 16
PIECE: Final = 1024 * 1024
LENGTH: Final = struct.Struct(">I")
TAG_BYTES: Final = 16


def derived(secret: str, salt: bytes, purpose: str) -> bytes:
    """Return a key for one purpose."""
    return HKDF(hashes.SHA256(), 32, salt, f"ringfence backup {purpose}".encode()).derive(secret.encode())


class Sealing:
    """A file that takes plain bytes and writes them compressed and sealed; `close` ends it."""

    def __init__(self, file: IO[bytes], secret: str, purpose: str) -> None:
        salt = os.urandom(SALT_BYTES)
        self._file, self._cipher = file, AESGCM(derived(secret, salt, purpose))
        self._squeeze = zlib.compressobj(1)
        self._waiting = bytearray()
        self._pieces = 0
        self.plain_bytes = 0
        file.write(FORMAT + salt)

    def write(self, content: bytes) -> int:
        """Take bytes."""
        self.plain_bytes += len(content)
        self._waiting += self._squeeze.compress(content)
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]))
            del self._waiting[:PIECE]
        return len(content)

    def close(self) -> None:
        """Write the last piece; without it nobody takes the file for whole."""
        self._waiting += self._squeeze.flush()
        while len(self._waiting) > PIECE:
            self._seal(bytes(self._waiting[:PIECE]))
            del self._waiting[:PIECE]
        self._seal(bytes(self._waiting), is_last=True)

    def _seal(self, piece: bytes, *, is_last: bool = False) -> None:
        sealed = self._cipher.encrypt(_nonce(self._pieces, is_last=is_last), piece, FORMAT)
        self._file.write(LENGTH.pack(len(sealed)) + sealed)
        self._pieces += 1


def opened(file: IO[bytes], secret: str, purpose: str) -> Iterator[bytes]:
    """Yield the plain bytes of a sealed file. Raises BackupFailed when it was altered, cut, or sealed otherwise."""
    head = file.read(len(FORMAT) + SALT_BYTES)
    if len(head) < len(FORMAT) + SALT_BYTES or not head.startswith(FORMAT):
        raise BackupFailed("A file of the backup is not one that this version sealed.")
    cipher = AESGCM(derived(secret, head[len(FORMAT) :], purpose))
    spread = zlib.decompressobj()
    number = 0
    piece = _next(file)
    while piece is not None:
        following = _next(file)
        try:
            squeezed = cipher.decrypt(_nonce(number, is_last=following is None), piece, FORMAT)
        except InvalidTag:
            raise BackupFailed(
                "A file of the backup does not open: it was altered or cut, or the secret that seals it is another."
            ) from None
        yield from _spread(spread, squeezed)
        piece, number = following, number + 1
    if not spread.eof:
        raise BackupFailed("A file of the backup was cut.")


def _spread(spread: "zlib._Decompress", squeezed: bytes) -> Iterator[bytes]:
    """Yield what bytes were before they were compressed, a bounded part at a time."""
    rest = squeezed
    while rest:
        plain = spread.decompress(rest, PIECE)
        rest = spread.unconsumed_tail
        if plain:
            yield plain
    while plain := spread.decompress(spread.unconsumed_tail, PIECE):
        yield plain


def _next(file: IO[bytes]) -> bytes | None:
    head = file.read(LENGTH.size)
    if not head:
        return None
    length = LENGTH.unpack(head)[0] if len(head) == LENGTH.size else 0
    if not TAG_BYTES <= length <= PIECE + TAG_BYTES:
        raise BackupFailed("A file of the backup was altered or cut.")
    piece = file.read(length)
    if len(piece) < length:
        raise BackupFailed("A file of the backup was cut.")
    return piece


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])
