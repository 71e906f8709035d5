"""The edges that calls are measured through, side by side: a bare relay, and ours with parts taken away."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.ground import free_ports

SHARED_MB, PRIVATE_MB = 3000, 700
AT_ONCE = 10_000
RANGE = "999"
"""Numbers begin like this: no country has it (ITU-T E.164, spare)."""
HERE = Path(__file__).resolve().parent
CONFIGURATION = HERE.parent / "deploy" / "kamailio"


@dataclass
class Edge:
    """A running edge: what it is called, where it listens, its first process, how long until it answered.

    `ready_in` begins before anything is prepared and leaves out what `ringfence switch` asks the database.
    """

    name: str
    port: int
    pid: int
    ready_in: float
    folder: Path
    switch: object = None

    def processes(self) -> list[Path]:
        """Return where the kernel tells of its processes."""
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                if entry.name.isdigit() and int(stat[2]) == self.pid:
                    found.append(entry)
        return found

    def cpu(self) -> float:
        """Return the seconds of processor time it has used."""
        ticks = 0
        for entry in self.processes():
            with suppress(OSError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                ticks += int(stat[11]) + int(stat[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """Return its proportional set size in MB."""
        kilobytes = 0
        for entry in self.processes():
            with suppress(OSError):
                rows = (entry / "smaps_rollup").read_text().splitlines()
                kilobytes += next(int(row.split()[1]) for row in rows if row.startswith("Pss:"))
        return kilobytes / 1024


def number(place: int) -> str:
    """Return one of the numbers that are called, in E.164."""
    return f"+{RANGE}{place:09d}"


@contextmanager
def folder() -> Iterator[Path]:
    """A short folder in memory, as an edge has in production."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    path = Path(tempfile.mkdtemp(prefix="rf-", dir=memory))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextmanager
def edges(
    phone: int, count: int, wanted: Sequence[str] = ("bare", "fixed", "numbers", "records")
) -> Iterator[dict[str, Edge]]:
    """Run the edges, each with its own port; `count` numbers ring the phone's port, each its own customer's."""
    with ExitStack() as stack:
        base = stack.enter_context(folder())
        snapshot = base / "numbers.sqlite"
        if {"numbers", "records"} & set(wanted):
            write_snapshot(snapshot, phone, count)
        yield {name: stack.enter_context(edge(name, base / name[0], phone, snapshot)) for name in wanted}


def write_snapshot(path: Path, phone: int, count: int, node: str = "measured") -> None:
    """Write the snapshot that an edge with so many numbers loads when it starts."""
    from ringfence.adapters.switch import tables
    from ringfence.adapters.switch.snapshot import Entry, Snapshot
    from ringfence.telephony import routing
    from ringfence.telephony.ports import Route, RouteState

    plans = routing.single(f"sip:phone@127.0.0.3:{phone}", 30)
    entries: dict[str, list[Entry]] = {}
    for place in range(count):
        route = Route(
            number(place),
            RouteState.IN_SERVICE,
            plans,
            version=1,
            account=f"{place:016x}",
            calls_at_once=AT_ONCE,
            account_calls_at_once=AT_ONCE,
        )
        key = routing.key(route.e164)
        entries.setdefault(tables.of_number(key), []).append(Entry(key, routing.encode(route), 1))
    snapshot = Snapshot(path)
    snapshot.begin()
    for table, rows in entries.items():
        snapshot.replace(table, rows)
    snapshot.finish(node)
    snapshot.close()


@contextmanager
def edge(name: str, path: Path, phone: int, snapshot: Path) -> Iterator[Edge]:
    """Run one edge in a folder of its own."""
    from ringfence.adapters.switch import launch, node

    path.mkdir()
    (port,) = free_ports(1)
    described = replace(
        node.SipNode(run_dir=path / "r", spool_dir=path / "s", sip_port=port, name=name),
        shared_memory=SHARED_MB,
        private_memory=PRIVATE_MB,
        calls_at_once=100_000,
    )
    shutil.copytree(CONFIGURATION, path / "c")
    launch.CONFIGURATION = path / "c" / "ringfence.cfg"
    launch.CONFIGURATION.write_text(changed(name, launch.CONFIGURATION.read_text()))
    if name in {"numbers", "records"}:
        described.run_dir.mkdir(mode=0o700)
        shutil.copy(snapshot, described.snapshot)
    began = time.perf_counter()
    command = launch.prepare(described)
    if name == "fixed":
        fix_route(described.run_dir / "tables.cfg", phone)
    if name == "bare":
        text = f'#!substdef "!PHONE!\\"sip:phone@127.0.0.3:{phone}\\"!g"\nlisten=udp:127.0.0.1:{port}\n'
        (described.run_dir / "node.cfg").write_text(f'{text}include_file "{HERE}/sip/bare.cfg"\n')
    with running(command, path / "log") as process:
        wait_until_it_answers(port, process, path / "log")
        yield Edge(name, port, process.pid, time.perf_counter() - began, path)


def wait_until_it_answers(port: int, process: "subprocess.Popen[bytes]", log: Path | None = None) -> None:
    """Wait until a starting edge answers."""
    deadline = time.perf_counter() + 120
    while not answers(port):
        if process.poll() is not None or time.perf_counter() > deadline:
            raise RuntimeError(f"an edge did not start: {log.read_text()[-2000:] if log else process.args}")


def changed(name: str, text: str) -> str:
    """Return our configuration, without its call records for all but `records`."""
    if name in {"fixed", "numbers"}:
        text = _swap(text, 'modparam("acc", "cdr_enable", 1)', 'modparam("acc", "cdr_enable", 0)')
        text = _swap(text, 'acc_db_request("200 OK", "answered");', "")
    return text


def fix_route(path: Path, phone: int) -> None:
    """Put one fixed route in place of the lookup of a number, and of the tables it looks into."""
    if "route[FIND_NUMBER]" not in path.read_text():
        raise RuntimeError("the lookup has another name: mend benchmarks/sip_edges.py")
    route = f"2|in_service|1||{AT_ONCE},{AT_ONCE},0,6,7200||s30>sip:phone@127.0.0.3:{phone}"
    path.write_text(f'route[FIND_NUMBER] {{\n\t$var(route) = "{route}";\n\treturn 1;\n}}\n')


def _swap(text: str, old: str, new: str) -> str:
    if old not in text:
        raise RuntimeError(f"the edge's configuration has no {old!r} any more: mend benchmarks/sip_edges.py")
    return text.replace(old, new)


@contextmanager
def running(command: Sequence[str], log: Path) -> "Iterator[subprocess.Popen[bytes]]":
    """Run a program in a group of its own, which ends with this process come what may."""
    from ringfence.config.children import end_group, end_with_parent

    with log.open("ab") as said:
        process = subprocess.Popen(
            command,
            stdout=said,
            stderr=said,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent(),  # noqa: PLW1509 -- a benchmark has one thread.
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
        end_group(process.pid)
        process.wait()


def answers(port: int) -> bool:
    """Whether an edge answers a carrier that asks if it is there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
        link.bind(("127.0.0.1", 0))
        link.settimeout(0.05)
        here = f"127.0.0.1:{link.getsockname()[1]}"
        link.sendto(
            (
                f"OPTIONS sip:edge@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{time.time_ns()}\r\n"
                f"From: <sip:bench@{here}>;tag=1\r\nTo: <sip:edge@127.0.0.1>\r\nCall-ID: {time.time_ns()}\r\n"
                "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
            ).encode(),
            ("127.0.0.1", port),
        )
        try:
            return link.recv(4096).startswith(b"SIP/2.0 200")
        except TimeoutError:
            return False
