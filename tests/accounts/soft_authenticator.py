"""A passkey in software, as a browser and its device would answer (W3C WebAuthn level 3), for tests."""

import base64
import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT_AND_VERIFIED = 0x05
WITH_CREDENTIAL = 0x40


def b64(content: bytes) -> str:
    """Return base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """Return the bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class SoftAuthenticator:
    """One device with one passkey."""

    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: os.urandom(32))
    user: bytes = b""
    host: str = ""
    count: int = 0

    def create(self, options: str) -> str:
        """Answer the question for a new passkey."""
        asked = json.loads(options)
        self.user, self.host = unb64(asked["user"]["id"]), asked["rp"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        )
        data = self._data(PRESENT_AND_VERIFIED | WITH_CREDENTIAL)
        data += bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
        statement = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", asked["challenge"])
        return self._answer(
            attestationObject=b64(statement), clientDataJSON=b64(client), transports=["internal"]
        )

    def get(self, options: str) -> str:
        """Answer the question for a known passkey."""
        asked = json.loads(options)
        self.count += 1
        data, client = self._data(PRESENT_AND_VERIFIED), self._client("webauthn.get", asked["challenge"])
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            authenticatorData=b64(data),
            clientDataJSON=b64(client),
            signature=b64(signature),
            userHandle=b64(self.user),
        )

    def _data(self, flags: int) -> bytes:
        return hashlib.sha256(self.host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, **response: Any) -> str:
        return json.dumps(
            {"id": b64(self.id), "rawId": b64(self.id), "type": "public-key", "response": response}
        )
