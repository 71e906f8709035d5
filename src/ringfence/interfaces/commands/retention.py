"""`ringfence retention`: let go of what has reached the end of its time, or say what would go."""

import argparse
import sys

NAME = "retention"
HELP = "let go of everything that has reached the end of its time; with --dry-run only say how much that is"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--dry-run", action="store_true", help="count what would go, and change nothing")


def run(arguments: argparse.Namespace) -> int:
    """Do it, as the worker does every hour; the exit status is 1 when something stayed past its end."""
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy import retention

    at = clock.now()
    gone = retention.let_go(by=Actor.system("operator"), at=at, dry_run=arguments.dry_run)
    for what, count in gone.items():
        sys.stdout.write(f"{what}: {count}\n")
    left = sum(one.overdue(at) for one in retention.entered())
    if left and not arguments.dry_run:
        sys.stdout.write(f"still there past their end: {left}; see the log\n")
        return 1
    return 0
