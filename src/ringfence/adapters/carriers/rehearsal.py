"""The carrier of a rehearsal store: nobody's but its own, which brings a message so that one can see it arrive.

It brings messages as a real carrier does, signed, through the same door, over HTTP.
"""

import secrets
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from django.conf import settings

from ringfence.adapters.carriers.twilio import SIGNATURE_HEADER, TwilioCarrier, signature

PATH = "/webhooks/messages/rehearsal/"
PATIENCE = 10.0


def from_settings() -> TwilioCarrier | None:
    """Return the carrier, in a store that has demo data."""
    secret = settings.REHEARSAL_CARRIER_SECRET
    return TwilioCarrier(secret) if secret else None


def bring(number: str, sender: str, text: str) -> bool:
    """Bring a message to the store itself; tell whether it was taken."""
    fields = {"MessageSid": f"SM{secrets.token_hex(16)}", "From": sender, "To": number, "Body": text}
    signed = signature(settings.REHEARSAL_CARRIER_SECRET, settings.PUBLIC_ORIGIN + PATH, fields.items())
    own = settings.ENVIRONMENT
    connection = HTTPConnection(own.web_address, own.web_port, timeout=PATIENCE)
    headers = {"Content-Type": "application/x-www-form-urlencoded", SIGNATURE_HEADER: signed}
    try:
        connection.request("POST", PATH, urlencode(fields), headers)
        return connection.getresponse().status == 200  # noqa: PLR2004 - as a carrier reads it
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
