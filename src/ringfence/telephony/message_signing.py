"""What is sent on to a customer's own address, and how it is signed."""

import hmac
import json
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

from ringfence.kernel.refusal import Refusal, gettext_noop

ID_HEADER: Final = "Message-Id"
MOMENT_HEADER: Final = "Message-Timestamp"
SIGNATURE_HEADER: Final = "Message-Signature"
USER_AGENT: Final = "Messages/1"

EXAMPLE: Final = """\
{"type": "message.received", "id": "msg_...", "number": "+47...", "from": "+44...", "text": "...",
 "received_at": "2026-11-30T12:00:00+00:00", "sent_at": null, "media": 0}

v1=HMAC-SHA256(secret, timestamp + "." + body)"""
"""What is sent, and how it is signed, for whoever reads it at the other end."""

LONGEST_URL: Final = 500
USUAL_PORT: Final = 443
FIRST_OPEN_PORT: Final = 1024
_HOST: Final = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z][A-Za-z0-9-]{0,62}\.?"
)
_TRANSLATED: Final = tuple(
    ip_network(one)
    for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)
"""Addresses of IPv6 that stand for one of IPv4, or lead somewhere inside: none of them is a public host of its own."""


def new_secret() -> str:
    """Return a fresh secret for signing."""
    return f"whs_{secrets.token_urlsafe(32)}"


def signature(secret: str, seconds: int, body: bytes) -> str:
    """Return the value of the signature header: HMAC-SHA256 over `<Unix seconds>.<body>`, in hex."""
    return "v1=" + hmac.digest(secret.encode(), f"{seconds}.".encode() + body, "sha256").hex()


def signed_headers(secret: str, delivery: str, body: bytes, at: datetime) -> dict[str, str]:
    """Return the headers of a request. A repeat has the same id, and the moment and signature of its own sending."""
    seconds = int(at.timestamp())
    return {
        "Content-Type": "application/json",
        "User-Agent": USER_AGENT,
        ID_HEADER: delivery,
        MOMENT_HEADER: str(seconds),
        SIGNATURE_HEADER: signature(secret, seconds, body),
    }


def body(kind: str, **said: str | int | datetime | None) -> bytes:
    """Return the JSON that is sent on."""
    plain: Mapping[str, str | int | None] = {
        name: value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        for name, value in said.items()
    }
    return json.dumps({"type": kind, **plain}, ensure_ascii=False).encode()


def is_public(address: str) -> bool:
    """Tell whether a network address is that of a machine on the public internet."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return (
        found.is_global
        and not found.is_multicast
        and not found.is_reserved
        and not any(found in network for network in _TRANSLATED)
    )


def is_loopback(host: str) -> bool:
    """Tell whether a host is this very machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def read_url(text: str, *, own_machine: bool) -> str:
    """Return a web address to send on to. Raises Refusal that says what is wrong with it.

    On a developer's machine, where everything is on one, an address of the machine itself may be given, by http too.
    """
    url = text.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        parts, host, port = urlsplit(""), "", None
    if own_machine and is_loopback(host) and parts.scheme in {"http", "https"}:
        return url
    if parts.scheme != "https" or not url.isascii() or not url.isprintable() or " " in url:
        raise Refusal(
            "forwarding.scheme",
            gettext_noop(
                "Give a web address that begins with https://, so that nobody on the way can read along."
            ),
        )
    if parts.username or parts.password or parts.fragment or len(url) > LONGEST_URL:
        raise Refusal(
            "forwarding.parts",
            gettext_noop(
                "Give the address without a password and without anything after a #, in at most 500 characters."
                " The signature proves that it is us."
            ),
        )
    if not _is_public_host(host):
        raise Refusal(
            "forwarding.internal",
            gettext_noop("This address cannot be reached from the internet, so nothing can be sent there."),
        )
    if port is not None and port != USUAL_PORT and port < FIRST_OPEN_PORT:
        raise Refusal(
            "forwarding.port",
            gettext_noop("This port belongs to another service. Use the usual one, 443, or one from 1024."),
        )
    return url


def _is_public_host(host: str) -> bool:
    if host.endswith((".localhost", ".local", ".internal", ".home.arpa", ".onion")):
        return False
    return is_public(host) or _HOST.fullmatch(host) is not None
