"""A real SIP node for the tests that place calls, in a directory of its own."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ringfence.adapters.switch.kamailio import CallSpool, KamailioSwitch, SipNode, is_installed, prepare
from ringfence.telephony.ports import Route, RouteState, SpooledCall
from ringfence.telephony.routing import single
from tests.calls.sip_messages import Address
from tests.calls.sip_peers import Caller, Phone, answers_options, free_port, wait_for

NUMBER = "+442079460001"


class Edge:
    """A node under test: started, stopped or killed at will, its records taken in as the store does it."""

    def __init__(self, directory: Path) -> None:
        """Describe a node whose files are under `directory`; it is not started yet."""
        self.node = SipNode(
            run_dir=directory / "run",
            spool_dir=directory / "spool",
            sip_port=free_port(),
            name="edge-test",
            shared_memory=64,
            private_memory=16,
        )
        self.address: Address = (self.node.address, self.node.sip_port)
        self.switch = KamailioSwitch(self.node)
        self.spool = CallSpool(self.node, rotate_every=2, grace=0.5)
        self.offsets: dict[str, int] = {}
        self.log = directory / "log"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the node and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                prepare(self.node), stderr=log, stdout=log, start_new_session=True
            )
        wait_for(lambda: answers_options(self.address))

    def stop(self) -> int:
        """Stop the node as a supervisor does; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(10)

    def kill(self) -> None:
        """Kill every process of the node at once (SIGKILL)."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(10)

    @property
    def running(self) -> bool:
        """Whether the node's first process lives."""
        return self._process is not None and self._process.poll() is None

    def rings(self, phone: Phone, *, number: str = NUMBER, seconds: int = 20, version: int = 0) -> None:
        """Publish that a number rings a phone."""
        self.switch.publish([Route(number, RouteState.IN_SERVICE, single(phone.uri, seconds), version)])

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
            "These tests place calls: install the packages kamailio, kamailio-sqlite-modules, sip-tester."
        )


@pytest.fixture
def edge() -> Iterator[Edge]:
    """A node that runs, with nothing published."""
    directory = Path(tempfile.mkdtemp(prefix="rf-", dir="/tmp"))
    edge = Edge(directory)
    try:
        edge.start()
        yield edge
    finally:
        if edge.running:
            edge.stop()
        shutil.rmtree(directory)


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
