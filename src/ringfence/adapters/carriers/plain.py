"""The way of a carrier that signs nothing: it is known by the network it sends from and by a secret in a header.

What it calls the parts of a message is a setting; in JSON by dotted paths.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime
from ipaddress import ip_address, ip_network
from typing import Any, Final

from django.conf import settings

from ringfence.adapters.carriers import reading
from ringfence.telephony.message_ports import Answer, Arrived, Brought, NotProvenError, UnreadableError

SECRET_HEADER: Final = "X-Webhook-Secret"  # noqa: S105 - the name of a header
MOST_PARTS: Final = 255


class PlainCarrier:
    """A carrier known by its networks and a secret."""

    answer = Answer(200)

    def __init__(self, networks: tuple[str, ...], secret: str, fields: Mapping[str, str]) -> None:
        """Remember how it is known, and what it calls the parts of a message."""
        self._networks = [ip_network(one) for one in networks]
        self._secret, self._fields = secret.encode(), fields

    def prove(self, brought: Brought, *, at: datetime) -> None:
        """See the port."""
        knows = hmac.compare_digest(brought.headers.get(SECRET_HEADER, "").encode(), self._secret)
        try:
            address = ip_address(brought.address)
        except ValueError:
            raise NotProvenError from None
        if not knows or not any(address in network for network in self._networks):
            raise NotProvenError

    def read(self, brought: Brought) -> Arrived | None:
        """See the port."""
        if reading.is_json(brought.headers):
            found = reading.json_object(brought.body)
            said = {ours: reading.at_path(found, theirs) for ours, theirs in self._fields.items()}
        else:
            fields = dict(reading.form(brought.body))
            said = {ours: fields.get(theirs, "") for ours, theirs in self._fields.items()}
        if not said["id"] or not said["to"]:
            raise UnreadableError("no id or no number")
        parts = reading.whole_number(said.get("parts", ""), 1, 1, MOST_PARTS)
        return Arrived(
            id=said["id"],
            number=said["to"],
            sender=said["from"],
            text=said["text"],
            sent_at=reading.moment(said.get("sent", "")),
            reference=said.get("reference", ""),
            part=reading.whole_number(said.get("part", ""), 1, 1, parts),
            parts=parts,
        )


def trial(word: str) -> list[Arrived | None]:
    """Read a form and a JSON message, in the words of the settings, that say a word in every part nobody declared."""
    fields = dict(settings.ENVIRONMENT.message_fields)
    said = {"id": "one", "from": "+442079460001", "to": "+442079460002", "text": "Hello"}
    carrier = PlainCarrier((), "", fields)
    form = {**reading.dropped(word), **{fields[ours]: value for ours, value in said.items()}}
    nested: dict[str, Any] = dict(reading.dropped(word))
    for ours, value in said.items():
        *way, last = fields[ours].split(".")
        place = nested
        for step in way:
            place = place.setdefault(step, dict(reading.dropped(word)))
        place[last] = value
    return [carrier.read(reading.example(form)), carrier.read(reading.example(nested, "application/json"))]


def from_settings() -> PlainCarrier | None:
    """Return the carrier, when its networks and its secret are set."""
    own = settings.ENVIRONMENT
    if not own.message_secret or not own.message_addresses:
        return None
    return PlainCarrier(own.message_addresses, own.message_secret, dict(own.message_fields))
