"""`ringfence up`: it comes up, stays up, and goes without leaving anything behind."""

import http.client
import json
import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ringfence.config.embedded import EmbeddedServer
from tests.config.installation import Installation, within

pytestmark = [pytest.mark.slow]

START_SECONDS = 60.0
OPENED = {
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
    "User-Agent": "Mozilla/5.0 Firefox/140.0",
}


class Store:
    """A running `ringfence up` and what it says."""

    def __init__(self, installation: Installation) -> None:
        """Start it and listen."""
        self.installation = installation
        self.lines: list[str] = []
        self.child = installation.start("up")
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(ValueError):
            for line in self.child.stdout or ():
                self.lines.append(line)

    @property
    def said(self) -> str:
        """Everything it has said until now."""
        return "".join(self.lines)

    def ask(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Fetch a page of the store; status 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.installation.ports["WEB"], timeout=5)
        try:
            connection.request("GET", path, headers={"Host": "localhost", **headers})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            connection.close()

    def ready(self) -> bool:
        """Whether it says that all works."""
        return self.ask("/readyz")[0] == 200

    def ended(self) -> bool:
        """Whether it is gone."""
        return self.child.poll() is not None

    def announced(self) -> bool:
        """Whether it told people that they can come."""
        return "The store is ready." in self.said

    def children(self) -> dict[int, str]:
        """The supervisor's own children, with their commands."""
        found = {}
        for pid in self.installation.processes():
            with suppress(OSError):
                facts = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                if int(facts[1]) == self.child.pid:
                    found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
        return found

    def part(self, mark: str) -> int:
        """Process of the part whose command has `mark` in it; 0 when there is none."""
        return next((pid for pid, command in self.children().items() if mark in command), 0)

    def counted(self) -> list[tuple[str, int]]:
        """How often which pages were opened, as it stands in the database."""
        with psycopg.connect(EmbeddedServer(self.installation.var).data_url) as connection:
            return connection.execute("SELECT page, views FROM privacy_pageview").fetchall()

    def stop(self) -> int:
        """Ask it to stop, and wait for its status."""
        self.child.terminate()
        return int(self.child.wait(30))


@pytest.fixture(scope="module")
def store(installation: Installation) -> Iterator[Store]:
    """A store that is up."""
    running = Store(installation)
    within(START_SECONDS, lambda: running.announced() or running.ended())
    assert running.announced(), running.said
    yield running
    if running.child.poll() is None:
        running.stop()


def test_it_tells_where_everything_is(store: Store) -> None:
    ports = store.installation.ports
    assert f"http://localhost:{ports['WEB']}/" in store.said
    assert f"http://localhost:{ports['REHEARSAL']}/" in store.said


def test_the_front_door_leads_to_the_language_of_the_browser(store: Store) -> None:
    status, headers, _ = store.ask("/")
    assert status == 302
    assert headers["location"] in {"/nb/", "/en/"}


@pytest.mark.promise("2.7")
def test_health_tells_states_and_nothing_of_the_software(store: Store) -> None:
    status, headers, body = store.ask("/readyz")
    assert status == 200
    assert json.loads(body) == dict.fromkeys(["ready", "data", "keys", "tables", "worker", "key_store"], True)
    assert json.loads(store.ask("/healthz")[2]) == {"alive": True}
    everything = (str(headers) + body.decode()).lower()
    assert not re.search(r"django|granian|python|postgres|wsgi|\d+\.\d+\.\d+", everything)


def test_a_second_one_is_refused(store: Store) -> None:
    status, said = store.installation.run("up")
    assert status == 1
    assert f"already runs in {store.installation.var} (process {store.child.pid})" in said
    assert store.ready()


@pytest.mark.parametrize("part", ["granian", "ringfence work", "rehearsal_provider"])
def test_a_part_that_dies_starts_again(store: Store, part: str) -> None:
    before = store.part(part)
    os.kill(before, signal.SIGKILL)
    assert within(20, lambda: store.part(part) not in {0, before}), store.said
    assert within(20, store.ready), store.said
    assert "ended (signal SIGKILL); it starts again" in store.said


def test_the_database_starts_again_too(store: Store) -> None:
    before = store.part("postgres -D")
    os.kill(before, signal.SIGKILL)
    assert within(30, lambda: store.part("postgres -D") not in {0, before}), store.said
    assert within(30, store.ready), store.said


def test_it_stops_cleanly_and_starts_again_quickly(store: Store) -> None:
    for _twice in range(2):  # the first may be written at once, the second waits in memory
        assert store.ask("/en/help/", **OPENED)[0] == 200
    assert store.stop() == 0
    assert within(2, lambda: not store.installation.processes()), store.said
    before = time.monotonic()
    again = Store(store.installation)
    assert within(START_SECONDS, again.ready), again.said
    took = time.monotonic() - before
    assert again.counted() == [("/en/help/", 2)], "what was counted is written before it goes"
    os.kill(again.child.pid, signal.SIGKILL)
    again.child.wait()
    assert within(15, lambda: not store.installation.processes()), "a killed supervisor left processes"
    third = Store(store.installation)
    assert within(START_SECONDS, third.announced), third.said
    assert third.stop() == 0
    assert within(2, lambda: not store.installation.processes())
    assert took < 20, "a later start is meant to take less than 5 seconds on an idle machine"


def test_a_taken_port_is_a_sentence_and_nothing_is_started(store: Store) -> None:
    if store.child.poll() is None:
        store.stop()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", store.installation.ports["WEB"]))
        other.listen()
        status, said = store.installation.run("up")
    assert status == 1
    assert "RINGFENCE_WEB_PORT" in said
    assert "is taken by another program" in said
    assert said.count("\n") == 1
    assert not store.installation.processes()
