"""`ringfence backup`: copy data and keys to their folders, or list what is there."""

import argparse
import sys

NAME = "backup"
HELP = "make a backup of data and keys now, or list the backups there are"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--list", action="store_true", help="list the backups that are there")
    parser.add_argument(
        "--secrets",
        action="store_true",
        help="print the two secrets that open the backups; keep them in two places",
    )


def run(arguments: argparse.Namespace) -> int:
    """Do it; a backup that could not be made is one sentence and status 1."""
    from ringfence.config.backups import clearing, sets
    from ringfence.config.program import CommandError
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.backups import daily
    from ringfence.privacy.backups.ports import BackupFailed, Fault

    if arguments.list:
        for one in sets.there():
            state = "" if one.data_bytes and one.keys_bytes else "  not whole"
            sys.stdout.write(
                f"{one.name}  data {_size(one.data_bytes)}  keys {_size(one.keys_bytes)}{state}\n"
            )
        what_to_do = {
            Fault.UNREADABLE: "nobody can read it: name the secret that sealed it, or remove the folder",
            Fault.LEFT: "left by a backup or a trial that was broken off: gone within an hour while the store runs",
        }
        for found in clearing.amiss(clock.now()):
            sys.stdout.write(f"{found.place}  {what_to_do[found.fault]}\n")
        return 0
    if arguments.secrets:
        for kind in sets.KINDS:
            setting = "RINGFENCE_BACKUP_SECRET" if kind == "data" else "RINGFENCE_BACKUP_KEYS_SECRET"
            sys.stdout.write(f"{setting}={sets.secret_of(kind)}\n")
        return 0
    try:
        made = daily.make(by=Actor.system("operator"), at=clock.now())
    except BackupFailed as problem:
        raise CommandError(str(problem)) from None
    sys.stdout.write(f"{made.name}: data {_size(made.data_bytes)}, keys {_size(made.keys_bytes)}.\n")
    return 0


def _size(count: int) -> str:
    return f"{count / 1_000_000:.1f} MB"
