"""The settings of calls, as a part of the table in `declared`."""

from dataclasses import dataclass
from pathlib import Path

from ringfence.config import parsing
from ringfence.config.declaring import declare as _declare


@dataclass(frozen=True, kw_only=True)
class SipSettings:
    """What the SIP switch is told, already read and checked."""

    sip_port: int = _declare("RINGFENCE_SIP_PORT", parsing.port, 15060, "UDP and TCP port of the SIP switch.")
    sip_address: str = _declare(
        "RINGFENCE_SIP_ADDRESS", parsing.ip_address, "127.0.0.1", "Address the SIP switch listens on."
    )
    sip_advertised: str | None = _declare(
        "RINGFENCE_SIP_ADVERTISED",
        parsing.text,
        None,
        "Host, or host:port, the SIP switch calls itself where that differs from its address.",
    )
    sip_node: str = _declare(
        "RINGFENCE_SIP_NODE",
        parsing.node_name,
        "edge-1",
        "Name of this machine's SIP switch among those of the installation; each has another.",
    )
    sip_trunks: tuple[str, ...] = _declare(
        "RINGFENCE_SIP_TRUNKS",
        parsing.list_of(parsing.ip_network),
        ("127.0.0.1/32",),
        "Networks the carriers send calls from, separated by commas; all others are refused.",
    )
    sip_outbound: tuple[str, ...] = _declare(
        "RINGFENCE_SIP_OUTBOUND",
        parsing.list_of(parsing.sip_carrier),
        (),
        "Carriers through which calls leave for phone numbers, as SIP addresses in order; none: no such forwarding.",
    )
    sip_calls_at_once: int = _declare(
        "RINGFENCE_SIP_CALLS_AT_ONCE",
        parsing.count(1, 100_000),
        4000,
        "Calls the SIP switch holds at once; further ones are told to come back in ten seconds.",
    )
    sip_name: str | None = _declare(
        "RINGFENCE_SIP_NAME",
        parsing.host_name,
        None,
        "Host name customers' phones register at; their passwords are bound to it, and the certificate carries it.",
        shown="host of the public origin",
    )
    sip_tls_port: int | None = _declare(
        "RINGFENCE_SIP_TLS_PORT",
        parsing.port,
        None,
        "TCP port of the SIP switch for TLS: customers' phones, and carriers that offer it.",
        shown="15061, the one behind RINGFENCE_SIP_PORT",
    )
    sip_tls_certificate: Path | None = _declare(
        "RINGFENCE_SIP_TLS_CERTIFICATE",
        parsing.file,
        None,
        "Certificate chain of the SIP switch, as a PEM file.",
        shown="self-signed, made once",
    )
    sip_tls_key: Path | None = _declare(
        "RINGFENCE_SIP_TLS_KEY", parsing.file, None, "Private key of that certificate, as a PEM file."
    )
    sip_tls_trunk_names: tuple[str, ...] = _declare(
        "RINGFENCE_SIP_TLS_TRUNK_NAMES",
        parsing.list_of(parsing.host_name),
        (),
        "Names of which a carrier's certificate must carry one when it calls over TLS; without, its address is enough.",
    )
    sip_tls_authorities: Path | None = _declare(
        "RINGFENCE_SIP_TLS_AUTHORITIES",
        parsing.file,
        None,
        "Certificates of the authorities that carriers' certificates are checked against, as a PEM file.",
        shown="the system's, with RINGFENCE_SIP_TLS_TRUNK_NAMES",
    )

    @property
    def tls_port(self) -> int:
        """The TCP port of the SIP switch for TLS."""
        return self.sip_tls_port or self.sip_port + 1
