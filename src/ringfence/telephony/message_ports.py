"""What text messages need from outside: carriers that bring them, and somebody who takes them on by the web.

Carriers are named in the setting `MESSAGE_CARRIERS`, each by the dotted path of a function without parameters that
returns the adapter, or None where it is not set up. `FORWARDER_ADAPTER` names the other one in the same way.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


class NotProvenError(Exception):
    """It cannot be shown that this comes from the carrier, or it comes too late to be believed."""


class UnreadableError(Exception):
    """It comes from the carrier and does not say what a message says."""


@dataclass(frozen=True, slots=True, repr=False)
class Brought:
    """What came to a carrier's door.

    `url` is the address that we gave the carrier, with the query as it was sent: what a signature is made over.
    `address` is the network address it came from.
    """

    url: str
    address: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Arrived:
    """A text message, as all that is kept of what a carrier sent (clause 1.3).

    `id` is the carrier's own. `sent_at` is when it took the message, where it says so. A long message that comes in
    parts has `reference` and `parts` in common, and each `part` its place from 1.
    """

    id: str
    number: str
    sender: str
    text: str
    sent_at: datetime | None = None
    media: int = 0
    reference: str = ""
    part: int = 1
    parts: int = 1


class Answer(NamedTuple):
    """What a carrier wants to hear when its message is taken."""

    status: int = 204
    body: str = ""
    content_type: str = "text/plain"


class Carrier(Protocol):
    """A carrier's way of bringing messages."""

    answer: Answer

    def prove(self, brought: Brought, *, at: datetime) -> None:
        """Raise NotProvenError unless this comes from the carrier."""

    def read(self, brought: Brought) -> Arrived | None:
        """Return the message; None for news of another kind. Raises UnreadableError."""


class Trouble(StrEnum):
    """Why what was sent on was not taken."""

    ADDRESS = "address"
    """The name leads nowhere, or to a machine that is not on the public internet."""
    CONNECTION = "connection"
    CERTIFICATE = "certificate"
    SLOW = "slow"
    STATUS = "status"
    """It was answered, and not with 2xx."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How something sent on was taken: no trouble means that it was. `status` is 0 where nothing was answered."""

    trouble: Trouble | None
    status: int = 0
    milliseconds: int = 0


class Forwarder(Protocol):
    """Takes what is sent on to an address of a customer's, and never to a machine inside the house."""

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """Send once; never raises for what the other side does. Redirects are not followed."""


def carrier(name: str) -> Carrier | None:
    """Return the carrier of that name; None when there is none, or when it is not set up."""
    path = settings.MESSAGE_CARRIERS.get(name)
    return cast("Callable[[], Carrier | None]", import_string(path))() if path else None


def rehearse(number: str, sender: str, text: str) -> bool:
    """Have the carrier of a rehearsal store bring a message; tell whether it was taken, which it is nowhere else."""
    bring = cast("Callable[[str, str, str], bool]", import_string(settings.REHEARSAL_CARRIER))
    return bool(settings.REHEARSAL_CARRIER_SECRET) and bring(number, sender, text)


def forwarder() -> Forwarder:
    """Return the forwarder that the settings name."""
    return cast("Callable[[], Forwarder]", import_string(settings.FORWARDER_ADAPTER))()
