"""How a route is written for the switch: one line of text per number.

    1|in_service|7||25 sip:desk@pbx.example.com

Format version, state, version of the number, schedule (empty until there are schedules), then one
field per destination: seconds to ring, a space, the SIP URI. The format version comes first, so
that a node of another release can tell what it cannot read. Nothing personal but the destination
itself is in it. `deploy/kamailio/ringfence.cfg` reads it.
"""

import re
from ipaddress import ip_address

from ringfence.telephony.ports import Destination, Route, RouteState

FORMAT = "1"
MAX_DESTINATIONS = 1
"""How many destinations the switch can ring for one number, in order."""
MAX_RING_SECONDS = 120
MAX_URI_LENGTH = 255
MAX_PORT = 65535
DEFAULT_PORT = 5060

_E164 = re.compile(r"\+[1-9][0-9]{3,14}")
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


def key(e164: str) -> str:
    """The key of a number at the switch: its digits. Raises ValueError unless it is E.164 with plus sign."""
    if _E164.fullmatch(e164) is None:
        message = "A number must be written as E.164 with its plus sign."
        raise ValueError(message)
    return e164[1:]


def encode(route: Route) -> str:
    """Write a route. Raises ValueError (naming no personal data) when it cannot be written."""
    key(route.e164)
    if route.version < 0:
        message = "The version of a route cannot be negative."
        raise ValueError(message)
    if len(route.destinations) > MAX_DESTINATIONS:
        message = f"A route has at most {MAX_DESTINATIONS} destination."
        raise ValueError(message)
    # A refused number needs no destination, so none is handed out.
    rung = route.destinations if route.state is RouteState.IN_SERVICE else ()
    fields = [FORMAT, route.state.value, str(route.version), "", *map(_encode_destination, rung)]
    return "|".join(fields)


def decode(e164: str, value: str) -> Route:
    """Read what `encode` wrote. Raises ValueError for anything else."""
    written, state, version, schedule, *destinations = value.split("|")
    if written != FORMAT or schedule:
        message = "This route is written in a format that is not known here."
        raise ValueError(message)
    rung = tuple(_decode_destination(field) for field in destinations)
    route = Route(e164, RouteState(state), rung, int(version))
    if encode(route) != value:
        message = "This route is not written the way it should be."
        raise ValueError(message)
    return route


def _encode_destination(destination: Destination) -> str:
    if not is_destination(destination.uri):
        message = "The destination is not a SIP URI that can be rung."
        raise ValueError(message)
    if not 1 <= destination.ring_seconds <= MAX_RING_SECONDS:
        message = f"A destination rings for 1 to {MAX_RING_SECONDS} seconds."
        raise ValueError(message)
    return f"{destination.ring_seconds} {destination.uri}"


def _decode_destination(field: str) -> Destination:
    seconds, _, uri = field.partition(" ")
    return Destination(uri, int(seconds))
