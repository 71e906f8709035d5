"""`ringfence up`: run the whole store."""

import argparse

NAME = "up"
HELP = "run the whole store: database, pages, background work, mail, calls"
NEEDS = "nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none; settings come from the environment."""


def run(_arguments: argparse.Namespace) -> int:
    """Run until Ctrl-C or SIGTERM."""
    from ringfence.config.environment import current
    from ringfence.config.supervisor import Supervisor

    return Supervisor(current()).run()
