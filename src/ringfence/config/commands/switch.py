"""`ringfence switch`: become the SIP switch, with its start file written anew."""

import argparse
import os

NAME = "switch"
HELP = "run the SIP switch (Kamailio) in the foreground"
NEEDS = "django"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Replace this process by Kamailio, so that nothing of Python stays in memory."""
    from ringfence.adapters.switch import launch, node
    from ringfence.config.program import CommandError

    try:
        argv = launch.prepare(node.from_settings())
    except (OSError, ValueError) as problem:
        raise CommandError(f"The SIP switch cannot start: {problem}") from None
    os.execv(argv[0], argv)  # noqa: S606 -- the words are the adapter's.
