"""What must be so before the store can start: a folder to write in, room on its disk, free ports, no twin."""

import errno
import fcntl
import os
import shutil
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from ringfence.config.parts import Part, Port

LEAST_FREE_BYTES = 64 * 1024 * 1024
FIRST_START_BYTES = 200 * 1024 * 1024
"""A new installation with demo data takes some 80 MB, and PostgreSQL writes more on the way."""
_MEGABYTE = 1024 * 1024


class GroundError(RuntimeError):
    """The store cannot start here; the message is one sentence for the operator."""


def writable(var: Path) -> None:
    """Make the folder for everything the store writes, or say why that fails."""
    probe = var / ".probe"
    try:
        var.mkdir(parents=True, exist_ok=True)
        (var / "log").mkdir(exist_ok=True, mode=0o700)
        (var / "run").mkdir(exist_ok=True)
        probe.write_bytes(b"\0")
        probe.unlink()
    except OSError as problem:
        if problem.errno == errno.ENOSPC:
            raise GroundError(f"The disk that holds {var} is full; make room on it.") from None
        raise GroundError(
            f"The folder {var} cannot be written ({os.strerror(problem.errno or 0)});"
            " make it writable or name another one with RINGFENCE_VAR_DIR."
        ) from None


def room(var: Path, least: int = LEAST_FREE_BYTES) -> None:
    """Refuse a disk that is nearly full: PostgreSQL would stop in the middle of its work."""
    free = shutil.disk_usage(var).free
    if free < least:
        raise GroundError(
            f"The disk that holds {var} has {free // _MEGABYTE} MB left, but the store needs at least"
            f" {least // _MEGABYTE} MB; make room on it or name another folder with RINGFENCE_VAR_DIR."
        )


def ports(parts: Iterable[Part], address: str) -> None:
    """Refuse a port that another program has, and one that two parts were given."""
    taken: dict[tuple[int, str], Port] = {}
    for part in parts:
        for port in part.ports:
            twin = taken.setdefault((port.number, port.kind), port)
            if twin is not port:
                raise GroundError(
                    f"{twin.setting} and {port.setting} are both {port.number}; change one of them."
                )
            _free(port, address, part.name)


def _free(port: Port, address: str, part: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    kind = socket.SOCK_STREAM if port.kind == "tcp" else socket.SOCK_DGRAM
    with socket.socket(family, kind) as probe:
        if port.kind == "tcp":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port.number))
        except OSError as problem:
            raise GroundError(_refusal(port, address, part, problem)) from None


def _refusal(port: Port, address: str, part: str, problem: OSError) -> str:
    change = f"set {port.setting} to another port"
    if problem.errno == errno.EADDRINUSE:
        return (
            f"Port {port.number} ({port.kind}), where {part} listens, is taken by another program;"
            f" stop that program or {change}."
        )
    if problem.errno == errno.EACCES:
        return f"Port {port.number} may only be used by root; {change}, 1024 or higher."
    return f"Port {port.number} of {address} cannot be used ({os.strerror(problem.errno or 0)}); {change}."


def alone(var: Path) -> IO[str]:
    """Hold the folder for this supervisor; the result is kept open as long as it runs."""
    lock = (var / "run" / "up.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise GroundError(
            f"The store already runs in {var} (process {holder}); stop it first,"
            " or name another folder with RINGFENCE_VAR_DIR."
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock
