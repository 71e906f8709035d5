"""Telnyx's way: JSON, signed with Ed25519 over the moment of sending, a bar, and the body."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.conf import settings

from ringfence.adapters.carriers import reading
from ringfence.telephony.message_ports import Answer, Arrived, Brought, NotProvenError, UnreadableError

SIGNATURE_HEADER: Final = "Telnyx-Signature-Ed25519"
MOMENT_HEADER: Final = "Telnyx-Timestamp"
TOLERANCE: Final = timedelta(minutes=5)
"""How far the moment of sending may be from now; what is older was perhaps overheard and is sent again."""
LONGEST_MOMENT: Final = 12


class TelnyxCarrier:
    """A carrier that brings messages Telnyx's way."""

    answer = Answer(200)

    def __init__(self, public_key: bytes) -> None:
        """Remember the carrier's key."""
        self._key = Ed25519PublicKey.from_public_bytes(public_key)

    def prove(self, brought: Brought, *, at: datetime) -> None:
        """See the port."""
        sent = brought.headers.get(MOMENT_HEADER, "")
        try:
            signed = base64.b64decode(brought.headers.get(SIGNATURE_HEADER, ""), validate=True)
            self._key.verify(signed, sent.encode() + b"|" + brought.body)
        except (ValueError, binascii.Error, InvalidSignature):
            raise NotProvenError from None
        if not sent.isascii() or not sent.isdecimal() or len(sent) > LONGEST_MOMENT:
            raise NotProvenError
        if abs(at - datetime.fromtimestamp(int(sent), UTC)) > TOLERANCE:
            raise NotProvenError

    @staticmethod
    def read(brought: Brought) -> Arrived | None:
        """See the port."""
        found = reading.json_object(brought.body)
        if reading.at_path(found, "data.event_type") != "message.received":
            return None
        said = found["data"].get("payload")
        if not isinstance(said, Mapping):
            raise UnreadableError("no payload")
        media = said.get("media")
        message = Arrived(
            id=reading.at_path(said, "id"),
            number=_ours(said.get("to")),
            sender=reading.at_path(said, "from.phone_number"),
            text=reading.at_path(said, "text"),
            sent_at=reading.moment(reading.at_path(said, "received_at")),
            media=len(media) if isinstance(media, Sequence) and not isinstance(media, str) else 0,
        )
        if not message.id or not message.number:
            raise UnreadableError("no id or no number")
        return message


def trial(word: str) -> list[Arrived | None]:
    """Read a message that says a word in every part nobody declared."""
    extra = reading.dropped(word)
    said: dict[str, Any] = {
        **extra,
        "id": "one",
        "text": "Hello",
        "from": {**extra, "phone_number": "+442079460001"},
        "to": [{**extra, "phone_number": "+442079460002", "status": "webhook_delivered"}],
        "media": [{"url": word}],
    }
    brought = {"data": {**extra, "event_type": "message.received", "payload": said}, "meta": extra}
    return [TelnyxCarrier.read(reading.example(brought, "application/json"))]


def _ours(recipients: Any) -> str:
    """Return the number a message was brought to us for: of a group's, the one it says so of; else the first."""
    numbers = [one for one in recipients if isinstance(one, Mapping)] if isinstance(recipients, list) else []
    brought = [one for one in numbers if one.get("status") == "webhook_delivered"]
    return reading.at_path((brought or numbers or [{}])[0], "phone_number")


def from_settings() -> TelnyxCarrier | None:
    """Return the carrier, when its key is set."""
    key = settings.ENVIRONMENT.telnyx_public_key
    return TelnyxCarrier(key) if key else None
