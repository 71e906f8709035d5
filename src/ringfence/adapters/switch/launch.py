"""Starting a node: its directories, the generated start file, and the command line.

The readable configuration is `deploy/kamailio/ringfence.cfg`. What belongs to one machine is written
into `run_dir/node.cfg`, which includes it. The node runs in the foreground, is stopped with SIGTERM and
needs no root.
"""

import ipaddress
import os
import resource
import secrets
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

from ringfence.adapters.switch import certificates, installed, places, tables
from ringfence.adapters.switch.node import SipNode, from_settings
from ringfence.adapters.switch.snapshot import Size, Snapshot
from ringfence.adapters.switch.spool import CallSpool
from ringfence.telephony.starting_point import SnapshotLost

CONFIGURATION = Path(__file__).parents[4] / "deploy" / "kamailio" / "ringfence.cfg"
PROGRAM = "kamailio"
MIB = 1 << 20
PLACES = ("/usr/sbin", "/usr/local/sbin")
FOUR_GIB = 4096
MASK_ON_LOOPBACK = "127.0.0.8"

START_FILE = """#!KAMAILIO
# Written when the node starts; changes are lost. Everything readable is in the file included below.
#!substdef "!RUN_DIR!{run_dir}!g"
#!substdef "!SPOOL_DIR!{spool_dir}!g"
#!substdef "!MASK_KEY!{mask_key}!g"
#!substdef "!MARK_KEY!{mark_key}!g"
#!substdef "!MASK_ADDRESS!{mask_address}!g"
#!define NODE_CALLS {calls_at_once}
#!define NODE_SPARE {spare}
#!define OUTBOUND "{outbound}"
#!substdef "!PHONE_REALM!{phone_realm}!g"
#!substdef "!PHONE_EXPIRES!{phone_expires}!g"
#!substdef "!PHONE_LIFETIME!{phone_lifetime}!g"
#!substdef "!PHONE_LEAST!{phone_least}!g"
listen=udp:{listen}
listen=tcp:{listen}
{tls}include_file "{configuration}"
include_file "{run_dir}/tables.cfg"
"""


TLS_LINES = """#!define WITH_TLS
{trunk_names}listen=tls:{listen}
"""
TRUNK_NAMES_LINES = """#!define WITH_TRUNK_NAMES
#!substdef "!TRUNK_NAMES!{names}!g"
"""
OPEN_FILES = 16384
"""Twice the connections that the configuration allows."""
WITHOUT_TLS = (
    "The node starts without TLS, so phones cannot register: {reason} Carriers' calls over UDP and TCP go on."
)


def program() -> str | None:
    """The path of the SIP server's program, or None when it is not installed."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(PROGRAM, path=os.pathsep.join([path, *PLACES]))


def is_installed() -> bool:
    """Whether this machine can run a node."""
    return program() is not None


def prepare(node: SipNode) -> list[str]:
    """Write what the node needs to start and return its command line. The node must not be running.

    The snapshot and the hiding key survive, so that a restarted node has its routes at once and still
    understands the messages of calls that are up. Raises FileNotFoundError when the program or the
    configuration is not there.
    """
    found = program()
    if found is None:
        message = "Kamailio is not installed."
        raise FileNotFoundError(message)
    if not CONFIGURATION.is_file():
        message = f"{CONFIGURATION} is missing."
        raise FileNotFoundError(message)
    for directory in (node.run_dir, node.spool_dir):
        if not directory.parent.exists():
            directory.parent.mkdir(mode=0o700, parents=True)
        directory.mkdir(mode=0o700, exist_ok=True)
        directory.chmod(0o700)
    size = _snapshot(node)
    CallSpool(node).set_aside()
    _write(node.run_dir / "tables.cfg", tables.script(size.largest))
    _write(node.run_dir / "trunks.list", places.listed(node))
    start_file = node.run_dir / "node.cfg"
    shared = node.shared_memory or _shared_memory(size)
    _write(start_file, _start_file(node, shared))
    for leftover in node.run_dir.glob("reply-*"):
        leftover.unlink(missing_ok=True)
    return [
        found,
        *("-f", str(start_file)),
        *("-Y", str(node.run_dir)),
        *("-w", str(node.run_dir)),
        *("-P", str(node.run_dir / "node.pid")),
        *("-x", "tlsf"),
        *("-m", str(shared)),
        *("-M", str(node.private_memory or _private_memory(size))),
        *("-b", "4194304"),
        "--atexit=no",
        *("-DD", "-E"),
    ]


def allow_connections() -> None:
    """Let this process, and the node it becomes, have as many files open as connections ask for, where it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def run(node: SipNode | None = None) -> NoReturn:
    """Become the node: prepare it and replace this process with it. Raises like `prepare`, and OSError."""
    command = prepare(node or from_settings())
    os.umask(0o077)
    allow_connections()
    os.execv(command[0], command)  # noqa: S606 the command is built here, without a shell


