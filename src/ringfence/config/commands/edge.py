"""`ringfence edge`: a SIP node on a further machine, with what tells it of changes and takes in its call records."""

import argparse
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress

NAME = "edge"
HELP = "run a SIP node on a further machine, beside the store's database"
NEEDS = "django"
PAUSE_SECONDS = 1.0
STOP_SECONDS = 8.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none; settings come from the environment."""


def run(_arguments: argparse.Namespace) -> int:
    """Run until SIGTERM or SIGINT. The switch starts again when it ends; calls go on while the database is away."""
    from ringfence.config import parts

    why_not = parts.absence("switch")
    if why_not:
        sys.stderr.write(f"{why_not}\n")
        return 1
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    from ringfence.config import beside

    with beside.running():
        while not stopping.is_set():
            _switch(stopping)
            stopping.wait(PAUSE_SECONDS)
    return 0


def _switch(stopping: threading.Event) -> None:
    """Run the switch until it ends or is to end."""
    from ringfence.config import children

    words = (sys.executable, "-m", "ringfence", "switch", "--parent", str(os.getpid()))
    child = subprocess.Popen(words, start_new_session=True)  # noqa: S603 -- words of our own.
    while child.poll() is None and not stopping.wait(0.2):
        pass
    if child.poll() is None:
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(STOP_SECONDS)
    children.end_group(child.pid)
    child.wait()
