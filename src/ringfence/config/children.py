"""Child processes of the supervisor: each in a group of its own, which ends with its parent come what may."""

import ctypes
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def end_with_parent(number: int = signal.SIGTERM) -> Callable[[], None]:
    """What a child does before it becomes its program: ask the kernel for a signal when its parent dies."""
    parent = os.getpid()
    return lambda: follow_parent(parent, number)


def follow_parent(parent: int, number: int = signal.SIGTERM) -> None:
    """Ask the kernel for a signal to this process when its parent dies; end at once when it has died already."""
    _libc.prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        os._exit(1)


def spawn(argv: tuple[str, ...], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Start a child whose output, both kinds together, is read from its `stdout`."""
    child = subprocess.Popen(  # noqa: S603 -- the words come from the table of parts.
        argv,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "MALLOC_ARENA_MAX": "2", **environment},
        preexec_fn=end_with_parent(),  # noqa: PLW1509 -- the supervisor has one thread.
        start_new_session=True,
    )
    assert child.stdout is not None
    os.set_blocking(child.stdout.fileno(), False)
    return child


def end_group(leader: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to whatever is left of a child's group."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)


def born(pid: int) -> str:
    """When a process began, in the kernel's ticks (proc(5), field 22); empty when there is no such process.

    A process id together with this moment is never used twice.
    """
    try:
        facts = Path(f"/proc/{pid}/stat").read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""
    return facts.rpartition(")")[2].split()[19]


def remember(list_of_groups: Path, leaders: list[int]) -> None:
    """Write down the groups that run, so that the next start can end what a killed supervisor left."""
    with suppress(OSError):
        list_of_groups.write_text("".join(f"{pid} {born(pid)}\n" for pid in leaders), encoding="ascii")


def end_leftovers(list_of_groups: Path, *, patience: float = 5.0) -> int:
    """End the groups a killed supervisor left behind; returns how many there were."""
    if not list_of_groups.exists():
        return 0
    noted = [line.split() for line in list_of_groups.read_text(encoding="ascii").splitlines()]
    left = [int(row[0]) for row in noted if len(row) == 2 and born(int(row[0])) == row[1]]  # noqa: PLR2004
    for pid in left:
        end_group(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while any(map(born, left)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in left:
        end_group(pid)
    list_of_groups.unlink()
    return len(left)
