"""A key store in files, outside both databases: the default of a single machine."""

import hmac
import os
from collections.abc import Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from ringfence.privacy import durable
from ringfence.privacy.ports import EpochGone, KeyStoreUnavailable

KEY_BYTES = 32
NONCE_BYTES = 12
SECRETS = ("index.key", "signing.key")


class FileKeyStore:
    """Keys as files of mode 0600 in a directory of mode 0700, written durably and overwritten when destroyed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._ciphers: dict[str, tuple[int, AESGCM]] = {}
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KeyStoreUnavailable(f"the key store at {directory} cannot be written: {error}") from error

    def create_epoch(self, epoch: str) -> None:
        """See the port. The first epoch of a new store brings the index key and the signing key along."""
        if not self.epochs():
            for name in SECRETS:
                self._create(self.directory / name, os.urandom(KEY_BYTES))
        self._create(self._epoch_path(epoch), os.urandom(KEY_BYTES))

    def destroy_epoch(self, epoch: str) -> None:
        """See the port. The bytes are overwritten before the name goes."""
        self._ciphers.pop(epoch, None)
        path = self._epoch_path(epoch)
        if not path.exists():
            return
        with path.open("r+b") as file:
            file.write(os.urandom(KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        durable.sync(self.directory)

    def epochs(self) -> frozenset[str]:
        """See the port."""
        return frozenset(path.stem for path in self.directory.glob("*.epoch"))

    def wrap_many(self, epoch: str, keys: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See the port."""
        cipher = self._cipher(epoch)
        wrapped = []
        for key, context in keys:
            nonce = os.urandom(NONCE_BYTES)
            wrapped.append(nonce + cipher.encrypt(nonce, key, context))
        return wrapped

    def unwrap_many(self, epoch: str, wrapped: Sequence[tuple[bytes, bytes]]) -> list[bytes]:
        """See the port."""
        decrypt = self._cipher(epoch).decrypt
        try:
            return [decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], context) for blob, context in wrapped]
        except InvalidTag as error:
            raise EpochGone(
                f"a key wrapped in epoch {epoch} does not open: altered, or another key store"
            ) from error

    def mac(self, name: str, message: bytes) -> bytes:
        """See the port."""
        return self.mac_many(name, [message])[0]

    def mac_many(self, name: str, messages: Sequence[bytes]) -> list[bytes]:
        """See the port."""
        secret, prefix = self._secret("index.key"), name.encode() + b"\0"
        return [hmac.digest(secret, prefix + message, "sha256") for message in messages]

    def sign(self, message: bytes) -> bytes:
        """See the port."""
        return self._signing_key().sign(message)

    def public_key(self) -> bytes:
        """See the port."""
        raw = serialization.Encoding.Raw, serialization.PublicFormat.Raw
        return self._signing_key().public_key().public_bytes(*raw)

    def _signing_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._secret("signing.key"))

    def _epoch_path(self, epoch: str) -> Path:
        if not epoch.replace("-", "").isalnum():
            raise ValueError(f"not the name of an epoch: {epoch!r}")
        return self.directory / f"{epoch}.epoch"

    def _cipher(self, epoch: str) -> AESGCM:
        """Return the cipher, read anew when the file changed, so that a destroyed key is gone at once."""
        path = self._epoch_path(epoch)
        try:
            inode = path.stat().st_ino
        except FileNotFoundError as error:
            self._ciphers.pop(epoch, None)
            raise EpochGone(f"the key of epoch {epoch} is not in the key store") from error
        found = self._ciphers.get(epoch)
        if found is None or found[0] != inode:
            found = self._ciphers[epoch] = (inode, AESGCM(path.read_bytes()))
        return found[1]

    def _secret(self, name: str) -> bytes:
        """Return a secret. A lost one is never made anew: nobody would be found again, no signature would hold."""
        try:
            return (self.directory / name).read_bytes()
        except FileNotFoundError as error:
            raise KeyStoreUnavailable(
                f"{name} is missing in {self.directory}; restore the key store"
            ) from error

    def _create(self, path: Path, content: bytes) -> None:
        """Write a new file durably; when two do it at once, the first one counts."""
        draft = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)
            except FileExistsError:
                pass
            finally:
                draft.unlink()
            durable.sync(self.directory)
        except OSError as error:
            raise KeyStoreUnavailable(
                f"the key store at {self.directory} cannot be written: {error}"
            ) from error


def from_settings() -> FileKeyStore:
    """Return the store in settings.KEY_STORE_DIR."""
    return FileKeyStore(Path(settings.KEY_STORE_DIR))
