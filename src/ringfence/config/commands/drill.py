"""`ringfence drill`: try a backup beside the store, and note what was found (clause 2.6)."""

import argparse
import sys

NAME = "drill"
HELP = "restore a backup beside the store, compare everything, and note the result"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", help="the backup; the newest whole one when none is named")


def run(arguments: argparse.Namespace) -> int:
    """Try it; status 1 when something did not hold."""
    from ringfence.config.backups import drilling
    from ringfence.config.program import CommandError
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.backups import actions
    from ringfence.privacy.backups.ports import BackupFailed

    try:
        tried, complaint = drilling.drill(arguments.name, at=clock.now())
    except BackupFailed as problem:
        raise CommandError(str(problem)) from None
    actions.note_tried(tried=tried, by=Actor.system("operator"), at=clock.now())
    sys.stdout.write(
        f"{tried.backup}: {tried.tables} tables, {tried.rows} rows, {tried.opened} values opened,"
        f" {tried.replayed} deletions done again, {tried.seconds:.1f} s.\n"
    )
    for fault in tried.faults:
        sys.stdout.write(f"{fault}: {drilling.WHAT_IT_MEANS[fault]}.\n")
    if complaint:
        sys.stdout.write(f"{complaint}\n")
    sys.stdout.write(
        "It did not pass: make another with `ringfence backup` and try that; keep older ones until one restores.\n"
        if tried.faults
        else "It restores.\n"
    )
    return 1 if tried.faults else 0
