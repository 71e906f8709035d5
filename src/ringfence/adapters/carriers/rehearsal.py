"""The carrier of a rehearsal store: nobody's but its own, which brings a message so that one can see it arrive.

It brings messages as a real carrier does, signed, through the same door, over HTTP.
"""

import secrets
import time
from dataclasses import replace
from http.client import HTTPException
from typing import Final
from urllib.parse import urlencode

from django.conf import settings

from ringfence.adapters import door
from ringfence.adapters.carriers import reading
from ringfence.adapters.carriers.twilio import SIGNATURE_HEADER, TwilioCarrier, signature
from ringfence.privacy.disclosure.door import Exit
from ringfence.telephony.message_ports import Arrived, Brought

EXIT: Final = Exit(
    "rehearsal carrier", inside=frozenset({"telephony.Message.sender", "telephony.Message.text"})
)
PATH = "/webhooks/messages/rehearsal/"
PATIENCE = 10.0


class RehearsalCarrier(TwilioCarrier):
    """Twilio's way, with the moment added, so that who just got a number need not wait to try it."""

    def read(self, brought: Brought) -> Arrived | None:
        """See the port."""
        found = super().read(brought)
        sent_at = reading.moment(dict(reading.form(brought.body)).get("Sent", ""))
        return replace(found, sent_at=sent_at) if found else None


def from_settings() -> RehearsalCarrier | None:
    """Return the carrier, in a store that has demo data."""
    secret = settings.REHEARSAL_CARRIER_SECRET
    return RehearsalCarrier(secret) if secret else None


def bring(number: str, sender: str, text: str) -> bool:
    """Bring a message to the store itself; tell whether it was taken."""
    key, sent = f"SM{secrets.token_hex(16)}", f"{time.time():.3f}"
    fields = {"MessageSid": key, "From": sender, "To": number, "Body": text, "Sent": sent}
    signed = signature(settings.REHEARSAL_CARRIER_SECRET, settings.PUBLIC_ORIGIN + PATH, fields.items())
    own = settings.ENVIRONMENT
    connection = door.HTTP(EXIT, own.web_address, own.web_port, patience=PATIENCE)
    headers = {"Content-Type": "application/x-www-form-urlencoded", SIGNATURE_HEADER: signed}
    try:
        connection.request("POST", PATH, urlencode(fields), headers)
        return connection.getresponse().status == 200  # noqa: PLR2004 - as a carrier reads it
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
