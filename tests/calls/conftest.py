"""A real SIP node for the tests that place calls, in a directory of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from ringfence.adapters.switch.certificates import Tls
from ringfence.adapters.switch.control import ControlConnection
from ringfence.adapters.switch.kamailio import CallSpool, KamailioSwitch, SipNode, is_installed, prepare
from ringfence.telephony.ports import Plan, Route, RouteState, SpooledCall, Step, StepKind
from ringfence.telephony.routing import single
from tests.calls.sip_messages import Address
from tests.calls.sip_peers import Caller, Phone, answers_options, free_port, is_taken, wait_for

NUMBER = "+442079460001"


OVER = 5
"""The state of a call that has ended, in the node's own count."""


class Line(NamedTuple):
    """The columns that every line of the spool ends in, as they are written."""

    id: str
    caller: str
    called: str
    began: str
    answered: str
    failed: str
    rang: str
    code: str
    step: str
    why: str
    format: str


def ring(phone: Phone, seconds: int = 1) -> Step:
    """The step that rings a phone at its address."""
    return Step(StepKind.SIP, phone.uri, seconds)


def plan(*steps: Step) -> Plan:
    """A plan of these steps."""
    return Plan(steps)


class Edge:
    """A node under test: started, stopped or killed at will, its records taken in as the store does it."""

    def __init__(self, directory: Path, **options: Any) -> None:
        """Describe a node whose files are under `directory`; it is not started yet."""
        self.node = SipNode(
            run_dir=directory / "run",
            spool_dir=directory / "spool",
            sip_port=free_port(),
            name="edge-test",
            private_memory=16,
            **{"shared_memory": 64, **options},
            tls=Tls(free_port(), "localhost", directory / "own"),
            phone_least=2,
        )
        self.address: Address = (self.node.address, self.node.sip_port)
        assert self.node.tls is not None
        self.tls_address: Address = (self.node.address, self.node.tls.port)
        self.switch = KamailioSwitch(self.node)
        self.spool = CallSpool(self.node, rotate_every=2, grace=0.5)
        self.offsets: dict[str, int] = {}
        self.log = directory / "log"
        self._version = 0
        self._since = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, day: int = 0) -> None:
        """Start the node and wait until it answers; `day` are the seconds of a day that is shorter than usual."""
        command = prepare(self.node)
        if day:
            start_file = self.node.run_dir / "node.cfg"
            start_file.write_text(
                start_file.read_text().replace("#!define OUTBOUND", f"#!define DAY {day}\n#!define OUTBOUND")
            )
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stderr=log, stdout=log, start_new_session=True)
        wait_for(lambda: answers_options(self.address))

    def stop(self) -> int:
        """Stop the node as a supervisor does; returns its exit code."""
        assert self._process is not None
        for _ in range(20):
            # One that arrives just as the node goes to wait for signals is slept over.
            self._process.send_signal(signal.SIGTERM)
            try:
                return self._process.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
        # What hangs is killed, as the supervisor does.
        self.kill()
        return -signal.SIGKILL

    def kill(self) -> None:
        """Kill every process of the node at once (SIGKILL); its ports are free afterwards."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)
        wait_for(lambda: not any(map(is_taken, (self.address, self.tls_address))))

    @property
    def running(self) -> bool:
        """Whether the node's first process lives."""
        return self._process is not None and self._process.poll() is None

    def rings(self, phone: Phone, *, number: str = NUMBER, seconds: int = 20, version: int = 0) -> None:
        """Publish that a number rings a phone."""
        self.switch.publish([Route(number, RouteState.IN_SERVICE, single(phone.uri, seconds), version)])

    def publishes(self, *plans: Plan, number: str = NUMBER, **more: Any) -> None:
        """Publish the plans of a number in service, and whatever else of its route."""
        self._version += 1
        self.switch.publish([Route(number, RouteState.IN_SERVICE, plans, self._version, **more)])

    def lines(self, kind: str, count: int = 1) -> list[Line]:
        """Read the lines of one kind (answered, ended, refused) from the spool, when there are `count` of them.

        Those of calls from before the last `begin` are left out.
        """

        def read() -> list[Line]:
            files = sorted(self.node.spool_dir.glob(f"{kind}*"))
            texts = [text for file in files for text in file.read_text().splitlines()]
            lines = [Line(*text.split("|")[-len(Line._fields) :]) for text in texts]
            return [line for line in lines if float(line.began) >= self._since]

        wait_for(lambda: len(read()) >= count)
        return read()

    def begin(self) -> None:
        """Begin another test on this node: what came before is left out of `lines`, and all counters are 0."""
        with ControlConnection(self.node.control) as control:
            wait_for(lambda: all(call["state"] == OVER for call in control.ask("dlg.list") or []))
            for table in ("minute", "day", "silent"):
                control.ask("htable.flush", table)
            control.ask("stats.reset_statistics", "script:")
        self._since = time.time()

    def held(self, table: str) -> dict[str, int]:
        """What a table of counters in the node's memory holds."""
        with ControlConnection(self.node.control) as control:
            slots = control.ask("htable.dump", table)
        return {item["name"]: int(item["value"]) for slot in slots for item in slot["slot"]}

    def take_in(self) -> list[SpooledCall]:
        """Take in what the spool holds and clear it, like the worker."""
        calls = []
        for line in self.spool.read(self.offsets):
            assert line.call is not None
            calls.append(line.call)
            self.offsets[line.file] = line.end
        for gone in self.spool.clear(self.offsets):
            del self.offsets[gone]
        return calls

    def records(self, count: int) -> list[SpooledCall]:
        """Take records in until there are `count` of them."""
        calls: list[SpooledCall] = []

        def enough() -> bool:
            calls.extend(self.take_in())
            return len(calls) >= count

        wait_for(enough)
        return calls


@pytest.fixture(scope="session", autouse=True)
def _kamailio() -> None:
    if not is_installed() or shutil.which("sipp") is None:
        pytest.fail(
            "These tests place calls: install the packages kamailio, kamailio-sqlite-modules, kamailio-tls-modules,"
            " sip-tester."
        )


@contextmanager
def running_node(**options: Any) -> Iterator[Edge]:
    """A node that runs, with nothing published; `options` are those of its description."""
    directory = Path(tempfile.mkdtemp(prefix="rf-", dir="/tmp"))
    edge = Edge(directory, **options)
    try:
        edge.start()
        yield edge
    finally:
        if edge.running:
            edge.stop()
        shutil.rmtree(directory)


@pytest.fixture
def edge() -> Iterator[Edge]:
    """A node of the test's own."""
    with running_node() as edge:
        yield edge


@pytest.fixture(scope="module")
def shared_edge() -> Iterator[Edge]:
    """A node for all tests of a module that leave each other alone."""
    with running_node() as edge:
        yield edge


@pytest.fixture
def phone() -> Iterator[Phone]:
    """A customer's phone, at an address that is no carrier's."""
    with Phone(("127.0.0.3", 0)) as phone:
        yield phone


@pytest.fixture
def carrier(edge: Edge) -> Iterator[Caller]:
    """A carrier whose trunk the node knows."""
    with Caller(edge.address) as caller:
        yield caller
