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
    from ringfence.privacy.retention import holds, letting_go

    at = clock.now()
    left, failed = 0, False
    say = sys.stdout.write
    say(
        f"{'class':<10}{'what':<28}{'would go' if arguments.dry_run else 'went':>10}{'seconds':>10}{'past end':>10}\n"
    )
    for gone in letting_go.run(by=Actor.system("operator"), at=at, dry_run=arguments.dry_run):
        one = gone.what
        overdue = one.overdue(at)
        left, failed = left + overdue, failed or gone.count is None
        count = "failed" if gone.count is None else gone.count
        say(f"{one.retention_class:<10}{one.name:<28}{count:>10}{gone.seconds:>10.2f}{overdue:>10}\n")
    say(f"legal holds in force: {holds.count_in_force(at)}\n")
    if (left or failed) and not arguments.dry_run:
        say(f"still there past their end: {left}; see the log\n")
        return 1
    return 0
