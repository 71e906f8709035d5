"""The hosts of carriers, which no step may ring by address: a call there would leave for any number, past every guard.

Names are compared as they are written. What a name leads to is looked up and checked where the call is placed.
"""

from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.conf import settings

from ringfence.telephony.sip_addresses import address_of, host_of, is_loopback, port_of


def is_carriers(uri: str) -> bool:
    """Whether a SIP URI leads to a carrier: by the name or address calls leave through, or that carriers call from.

    On a developer's machine a carrier and the phones share the loopback addresses, so there the port decides too.
    """
    outbound = tuple(settings.SIP_OUTBOUND)
    if is_loopback(uri):
        return _place(uri) in {_place(carrier) for carrier in outbound if is_loopback(carrier)}
    if host_of(uri) in _names(outbound, tuple(settings.SIP_TLS_TRUNK_NAMES)):
        return True
    address = address_of(uri)
    if address is None:
        return False
    return address in {address_of(carrier) for carrier in outbound} or any(
        address in network for network in _networks(tuple(settings.SIP_TRUNKS))
    )


def _place(uri: str) -> tuple[str, int]:
    """Return a loopback address, whichever of its names was written, and the port."""
    return str(address_of(uri) or "127.0.0.1"), port_of(uri)


@lru_cache(maxsize=8)
def _names(outbound: tuple[str, ...], certified: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        {host_of(carrier) for carrier in outbound} | {name.rstrip(".").lower() for name in certified}
    )


@lru_cache(maxsize=8)
def _networks(trunks: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(trunk) for trunk in trunks)