def has_tls(node: SipNode) -> bool:
    """Bring the node's certificate up to date; say on standard error why it starts without TLS, where it does."""
    if node.tls is None:
        return False
    if not installed.has_tls():
        reason = f"its module is not installed. As root: {installed.TLS_INSTALL}."
    else:
        try:
            certificates.install(node.tls, node.run_dir, datetime.now(UTC))
        except (OSError, ValueError) as problem:
            if (node.run_dir / certificates.PROFILES).exists():
                sys.stderr.write(f"The certificate before stays in use: {problem}\n")
                return True
            reason = f"{problem}"
        else:
            return True
    sys.stderr.write(WITHOUT_TLS.format(reason=reason) + "\n")
    return False


def _snapshot(node: SipNode) -> Size:
    """Make the snapshot, if there is none, and tell how much it holds. One that cannot be read is thrown away."""
    snapshot = Snapshot(node.snapshot)
    try:
        try:
            snapshot.create()
            return snapshot.size()
        except SnapshotLost:
            snapshot.remove_files()
            snapshot.create()
            return snapshot.size()
    finally:
        snapshot.close()


def _shared_memory(size: Size) -> int:
    """MiB for calls and for three times what is known now: memory that is not used is not taken."""
    return 768 + 3 * (size.bytes + 128 * size.entries) // MIB


def _private_memory(size: Size) -> int:
    """MiB for a process and for the largest table, which passes through it when it is loaded."""
    return 32 + 2 * size.largest * (size.bytes // max(size.entries, 1) + 1024) // MIB


def _listen(node: SipNode, port: int) -> str:
    own = f"[{node.address}]" if ":" in node.address else node.address
    listen = f"{own}:{port}"
    if node.advertised:
        host, _, known = node.advertised.partition(":")
        listen += f" advertise {host}:{(known if port == node.sip_port else '') or port}"
    return listen


def _tls_lines(node: SipNode) -> str:
    if node.tls is None or not has_tls(node):
        return ""
    names = "|".join(name.replace(".", "[.]") for name in node.tls.trunk_names)
    return TLS_LINES.format(
        listen=_listen(node, node.tls.port),
        trunk_names=TRUNK_NAMES_LINES.format(names=names) if names else "",
    )


def _start_file(node: SipNode, shared: int) -> str:
    return START_FILE.format(
        run_dir=node.run_dir,
        spool_dir=node.spool_dir,
        mask_key=_secret(node.run_dir / "mask.key"),
        mark_key=_secret(node.run_dir / "mark.key"),
        mask_address=_mask_address(node),
        calls_at_once=node.calls_at_once,
        # Some 40 kB a call; the node looks once a second, and in 32 bits: beyond 4 GiB it would take much for little.
        spare=min(128, shared // 8) if shared < FOUR_GIB else 0,
        outbound=" ".join(node.outbound) or "none",
        listen=_listen(node, node.sip_port),
        tls=_tls_lines(node),
        phone_realm=node.tls.name if node.tls else "localhost",
        phone_expires=node.phone_seconds,
        phone_lifetime=node.phone_seconds + 60,
        phone_least=node.phone_least,
        configuration=CONFIGURATION,
    )


def _mask_address(node: SipNode) -> str:
    """The address that stands for hidden ones: the node's public one, or a spare one on a loopback."""
    host = node.advertised.partition(":")[0] or node.address
    address = ipaddress.ip_address(host)
    if isinstance(address, ipaddress.IPv6Address) or address.is_loopback or address.is_unspecified:
        return MASK_ON_LOOPBACK
    return host


def _secret(path: Path) -> str:
    if not path.exists():
        _write(path, secrets.token_hex(32))
    return path.read_text(encoding="ascii")


def _write(path: Path, text: str) -> None:
    """Write a file that only its owner reads, whole or not at all."""
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(
        os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(text)
    fresh.replace(path)
