"""What an answer of the store tells about the software behind it and its encryption (clause 2.7)."""

import re
from collections.abc import Mapping
from typing import Final

from django.http import HttpResponse

from ringfence.privacy.secrecy.words import named

NAMES_WHAT_IT_IS: Final = frozenset({"ledger_verifier", "statistics_verifier"})
"""The addresses of the programs that check what is published."""
FOR_RECEIVERS: Final = {"account:message_forwarding": "HMAC-SHA256"}
"""The word on a page by which a customer's own server tells that a message comes from us."""
DEVICES: Final = re.compile(r"(?:Chrome|Firefox|Safari), Linux")
"""What the store says of a customer's own device in the list of sessions."""


def told(headers: Mapping[str, str], body: str) -> list[str]:
    """What an answer tells about the software behind it."""
    return named(headers, DEVICES.sub("", body))


def tales_of(response: HttpResponse, route: str = "") -> list[str]:
    """What an answer of the test client tells; `route` is the one that answered, where one may tell something."""
    if route in NAMES_WHAT_IT_IS:
        return []
    tales = told(dict(response.headers.items()), b"".join(response).decode("utf-8", "replace"))
    return [tale for tale in tales if tale not in FOR_RECEIVERS.get(route, "")]
