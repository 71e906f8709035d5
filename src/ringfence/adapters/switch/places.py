"""The list of addresses that a node goes by: who may call, and where no customer's step may lead."""

import contextlib
import ipaddress
import re
import socket
import threading

from ringfence.adapters.switch.node import SipNode

TRUNKS, NEVER, NOT_PUBLIC, LET_IN = 1, 2, 3, 4
"""The groups, as the configuration knows them."""
ANY_PORT = 0
SIP_PORT, SIP_TLS_PORT = 5060, 5061
LOOKUP_SECONDS = 3.0

NETWORKS_NOT_PUBLIC = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24"),
    *("192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/3"),
    *("::/128", "::ffff:0:0/96", "64:ff9b::/96", "fc00::/7", "fe80::/10", "ff00::/8"),
)
LOOPBACKS = ("127.0.0.0/8", "::1/128")


def listed(node: SipNode) -> str:
    """Return the file of addresses for a node; carriers known by name are looked up, for a few seconds at most."""
    lines = ["# group, address, prefix, port (0: any). Written when the node starts."]
    lines += [_line(TRUNKS, network) for network in node.trunks]
    # On a loopback carriers and phones share addresses: there only ports tell them apart.
    lines += [_line(NEVER, network) for network in node.trunks if not _is_loopback(network)]
    lines += [_line(NEVER, address, port) for address, port in sorted(_never(node))]
    closed = NETWORKS_NOT_PUBLIC if _is_loopback(node.address) else NETWORKS_NOT_PUBLIC + LOOPBACKS
    lines += [_line(NOT_PUBLIC, network) for network in closed]
    lines += [_line(LET_IN, network) for network in node.private]
    return "\n".join(lines) + "\n"


def _never(node: SipNode) -> set[tuple[str, int]]:
    """Addresses and ports of carriers that take calls for phone numbers, and of the node itself."""
    found: set[tuple[str, int]] = set()
    for carrier in node.outbound:
        host, port = _host_and_port(carrier)
        found.update((address, port) for address in _addresses(host))
    own = [(node.address, node.sip_port)]
    if node.tls is not None:
        own.append((node.address, node.tls.port))
    if node.advertised:
        own.append((node.advertised.partition(":")[0], ANY_PORT))
    found.update(place for place in own if not ipaddress.ip_address(place[0]).is_unspecified)
    return {(address, port if _is_loopback(address) else ANY_PORT) for address, port in found}


def _host_and_port(uri: str) -> tuple[str, int]:
    place, _, parameters = uri.partition(":")[2].partition(";")
    host, port = re.fullmatch(r"(\[[^]]*\]|[^:]*)(?::(\d+))?", place).groups()  # type: ignore[union-attr]
    usual = SIP_TLS_PORT if "transport=tls" in parameters or uri.startswith("sips:") else SIP_PORT
    return host.strip("[]"), int(port or usual)


def _addresses(host: str) -> list[str]:
    """Return the addresses of a carrier's name. What is not found now is learnt by the node from its first call."""
    with contextlib.suppress(ValueError):
        return [str(ipaddress.ip_address(host))]
    found: list[str] = []

    def look() -> None:
        with contextlib.suppress(OSError):
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, None))

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(LOOKUP_SECONDS)
    return list(found)


def _is_loopback(network: str) -> bool:
    return ipaddress.ip_network(network, strict=False).is_loopback


def _line(group: int, network: str, port: int = ANY_PORT) -> str:
    given = ipaddress.ip_network(network, strict=False)
    return f"{group} {given.network_address} {given.prefixlen} {port}"
