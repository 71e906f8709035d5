"""Memory of the whole store at rest: every process of `ringfence up`, the database among them, as PSS."""

import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.ground import Figure, whole_store

SETTLE_SECONDS = 20
LIMIT_MB = 400


def measure() -> Iterator[Figure]:
    """Start a store of its own, let it come to rest, and add up what its processes hold."""
    with whole_store() as store:
        time.sleep(SETTLE_SECONDS)
        parts = {pid: _pss(pid) for pid in _family(store.pid, store.folder)}
    total = sum(parts.values()) / 1024
    how = f"PSS of {len(parts)} processes, {SETTLE_SECONDS} s after a first start with demo data"
    yield Figure("idle_memory_mb", total, "MB", f"<= {LIMIT_MB}", "-", how, total <= LIMIT_MB)
    how = "`ringfence up` in an empty folder until every part is ready"
    yield Figure("first_start_s", store.started_in, "s", "-", "-", how)


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
