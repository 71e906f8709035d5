"""`ringfence switch`: become the SIP switch, once what it starts from is right."""

import argparse
import os
import sys
import time

NAME = "switch"
HELP = "run the SIP switch (Kamailio) in the foreground"
NEEDS = "django"
PATIENCE_SECONDS = 0.2
SILENCE_SECONDS = 5.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--parent", type=int, default=0, help="end when this process, which started this one, ends"
    )


def run(arguments: argparse.Namespace) -> int:
    """Replace this process by Kamailio, so that nothing of Python stays in memory."""
    if arguments.parent:
        from ringfence.config import children

        children.follow_parent(arguments.parent)
    from ringfence.adapters.switch import launch, node
    from ringfence.config.program import CommandError
    from ringfence.telephony.ports import SwitchUnavailable

    found = node.from_settings()
    try:
        get_ready()
        argv = launch.prepare(found)
    except (OSError, ValueError, SwitchUnavailable) as problem:
        raise CommandError(f"The SIP switch cannot start: {problem}") from None
    # What it prints at its start says nothing that we have not said; what it logs goes to standard error.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    launch.allow_connections()
    os.execv(argv[0], argv)  # noqa: S606 -- the words are the adapter's.


def get_ready() -> None:
    """Wait until what the node starts from is whole and, if the database can be asked, what it should be now.

    A node that knows nothing would tell callers that numbers do not exist, and carriers would try nowhere else. So it
    waits, and does not listen. With a whole snapshot it starts, whether the database is there or not.
    """
    from ringfence.config import readiness
    from ringfence.interfaces import clock

    since = clock.now()
    silent_until = time.monotonic() + SILENCE_SECONDS
    while not readiness.is_ready(since):
        if time.monotonic() > silent_until:
            sys.stderr.write(
                "The SIP switch waits until it knows every number as it is now; it needs the database for that.\n"
            )
            silent_until += 60
        time.sleep(PATIENCE_SECONDS)
