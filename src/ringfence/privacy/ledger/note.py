"""Signed checkpoints in the signed-note format (C2SP tlog-checkpoint), with an Ed25519 signature (RFC 8032)."""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ringfence.privacy.ports import KeyStore

ED25519 = b"\x01"


class NoteInvalid(ValueError):
    """A checkpoint is malformed, or its signature does not hold."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What a checkpoint states about the tree."""

    origin: str
    size: int
    root: bytes

    def body(self) -> str:
        """Return the text that is signed, with its closing newline."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def key_hash(origin: str, public_key: bytes) -> bytes:
    """Return the four bytes that name a key in a signature line."""
    return hashlib.sha256(origin.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def verifier_key(origin: str, public_key: bytes) -> str:
    """Return the public key in the note format: `origin+hash+base64`."""
    encoded = base64.b64encode(ED25519 + public_key).decode()
    return f"{origin}+{key_hash(origin, public_key).hex()}+{encoded}"


def sign(statement: Statement, store: KeyStore) -> str:
    """Return the signed note of a statement."""
    body = statement.body()
    signature = key_hash(statement.origin, store.public_key()) + store.sign(body.encode())
    return f"{body}\n\N{EM DASH} {statement.origin} {base64.b64encode(signature).decode()}\n"


def read(note: str, public_key: bytes) -> Statement:
    """Return what a note states after checking its signature. Raises NoteInvalid."""
    try:
        body, _, signatures = note.partition("\n\n")
        origin, size, root = body.split("\n")
        statement = Statement(origin, int(size), base64.b64decode(root, validate=True))
        dash, name, encoded = signatures.strip("\n").split(" ")
        signature = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise NoteInvalid("not a checkpoint") from error
    if dash != "\N{EM DASH}" or name != origin or signature[:4] != key_hash(origin, public_key):
        raise NoteInvalid("signed by somebody else")
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature[4:], statement.body().encode())
    except InvalidSignature as error:
        raise NoteInvalid("the signature does not hold") from error
    return statement
