"""Customers with numbers, and carriers that bring them messages through the store's own door."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from ringfence.kernel.actor import Actor
from ringfence.telephony.actions import numbers
from ringfence.telephony.queries import Offer
from tests.accounts.builders import customer
from tests.world import SYSTEM, free_number

TOKEN = "a token that both sides know"
PLAIN_SECRET = "a secret in a header, long enough"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC_KEY = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
ORIGIN = "https://numbers.example"
SETTINGS: dict[str, Any] = {
    "twilio_auth_token": TOKEN,
    "telnyx_public_key": PUBLIC_KEY,
    "message_addresses": ("192.0.2.0/24",),
    "message_secret": PLAIN_SECRET,
    "message_fields": (
        ("id", "messageId"),
        ("from", "sender"),
        ("to", "message.to"),
        ("text", "message.body"),
        ("sent", "sentAt"),
        ("reference", "udh.ref"),
        ("part", "udh.part"),
        ("parts", "udh.parts"),
    ),
}
SENDER = "+447700900123"
_ids, _people = count(1), count(100)


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


@dataclass
class Holder:
    """A customer with a number in service."""

    number: Offer
    subject: UUID = field(default_factory=lambda: customer(email=f"customer{next(_people)}@example.com"))
    since: datetime = field(default_factory=lambda: now() - timedelta(days=1))

    @property
    def by(self) -> Actor:
        """The customer's own hand."""
        return Actor.customer(self.subject)

    def begin(self) -> "Holder":
        """Put the number into service."""
        until = self.since + timedelta(minutes=10)
        numbers.hold(number=self.number.id, subject=self.subject, until=until, by=SYSTEM, at=self.since)
        numbers.put_into_service(number=self.number.id, subject=self.subject, by=SYSTEM, at=self.since)
        return self


def a_holder(since: datetime | None = None) -> Holder:
    """Return a customer with a number in service."""
    return Holder(free_number(), since=since or now() - timedelta(days=1)).begin()


def fresh_id() -> str:
    """Return an id as a carrier gives it."""
    return f"SM{next(_ids):032x}"


def twilio(to: str, text: str = "Hello", **changes: Any) -> tuple[int, str]:
    """Bring a message Twilio's way; `url`, `token`, `host` and `fields` may differ from what they should be."""
    given = {
        "token": TOKEN,
        "url": f"{ORIGIN}/webhooks/messages/twilio/",
        "host": "numbers.example",
        **changes,
    }
    fields = {
        "MessageSid": given.get("id") or fresh_id(),
        "From": given.get("sender", SENDER),
        "To": to,
        "Body": text,
        "NumMedia": "0",
        **given.get("fields", {}),
    }
    signed = given["url"] + "".join(name + fields[name] for name in sorted(fields))
    mac = hmac.new(given["token"].encode(), signed.encode(), hashlib.sha1).digest()
    response = Client(enforce_csrf_checks=True).post(
        "/webhooks/messages/twilio/",
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": base64.b64encode(mac).decode(), "Host": given["host"]},
        secure=True,
    )
    return response.status_code, response.content.decode()


def telnyx(to: str, text: str = "Hello", **changes: Any) -> int:
    """Bring a message Telnyx's way; `sent` is the moment of the signature, `at` when the carrier took the message."""
    body = json.dumps(
        {
            "data": {
                "event_type": changes.get("kind", "message.received"),
                "id": "event",
                "payload": {
                    "id": changes.get("id") or fresh_id(),
                    "direction": "inbound",
                    "from": {"phone_number": SENDER, "carrier": "dropped-carrier"},
                    "to": [{"phone_number": to, "status": "webhook_delivered"}],
                    "text": text,
                    "media": [],
                    "received_at": changes.get("at", now()).isoformat(),
                    **changes.get("more", {}),
                },
            }
        }
    ).encode()
    sent = str(changes.get("sent", int(time.time())))
    signed = base64.b64encode(changes.get("key", KEY).sign(sent.encode() + b"|" + body)).decode()
    headers = {"Telnyx-Signature-Ed25519": signed, "Telnyx-Timestamp": sent}
    posted = Client(enforce_csrf_checks=True).post(
        "/webhooks/messages/telnyx/",
        changes.get("body", body),
        content_type="application/json",
        headers=headers,
    )
    return posted.status_code


def plain(to: str, text: str = "Hello", **changes: Any) -> int:
    """Bring a message as a carrier that signs nothing does."""
    said: dict[str, Any] = {
        "messageId": changes.get("id") or fresh_id(),
        "sender": SENDER,
        "message": {"to": to, "body": text},
        **changes.get("more", {}),
    }
    if "sent" in changes:
        said["sentAt"] = changes["sent"].isoformat()
    posted = Client(enforce_csrf_checks=True).post(
        "/webhooks/messages/carrier/",
        json.dumps(said),
        content_type="application/json",
        headers={"X-Webhook-Secret": changes.get("secret", PLAIN_SECRET), **changes.get("headers", {})},
        REMOTE_ADDR=changes.get("address", "192.0.2.7"),
    )
    return posted.status_code
