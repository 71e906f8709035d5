"""`ringfence migrate`: bring both databases to the state this version expects."""

import argparse
import sys

NAME = "migrate"
HELP = "bring both databases to the state this version expects"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--check", action="store_true", help="change nothing; fail when something is missing")


def run(arguments: argparse.Namespace) -> int:
    """Migrate, or tell what is missing."""
    from ringfence.config import migrating, program
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy import sweeping

    if arguments.check:
        lacking = sum(map(migrating.pending, migrating.ALIASES))
        sys.stdout.write(f"{lacking} migrations are missing.\n")
        return 1 if lacking else 0
    try:
        applied = migrating.migrate()
    except migrating.DatabaseTooNewError as problem:
        raise program.CommandError(str(problem)) from None
    sweeping.found(by=Actor.system("operator"), at=clock.now())
    sys.stdout.write(f"{applied} migrations applied.\n" if applied else "The databases are up to date.\n")
    return 0
