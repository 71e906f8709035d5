"""What one SIP node is: its directories, addresses and trunks. Built from the settings or by hand."""

import ipaddress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ringfence.adapters.switch.certificates import Tls
from ringfence.telephony.sip_addresses import is_destination

SOCKET_PATH_LIMIT = 107
"""Bytes that fit into the path of a local socket on Linux (`sun_path`, less its end)."""


@dataclass(frozen=True)
class SipNode:
    """One node of the edge.

    `run_dir` must be short and should be on tmpfs: it holds sockets, the hiding key and the snapshot of
    routes, destinations included. `spool_dir` takes the call records. `address` is where the node
    listens. `advertised` is the IPv4 address it calls itself where that differs ("192.0.2.1", or with a
    port "192.0.2.1:5060"); no name, because a node whose own name does not resolve would not start.
    `trunks` are the carriers' addresses or networks; `outbound` are SIP addresses of carriers through which calls
    leave for phone numbers, in the order in which they are tried. `private` are private networks that customers' SIP
    addresses may lie in. `calls_at_once` is what the node holds; more are
    told to come back. `tls` says how the node speaks TLS, None that it does not; phones register over TLS only, for
    `phone_seconds` at most and `phone_least` at least. Memory is in MiB, and 0 lets
    it follow from how much there is to hold: 1 million numbers take about 220.
    """

    run_dir: Path
    spool_dir: Path
    sip_port: int
    trunks: tuple[str, ...] = ("127.0.0.1",)
    address: str = "127.0.0.1"
    outbound: tuple[str, ...] = ()
    calls_at_once: int = 4000
    advertised: str = ""
    name: str = "edge-1"
    shared_memory: int = 0
    private_memory: int = 0
    tls: Tls | None = None
    phone_seconds: int = 600
    phone_least: int = 60
    private: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not work, with a sentence (ValueError)."""
        for path in (self.run_dir, self.spool_dir):
            if not path.is_absolute() or set(str(path)) & set("!\"'\\\n "):
                message = f"{path}: this directory must be absolute, without quotes, spaces or '!'."
                raise ValueError(message)
        if len(str(self.run_dir / "reply-00000000")) > SOCKET_PATH_LIMIT:
            message = f"{self.run_dir}: this path is too long to hold a local socket."
            raise ValueError(message)
        for trunk in self.trunks + self.private:
            ipaddress.ip_network(trunk, strict=False)
        for carrier in self.outbound:
            if not is_destination(carrier) or "@" in carrier:
                message = f"{carrier}: an outbound carrier is a SIP address without a user, like sip:192.0.2.1:5060."
                raise ValueError(message)
        if self.calls_at_once < 1:
            message = "A node holds at least one call."
            raise ValueError(message)
        ipaddress.ip_address(self.address)
        if self.advertised:
            ipaddress.IPv4Address(self.advertised.partition(":")[0])

    @property
    def control(self) -> Path:
        """The socket that controls the node."""
        return self.run_dir / "rpc.sock"

    @property
    def snapshot(self) -> Path:
        """The routes that the node loads when it starts."""
        return self.run_dir / "routes.sqlite"


def from_settings() -> SipNode:
    """The node that the settings describe.

    Needed: `SIP_RUN_DIR`, `SIP_SPOOL_DIR` (paths), `SIP_PORT`, `SIP_TRUNKS`, `SIP_NAME` and the `SIP_TLS_` ones.
    Where they exist, `SIP_OUTBOUND`, `SIP_CALLS_AT_ONCE`, `SIP_ADDRESS`, `SIP_ADVERTISED` and `SIP_NODE` are used too.
    """
    return SipNode(
        run_dir=Path(settings.SIP_RUN_DIR),
        spool_dir=Path(settings.SIP_SPOOL_DIR),
        sip_port=int(settings.SIP_PORT),
        trunks=tuple(settings.SIP_TRUNKS),
        outbound=tuple(getattr(settings, "SIP_OUTBOUND", ())),
        private=tuple(getattr(settings, "SIP_PRIVATE_DESTINATIONS", ())),
        calls_at_once=int(getattr(settings, "SIP_CALLS_AT_ONCE", 4000)),
        address=str(getattr(settings, "SIP_ADDRESS", "127.0.0.1")),
        advertised=str(getattr(settings, "SIP_ADVERTISED", "")),
        name=str(getattr(settings, "SIP_NODE", "edge-1")),
        tls=Tls(
            port=int(settings.SIP_TLS_PORT),
            name=str(settings.SIP_NAME),
            own_dir=Path(settings.SIP_TLS_OWN),
            certificate=settings.SIP_TLS_CERTIFICATE,
            key=settings.SIP_TLS_KEY,
            trunk_names=tuple(settings.SIP_TLS_TRUNK_NAMES),
            authorities=settings.SIP_TLS_AUTHORITIES,
        ),
    )
