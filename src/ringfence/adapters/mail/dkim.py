"""Signs letters for the domain they come from (RFC 6376, RFC 8463), where an installation has set a key.

The signature names how it was made, since the receiving server must check it: the one place where a letter does.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from django.conf import settings

SIGNED: Final = (
    "from",
    "to",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "auto-submitted",
    "list-unsubscribe",
    "list-unsubscribe-post",
    "mime-version",
    "content-type",
    "content-language",
)
"""The headers that are signed where they are there; RFC 8058 asks for the two that end news."""
LEAST_BITS: Final = 2048
FOLDED_AT: Final = 70
Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


class NoKey(RuntimeError):
    """The file of the key cannot be used; the text says what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class Signer:
    """A key, and where its other half is published: `<selector>._domainkey.<domain>`."""

    domain: str
    selector: str
    key: Key

    def sign(self, whole: bytes, at: datetime) -> bytes:
        """Return a message, given with CRLF, with its signature above it."""
        head, _empty, body = whole.partition(b"\r\n\r\n")
        fields = list(_fields(head))
        names = [name for name, _text in fields if name in SIGNED]
        # The sender is named once more than it is there: a second one added on the way breaks the signature.
        signed = [*names, "from"]
        method = "rsa" if isinstance(self.key, rsa.RSAPrivateKey) else "ed25519"
        values = (
            f"v=1; a={method}-sha256; c=relaxed/relaxed; d={self.domain}; s={self.selector};"
            f" t={int(at.timestamp())};\r\n h={':'.join(signed)};\r\n bh={_digest(_body(body))};\r\n b="
        )
        lines = [f"{name}:{text}\r\n" for name, text in fields if name in SIGNED]
        said = "".join(lines) + f"dkim-signature:{_relaxed(values)}"
        signature = base64.b64encode(self._signature(said.encode())).decode()
        folded = "\r\n ".join(re.findall(f".{{1,{FOLDED_AT}}}", signature))
        return f"DKIM-Signature: {values}{folded}\r\n".encode() + whole

    def _signature(self, said: bytes) -> bytes:
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(said, padding.PKCS1v15(), hashes.SHA256())
        return self.key.sign(hashlib.sha256(said).digest())

    @property
    def record(self) -> str:
        """The text that is published in the domain, so that others can check the signatures."""
        public = self.key.public_key()
        if isinstance(public, rsa.RSAPublicKey):
            form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            return f"v=DKIM1; k=rsa; p={base64.b64encode(public.public_bytes(*form)).decode()}"
        raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        return f"v=DKIM1; k=ed25519; p={base64.b64encode(raw).decode()}"


def signer() -> Signer | None:
    """Return who signs, or None where no key is set. Raises NoKey."""
    here = settings.ENVIRONMENT
    if here.dkim_key_file is None:
        return None
    return load(here.mail_from.rpartition("@")[2], here.dkim_selector, Path(here.dkim_key_file))


@lru_cache(maxsize=4)
def load(domain: str, selector: str, path: Path) -> Signer:
    """Read a key. Raises NoKey."""
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as trouble:
        raise NoKey(
            "The key that letters are signed with cannot be read; RINGFENCE_DKIM_KEY_FILE must name a PEM file"
            " without a password."
        ) from trouble
    if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
        raise NoKey("The key that letters are signed with is of a kind that mail servers do not know.")
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size < LEAST_BITS:
        raise NoKey(f"The key that letters are signed with is too short; make one of {LEAST_BITS} bits.")
    return Signer(domain, selector, key)


def _fields(head: bytes) -> Iterator[tuple[str, str]]:
    """Yield the headers of a message, each with its name in lower case and its text as it is compared."""
    unfolded = re.sub(r"\r\n(?=[ \t])", "", head.decode("utf-8", "surrogateescape"))
    for line in unfolded.split("\r\n"):
        name, _colon, text = line.partition(":")
        yield name.strip().lower(), _relaxed(text)


def _relaxed(text: str) -> str:
    return re.sub(r"[ \t]+", " ", text.replace("\r\n", "")).strip()


def _body(body: bytes) -> bytes:
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def _digest(content: bytes) -> str:
    return base64.b64encode(hashlib.sha256(content).digest()).decode()
