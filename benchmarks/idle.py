"""Memory of the whole store at rest: every process of `ringfence up`, the database among them, as PSS."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ground import Figure, free_ports

SETTLE_SECONDS = 20
LIMIT_MB = 400


def measure() -> Iterator[Figure]:
    """Start a store of its own, let it come to rest, and add up what its processes hold."""
    with tempfile.TemporaryDirectory(prefix="ringfence-idle-") as folder:
        Path(folder).chmod(0o755)
        names = ("WEB", "REHEARSAL", "MAIL", "SIP")
        ports = {
            f"RINGFENCE_{name}_PORT": str(port)
            for name, port in zip(names, free_ports(len(names)), strict=True)
        }
        environment = {k: v for k, v in os.environ.items() if not k.startswith("RINGFENCE_")} | ports
        environment["RINGFENCE_VAR_DIR"] = f"{folder}/var"
        began = time.monotonic()
        command = [sys.executable, "-m", "ringfence", "up"]
        up = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        try:
            if up.stdout is None or not any("The store is ready" in line for line in up.stdout):
                raise RuntimeError("the store did not start")
            ready = time.monotonic() - began
            time.sleep(SETTLE_SECONDS)
            parts = {pid: _pss(pid) for pid in _family(up.pid, folder)}
        finally:
            up.send_signal(signal.SIGTERM)
            up.wait(30)
    total = sum(parts.values()) / 1024
    how = f"PSS of {len(parts)} processes, {SETTLE_SECONDS} s after a first start with demo data"
    yield Figure("idle_memory_mb", total, "MB", f"<= {LIMIT_MB}", "-", how, total <= LIMIT_MB)
    yield Figure(
        "first_start_s", ready, "s", "-", "-", "`ringfence up` in an empty folder until every part is ready"
    )


def _family(root: int, folder: str) -> set[int]:
    """Return the supervisor, its descendants, and the database of that folder with its own."""
    parents = {}
    database = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes().decode(errors="replace")
            except OSError:
                continue
            parents[int(entry.name)] = int(stat[1])
            if folder in command and "postgres" in command:
                database.add(int(entry.name))
    family = {root} | database
    while grown := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= grown
    return family


def _pss(pid: int) -> int:
    """Return a process's proportional set size in kB; 0 when it is gone."""
    try:
        rows = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(row.split()[1]) for row in rows if row.startswith("Pss:")), 0)
