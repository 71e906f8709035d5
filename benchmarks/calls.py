"""Calls through the edge: how many a second, at what cost, how soon it rings, beside the edge with one fixed route.

Four edges run side by side and take turns, so that each ratio is of the same minutes of the same machine:

    bare      a Kamailio that relays everything to one fixed destination and does nothing else: the ceiling
    fixed     our own configuration with all it does, the lookup of the number replaced by one fixed route, and
              without call records
    numbers   our configuration with 1 million numbers, each its own customer's, and without call records
    records   the same with call records: our configuration as it is

SIPp makes whole calls (INVITE, 180, 200, ACK, BYE, 20 ms of ringing and of talk), first with 600 open at a time to
find out how many a second there can be, then a thousand a second beside which a caller of our own takes the time.
SIPp and its phone share the processors with the edge; they use more than half of them.
"""

import csv
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.calls_prober import Probe
from benchmarks.ground import Figure, free_ports
from benchmarks.sip_edges import Edge, edges, folder, number, running

NAMES = ("bare", "fixed", "numbers", "records")
AT_ONCE = 600
STEADY_RATE = 1000
MEANS = {
    "bare": "beside one fixed route and nothing else, which counts and limits nothing: what all that we do costs",
    "fixed": "beside ourselves with the look-up replaced, all other work done by both: what numbers and records cost",
}
"""What a ratio to an edge says. The target names one fixed route and leaves open which of the two, so both are told."""

SCENARIOS = Path(__file__).resolve().parent / "sip"


@dataclass(frozen=True)
class Size:
    """How much is measured. The default is the official run."""

    numbers: int = 1_000_000
    calls: int = 40_000
    steady_seconds: int = 12
    rounds: int = 5


@dataclass
class Took:
    """What was measured of one edge, a value for each round."""

    rate: list[float] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)
    failed: int = 0
    placed: int = 0
    setups: list[float] = field(default_factory=list)


def measure(size: Size | None = None) -> Iterator[Figure]:
    """Run the edges, call through them in turn, and yield the figures."""
    size = size or Size()
    (phone,) = free_ports(1)
    took = {name: Took() for name in NAMES}
    with folder() as place, edges(phone, size.numbers) as found, answering(phone, place):
        memory = {name: edge.memory() for name, edge in found.items()}
        dialled = numbers_file(place, size.numbers)
        for edge in found.values():
            load(edge, dialled, place, calls=2000)
        for turn in range(size.rounds):
            for name in NAMES if turn % 2 == 0 else reversed(NAMES):
                one_round(found[name], took[name], dialled, place, size)
        ready = found["numbers"].ready_in
    yield from figures(took, size)
    grown = (memory["numbers"] - memory["fixed"]) * 1_000_000 / size.numbers
    yield Figure(
        "edge_memory_per_million_mb", grown, "MB", "-", f"the same edge without numbers, {memory['fixed']:.0f} MB",
        f"proportional set size of an edge with {size.numbers:,} numbers after its start, less that of one without",
    )  # fmt: skip
    yield Figure(
        "edge_ready_1m_s", ready, "s", "-", "-",
        f"from the start of a node whose snapshot has {size.numbers:,} numbers until it answers, its numbers loaded",
    )  # fmt: skip


def one_round(edge: Edge, took: Took, dialled: Path, place: Path, size: Size) -> None:
    """Saturate one edge, then let a caller of our own take the time beside steady calls."""
    full = load(edge, dialled, place, calls=size.calls)
    took.rate.append(full.rate)
    took.cost.append(full.cost)
    with Probe(edge.port, size.numbers) as probe:
        steady = load(
            edge,
            dialled,
            place,
            calls=STEADY_RATE * size.steady_seconds,
            rate=STEADY_RATE,
            meanwhile=probe.call,
        )
    took.setups += probe.setups
    failed = full.failed + steady.failed + probe.failed
    took.failed += failed
    took.placed += full.placed + steady.placed + len(probe.setups)
    print(
        f"{edge.name:8} {full.rate:7.0f} calls/s {full.cost * 1e6:6.0f} us/call  setup p50"
        f" {statistics.median(probe.setups) * 1000:.2f} ms, failed {failed}",
        file=sys.stderr,
    )


@dataclass(frozen=True)
class Load:
    """What one run of calls came to."""

    rate: float
    cost: float
    placed: int
    failed: int


def load(
    edge: Edge, dialled: Path, place: Path, *, calls: int, rate: int = 0, meanwhile: object = None
) -> Load:
    """Place calls through an edge: with so many open at a time, or at a steady rate."""
    told = place / f"{edge.name}.csv"
    told.unlink(missing_ok=True)
    (port,) = free_ports(1)
    before = edge.cpu()
    command = [
        "sipp", f"127.0.0.1:{edge.port}", "-sf", str(SCENARIOS / "caller.xml"), "-inf", str(dialled),
        "-i", "127.0.0.1", "-p", str(port), "-m", str(calls), "-l", str(AT_ONCE if not rate else 20 * rate),
        "-r", str(rate or 20_000), "-nostdin", "-buff_size", "4194304", "-default_behaviors", "all,-abortunexp",
        "-trace_stat", "-stf", str(told), "-fd", "1", "-timeout", "120s",
    ]  # fmt: skip
    with running(command, place / "sipp.log") as process:
        while process.poll() is None:
            if callable(meanwhile):
                meanwhile()
            else:
                time.sleep(0.02)
    used = edge.cpu() - before
    if not told.exists():
        raise RuntimeError(f"SIPp did not run: {(place / 'sipp.log').read_text(errors='replace')[-1000:]}")
    with told.open(newline="") as lines:
        last = list(csv.DictReader(lines, delimiter=";"))[-1]
    done = int(last["SuccessfulCall(C)"]) - int(last["refusals(C)"])
    return Load(rate_of(last, done), used / max(done, 1), calls, calls - done)


