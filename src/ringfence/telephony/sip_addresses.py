"""Which SIP addresses may be rung, and which lead back here or into the house.

Stricter than RFC 3261 section 19.1, so that nothing in an address can be taken for something else.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address

MAX_URI_LENGTH = 255
MAX_PORT = 65535
DEFAULT_PORT = 5060

_USER = r"[A-Za-z0-9\-_.!~*'()&=+$,%]{1,64}"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9A-Fa-f:.]{{2,45}}\])"
_URI = re.compile(
    rf"sip:(?:{_USER}@)?{_HOST}(?::(?P<port>[0-9]{{1,5}}))?(?:;transport=(?:udp|tcp)|;user=phone)*"
)


def is_destination(uri: str) -> bool:
    """Whether a SIP URI (RFC 3261 section 19.1) may be rung.

    Stricter than the RFC: no password, no headers, and only the parameters `transport` and `user`,
    because others (`maddr`, `lr`, `received`) could send the call elsewhere than the URI says.
    """
    match = _URI.fullmatch(uri)
    if match is None or len(uri) > MAX_URI_LENGTH:
        return False
    return match["port"] is None or 0 < int(match["port"]) <= MAX_PORT


def _where(uri: str) -> tuple[str, int]:
    """The host of a SIP URI, in lower case and without brackets, and its port (RFC 3261 section 19.1.2: 5060)."""
    place = uri.partition(":")[2].rpartition("@")[2].partition(";")[0]
    bracketed = place.startswith("[")
    host, _, rest = place[1:].partition("]") if bracketed else place.partition(":")
    port = rest.removeprefix(":")
    return host.rstrip(".").lower(), int(port) if port else DEFAULT_PORT


def host_of(uri: str) -> str:
    """The host of a SIP URI, in lower case and without brackets."""
    return _where(uri)[0]


def port_of(uri: str) -> int:
    """The port of a SIP URI."""
    return _where(uri)[1]


def address_of(uri: str) -> IPv4Address | IPv6Address | None:
    """The address a SIP URI names, that of IPv4 where one is written inside one of IPv6; None for a name."""
    try:
        found = ip_address(host_of(uri))
    except ValueError:
        return None
    inside = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return inside or found


def is_odd(uri: str) -> bool:
    """Whether the host is neither a name nor an address as they are written today, such as 3221225985 or 0300.0.2.1.

    Some resolvers take these for addresses, so that what was checked would not be what is rung.
    """
    last = host_of(uri).rpartition(".")[2]
    return (last.isdigit() or last.startswith("0x")) and address_of(uri) is None


def is_itself(uri: str, *, address: str, port: int, advertised: str = "") -> bool:
    """Whether a SIP URI leads back to the switch, which listens on `address` and `port`, so that a call would loop.

    `advertised` is a host or address, with or without a port, by which others know the switch. Names are compared as
    written, and not looked up.
    """
    host, wanted = _where(uri)
    if advertised:
        known, known_port = _where(f"sip:{advertised}")
        if host == known and wanted in {known_port if ":" in advertised else port, port}:
            return True
    if wanted != port:
        return False
    try:
        own, given = ip_address(address), ip_address(host)
    except ValueError:
        return ip_address(address).is_loopback and (host == "localhost" or host.endswith(".localhost"))
    return (
        given == own
        or given.is_unspecified
        or (given.is_loopback and (own.is_loopback or own.is_unspecified))
    )


def is_internal(uri: str) -> bool:
    """Whether a SIP URI names, by address or as `localhost`, a machine that is not on the public internet."""
    host, _port = _where(uri)
    try:
        return not ip_address(host).is_global
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def is_loopback(uri: str) -> bool:
    """Whether a SIP URI names the machine the switch runs on, as on a developer's, where everything is on one."""
    host, _port = _where(uri)
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
