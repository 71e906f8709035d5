"""`ringfence doctor`: looks at everything a running store needs and says what is wrong."""

import argparse
import sys

NAME = "doctor"
HELP = "check folder, disk, databases, keys, worker, programs, and say what is wrong"
NEEDS = "django"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Print one line for each check; status 1 when something is wrong."""
    from ringfence.config import examination

    wrong = 0
    for name, problem in examination.findings():
        wrong += bool(problem)
        sys.stdout.write(f"{'wrong' if problem else 'ok':<6}{name}{': ' + problem if problem else ''}\n")
    sys.stdout.write(f"{wrong} wrong\n" if wrong else "All is well.\n")
    return 1 if wrong else 0
