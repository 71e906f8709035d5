"""`ringfence switch`: become the SIP switch, with its start file written anew."""

import argparse
import os
from contextlib import suppress
from pathlib import Path

NAME = "switch"
HELP = "run the SIP switch (Kamailio) in the foreground"
NEEDS = "django"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Replace this process by Kamailio, so that nothing of Python stays in memory."""
    from ringfence.adapters.switch import launch, node
    from ringfence.config.program import CommandError

    found = node.from_settings()
    lost = not found.snapshot.exists()
    try:
        argv = launch.prepare(found)
        if lost:
            fill(found.snapshot)
    except (OSError, ValueError) as problem:
        raise CommandError(f"The SIP switch cannot start: {problem}") from None
    # What it prints at its start says nothing that we have not said; what it logs goes to standard error.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.execv(argv[0], argv)  # noqa: S606 -- the words are the adapter's.


def fill(path: Path) -> None:
    """Write every route into a fresh snapshot: after a reboot the one in memory is gone, and callers would hear 404.

    Without the database the node starts empty, and is told within minutes.
    """
    from django.db import Error

    from ringfence.adapters.switch.snapshot import Snapshot
    from ringfence.telephony import queries

    with suppress(Error):
        for chunk in queries.routes():
            Snapshot(path).write(chunk)