def rate_of(row: dict[str, str], done: int) -> float:
    """Return calls a second, from a row of SIPp's figures: its moments end in seconds since 1970."""
    began, ended = (float(row[name].split()[-1]) for name in ("StartTime", "CurrentTime"))
    return done / max(ended - began, 0.001)


@contextmanager
def answering(port: int, place: Path) -> Iterator[None]:
    """Have a phone answer on a port while calls are placed."""
    command = [
        "sipp",
        "-sf",
        str(SCENARIOS / "phone.xml"),
        "-i",
        "127.0.0.3",
        "-p",
        str(port),
        "-nostdin",
        "-buff_size",
        "4194304",
    ]
    with running(command, place / "phone.log"):
        time.sleep(0.5)
        yield


def numbers_file(place: Path, count: int) -> Path:
    """Write numbers by chance for SIPp to dial."""
    chance = random.Random(7)
    path = place / "dialled.csv"
    rows = (number(chance.randrange(count))[1:] for _ in range(min(200_000, count)))
    path.write_text("RANDOM\n" + "".join(f"{row};\n" for row in rows))
    return path


def figures(took: dict[str, Took], size: Size) -> Iterator[Figure]:
    """Yield what the rounds came to."""
    what = described(size.numbers)
    rate = {name: statistics.median(one.rate) for name, one in took.items()}
    cost = {name: statistics.median(one.cost) * 1e6 for name, one in took.items()}
    how = f"{size.rounds} rounds in turn of {size.calls:,} whole calls, {AT_ONCE} open at a time; medians"
    for name, mine, other, target in (
        ("calls_vs_fixed", "numbers", "fixed", 0.9),
        ("calls_cdr_vs_fixed", "records", "fixed", 0.75),
        ("calls_vs_bare", "numbers", "bare", 0.9),
        ("calls_cdr_vs_bare", "records", "bare", 0.75),
    ):
        value = statistics.median(a / b for a, b in zip(took[mine].rate, took[other].rate, strict=True))
        yield Figure(
            name, value, "x", f">= {target:g}",
            f"{what[other]}: {rate[other]:,.0f} calls/s, {cost[other]:.0f} us of processor a call",
            f"{what[mine]}: {rate[mine]:,.0f} calls/s, {cost[mine]:.0f} us a call; {MEANS[other]}; {how}",
            value >= target,
        )  # fmt: skip
    yield Figure(
        "edge_cost_vs_fixed", cost["records"] / cost["fixed"], "x", "-",
        f"{what['fixed']}: {cost['fixed']:.0f} us of processor a call",
        f"{what['records']}: {cost['records']:.0f} us; steadier than calls a second where others share the machine",
    )  # fmt: skip
    yield Figure(
        "edge_calls_per_s", rate["records"], "calls/s", "-", f"{os.cpu_count()} processors, SIPp on the same",
        f"{what['records']}; {how}",
    )  # fmt: skip
    yield from _beside(took, what)


def _beside(took: dict[str, Took], what: dict[str, str]) -> Iterator[Figure]:
    p50 = {name: statistics.median(one.setups) * 1000 for name, one in took.items()}
    p99 = {name: statistics.quantiles(one.setups, n=100)[98] * 1000 for name, one in took.items()}
    told = {name: f"{what[name]}: p50 {p50[name]:.2f}, p99 {p99[name]:.2f} ms" for name in took}
    yield Figure(
        "edge_setup_p99_vs_fixed", p99["records"] / p99["fixed"], "x", "-",
        f"{told['fixed']}; {told['bare']}",
        f"{told['records']} from the call to its ringing, beside"
        f" {STEADY_RATE:,} calls/s; {len(took['records'].setups)} calls timed",
    )  # fmt: skip
    failed, placed = sum(one.failed for one in took.values()), sum(one.placed for one in took.values())
    each = ", ".join(f"{name} {one.failed}" for name, one in took.items())
    yield Figure("edge_calls_failed", failed, "calls", "<= 0", f"of {placed:,} calls", each, failed == 0)


def described(count: int) -> dict[str, str]:
    """Return what each edge is, in words."""
    return {
        "bare": "a bare relay with one fixed route",
        "fixed": "our configuration with one fixed route and no records",
        "numbers": f"{count:,} numbers, no records",
        "records": f"{count:,} numbers with records",
    }


if __name__ == "__main__":
    small = Size(numbers=20_000, calls=6000, steady_seconds=3, rounds=2) if "small" in sys.argv else None
    for figure in measure(small):
        print(
            figure.name,
            round(figure.value, 3),
            figure.unit,
            figure.target,
            "|",
            figure.reference,
            "|",
            figure.how,
        )
