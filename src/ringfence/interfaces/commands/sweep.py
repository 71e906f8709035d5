"""`ringfence sweep`: find lost work again, and make what a new installation lacks."""

import argparse
import sys

NAME = "sweep"
HELP = "find lost work again, run all checks, and make what a new installation lacks"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Sweep; it may be run at any time, and again."""
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy import sweeping

    for what, count in sweeping.sweep(by=Actor.system("operator"), at=clock.now()).items():
        sys.stdout.write(f"{what}: {count}\n")
    return 0
