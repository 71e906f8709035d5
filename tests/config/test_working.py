"""A job whose worker was killed is done by another one."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ringfence.config import embedded, working
from tests.config.installation import Installation, within

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("up")]

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


@pytest.fixture
def database(installation: Installation) -> Iterator[embedded.EmbeddedServer]:
    """A migrated database without the store around it."""
    server = embedded.EmbeddedServer(installation.var)
    with server.running():
        status, said = installation.run("migrate")
        assert status == 0, said
        yield server


def start_worker(installation: Installation) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [sys.executable, "-c", WORKER],
        env=installation.environment,
        cwd=installation.var,
        stdout=subprocess.DEVNULL,
    )


def test_the_job_of_a_killed_worker_runs_again(
    installation: Installation, database: embedded.EmbeddedServer, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"

    def times() -> int:
        return len(mark.read_text()) if mark.exists() else 0

    first = start_worker(installation)
    with psycopg.connect(database.data_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args)"
            " VALUES ('default', 'tests.long', jsonb_build_object('mark', %s::text))",
            [str(mark)],
        )
        assert within(20, lambda: times() == 1)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        killed = time.monotonic()
        second = start_worker(installation)
        try:
            assert within(30, lambda: times() == 2), "the job was not rescued within 30 seconds"
            assert time.monotonic() - killed <= 30
            attempts = connection.execute(
                "SELECT attempts FROM procrastinate_jobs WHERE task_name = 'tests.long'"
            ).fetchone()
            assert attempts
            assert attempts[0] < working.MOST_ATTEMPTS
        finally:
            second.kill()
            second.wait()
