"""A job whose worker was killed is done by another one."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ringfence.config import embedded, working
from tests.config.installation import Installation, within

pytestmark = [pytest.mark.slow]

WORKER = """
import time
from ringfence.config import program
program.set_up()
from procrastinate.contrib.django import app
from ringfence.config import working

@app.task(name="tests.long")
def long(mark: str) -> None:
    with open(mark, "a") as file:
        file.write("x")
    time.sleep(3600)

working.run(1)
"""

QUICK = """
from ringfence.config import program
program.set_up()
from ringfence.config import working
working.HEARTBEAT_SECONDS, working.SILENCE_SECONDS, working.RESCUE_SECONDS = 1.0, 4.0, 1.0
working.run(2)
"""
"""A worker that takes another one for dead sooner than it does in the store."""

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def database(migrated: Installation) -> Iterator[embedded.EmbeddedServer]:
    """A migrated database without the store around it."""
    server = embedded.EmbeddedServer(migrated.var)
    with server.running():
        yield server


@pytest.fixture
def worker(installation: Installation, database: embedded.EmbeddedServer) -> Iterator[Start]:
    """Start workers, which do not outlive the test."""
    started: list[subprocess.Popen[bytes]] = []

    def start(program: str = WORKER, **changed: str) -> "subprocess.Popen[bytes]":
        words = [sys.executable, "-c", program]
        environment = installation.environment | changed
        started.append(
            subprocess.Popen(words, env=environment, cwd=installation.var, stdout=subprocess.DEVNULL)
        )
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.wait()


def test_the_job_of_a_killed_worker_runs_again(
    worker: Start, database: embedded.EmbeddedServer, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"

    def times() -> int:
        return len(mark.read_text()) if mark.exists() else 0

    first = worker()
    with psycopg.connect(database.data_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'tests.long', jsonb_build_object('mark', %s::text))",
            [str(mark)],
        )
        assert within(20, lambda: times() == 1)
        first.kill()
        first.wait()
        killed = time.monotonic()
        worker()
        assert within(30, lambda: times() == 2), "the job was not rescued within 30 seconds"
        assert time.monotonic() - killed <= 30
        attempts = connection.execute(
            "SELECT attempts FROM procrastinate_jobs WHERE task_name = 'tests.long'"
        ).fetchone()
        assert attempts
        assert attempts[0] < working.MOST_ATTEMPTS


LETTER = """
from datetime import UTC, datetime
from ringfence.config import program
program.set_up()
from ringfence.accounts import actions
from ringfence.kernel.actor import Actor
actions.queue_letter(kind="no-account", address="a@example.com", by=Actor.system("tests"), at=datetime.now(UTC))
"""


class SilentPost:
    """A mail server that takes connections and never says a word."""

    def __init__(self) -> None:
        self.door = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.door.getsockname()[1]}"
        self.visitors: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                self.visitors.append(self.door.accept()[0])

    def close(self) -> None:
        """Shut the door and let everybody go."""
        for one in (self.door, *self.visitors):
            one.close()


@pytest.fixture
def post() -> Iterator[SilentPost]:
    """A silent mail server."""
    made = SilentPost()
    yield made
    made.close()


def test_the_letter_of_a_killed_worker_is_sent_again_and_never_by_two(
    installation: Installation, database: embedded.EmbeddedServer, worker: Start, post: SilentPost
) -> None:
    subprocess.run([sys.executable, "-c", LETTER], env=installation.environment, check=True)
    first = worker(QUICK, RINGFENCE_SMTP_URL=post.url)
    assert within(30, lambda: len(post.visitors) == 1)
    # Silent, so that its job is rescued, while the letter is still in its hands.
    os.kill(first.pid, signal.SIGSTOP)
    second = worker(QUICK, RINGFENCE_SMTP_URL=post.url)
    with psycopg.connect(database.data_url, autocommit=True) as connection:
        count = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'accounts.send_letter'"
        assert within(30, lambda: connection.execute(count).fetchone() == (0,)), "the job was not rescued"
    assert len(post.visitors) == 1, "two workers send one letter"
    second.kill()

    subprocess.run([sys.executable, "-c", LETTER], env=installation.environment, check=True)
    first.kill()
    third = worker(QUICK, RINGFENCE_SMTP_URL=post.url)
    assert within(30, lambda: len(post.visitors) >= 2)
    visits = len(post.visitors)
    third.kill()
    third.wait()
    worker(QUICK, RINGFENCE_SMTP_URL=post.url)
    assert within(30, lambda: len(post.visitors) > visits), "the letter was not tried again"


def test_what_waits_outside_holds_up_nothing_else(
    database: embedded.EmbeddedServer, worker: Start, tmp_path: Path
) -> None:
    worker()
    with psycopg.connect(database.data_url, autocommit=True) as connection:
        for place in range(working.AT_ONCE_OUTSIDE + 1):
            connection.execute(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
                " VALUES ('outside', 'tests.long', jsonb_build_object('mark', %s::text))",
                [str(tmp_path / f"outside {place}")],
            )
        full = working.AT_ONCE_OUTSIDE
        assert within(20, lambda: len(list(tmp_path.glob("outside *"))) == full)
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'tests.long', jsonb_build_object('mark', %s::text))",
            [str(tmp_path / "inside")],
        )
        assert within(20, (tmp_path / "inside").exists)
        assert len(list(tmp_path.glob("outside *"))) == full
