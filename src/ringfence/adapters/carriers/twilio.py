"""Twilio's way: a form, signed with HMAC-SHA1 over the address we gave and its fields in the order of their names.

JSON is signed by a digest of the body (`bodySHA256`) in the signed address. The signature is in `X-Twilio-Signature`;
Twilio sends no moment, so a repeat is known by the message's own id alone.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final
from urllib.parse import parse_qs, urlsplit

from django.conf import settings

from ringfence.adapters.carriers import reading
from ringfence.telephony.message_ports import Answer, Arrived, Brought, NotProvenError, UnreadableError

SIGNATURE_HEADER: Final = "X-Twilio-Signature"
BODY_DIGEST: Final = "bodySHA256"
NOTHING_TO_SAY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'
PORTS: Final = {"https": 443, "http": 80}
MOST_MEDIA: Final = 99
SID: Final = re.compile(r"(SM|MM)[0-9a-f]{32}")
"""The id of a message. Nothing tells names and values apart in what is signed, so that letters can be moved from one to
the other and the signature stays right; with an id of just this form a moved one is no other message.
"""


def signature(token: str, url: str, fields: Iterable[tuple[str, str]] = ()) -> str:
    """Return the signature of a request: a field that is there twice with one value counts once."""
    signed = url + "".join(f"{name}{value}" for name, value in sorted(set(fields)))
    return base64.b64encode(hmac.digest(token.encode(), signed.encode(), "sha1")).decode()


class TwilioCarrier:
    """A carrier that brings messages Twilio's way."""

    answer = Answer(200, NOTHING_TO_SAY, "text/xml; charset=utf-8")

    def __init__(self, token: str) -> None:
        """Remember the token both sides know."""
        self._token = token

    def prove(self, brought: Brought, *, at: datetime) -> None:
        """See the port."""
        given = brought.headers.get(SIGNATURE_HEADER, "").encode()
        fields = self._signed_fields(brought)
        right = [signature(self._token, url, fields).encode() for url in _spellings(brought.url)]
        if not any(hmac.compare_digest(given, one) for one in right):
            raise NotProvenError

    def read(self, brought: Brought) -> Arrived | None:
        """See the port."""
        if reading.is_json(brought.headers):
            found = reading.json_object(brought.body)
            fields = {name: reading.at_path(found, name) for name in found if "." not in name}
        else:
            fields = dict(reading.form(brought.body))
        if fields.get("SmsStatus", "received") != "received":
            return None
        message = Arrived(
            id=fields.get("MessageSid", ""),
            number=fields.get("To", ""),
            sender=fields.get("From", ""),
            text=fields.get("Body", ""),
            media=reading.whole_number(fields.get("NumMedia", ""), 0, 0, MOST_MEDIA),
        )
        if not SID.fullmatch(message.id) or not message.number:
            raise UnreadableError("no id or no number")
        return message

    @staticmethod
    def _signed_fields(brought: Brought) -> list[tuple[str, str]]:
        digests = parse_qs(urlsplit(brought.url).query).get(BODY_DIGEST)
        if digests:
            right = hashlib.sha256(brought.body).hexdigest().encode()
            if not hmac.compare_digest(digests[-1].lower().encode(), right):
                raise NotProvenError
            return []
        if reading.is_json(brought.headers):
            raise NotProvenError
        try:
            return reading.form(brought.body)
        except UnreadableError:
            raise NotProvenError from None


def _spellings(url: str) -> tuple[str, str]:
    """Return an address with its port and without: Twilio signs either, as it was given."""
    parts = urlsplit(url)
    usual = PORTS[parts.scheme]
    bare = parts.netloc.removesuffix(f":{usual}")
    ported = parts.netloc if parts.port and parts.port != usual else f"{bare}:{usual}"
    rest = url[len(f"{parts.scheme}://{parts.netloc}") :]
    return f"{parts.scheme}://{bare}{rest}", f"{parts.scheme}://{ported}{rest}"


def trial(word: str) -> list[Arrived | None]:
    """Read a form and a JSON message that say a word in every part nobody declared."""
    said = {
        **reading.dropped(word),
        "MessageSid": f"SM{'0' * 32}",
        "From": "+442079460001",
        "To": "+442079460002",
        "Body": "Hello",
    }
    carrier = TwilioCarrier("")
    return [carrier.read(reading.example(said)), carrier.read(reading.example(said, "application/json"))]


def from_settings() -> TwilioCarrier | None:
    """Return the carrier, when its token is set."""
    token = settings.ENVIRONMENT.twilio_auth_token
    return TwilioCarrier(token) if token else None
