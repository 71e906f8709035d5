"""The two keys that come from the one shared secret, and the signature of an event."""

import hashlib
import hmac
from typing import Final

SIGNATURE_HEADER: Final = "Rehearsal-Signature"
SHORTEST_SECRET: Final = 16


def api_key(secret: str) -> str:
    """The bearer key of the API. Seeing it on the wire does not tell the signing key."""
    return hmac.new(secret.encode(), b"rehearsal api key", hashlib.sha256).hexdigest()


def signing_key(secret: str) -> bytes:
    """The key that events are signed with."""
    return hmac.new(secret.encode(), b"rehearsal event signing", hashlib.sha256).digest()


def signature(key: bytes, body: bytes, *, seconds: int) -> str:
    """The value of the signature header: ``t=<Unix seconds>,v1=<hex>``, over ``<seconds>.<body>``."""
    signed = hmac.new(key, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},v1={signed}"
