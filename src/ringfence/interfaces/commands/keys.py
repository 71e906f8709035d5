"""`ringfence keys`: the epochs that wrap all keys, and their rotation."""

import argparse
import sys

NAME = "keys"
HELP = "list the key epochs, rotate the keys now, or end old epochs"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="list|rotate|end-epochs")
    verbs.add_parser("list", help="list the epochs: since when, and how many keys each wraps")
    verbs.add_parser("rotate", help="begin this week's epoch, re-wrap all keys in it, end what is over")
    verbs.add_parser("end-epochs", help="destroy the epochs whose grace is over")


def run(arguments: argparse.Namespace) -> int:
    """Do it; nothing is printed that opens anything."""
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.keys import actions, queries

    by, at = Actor.system("operator"), clock.now()
    if arguments.verb == "rotate":
        sys.stdout.write(f"{actions.rotate(by=by, at=at)} keys re-wrapped.\n")
    elif arguments.verb == "end-epochs":
        ended = actions.end_epochs(by=by, at=at)
        sys.stdout.write(f"Ended: {', '.join(ended)}.\n" if ended else "No epoch is over.\n")
    else:
        for epoch in queries.epochs():
            sys.stdout.write(
                f"{epoch.name}  {epoch.state:<11} began {epoch.began_at:%Y-%m-%d}  keys: {epoch.keys}\n"
            )
    return 0
