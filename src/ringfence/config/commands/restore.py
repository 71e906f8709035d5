"""`ringfence restore`: bring a backup back; the doors open when every deletion since was done again."""

import argparse
import sys
from collections.abc import Mapping
from contextlib import ExitStack

from ringfence.config.backups.restoring import Chosen

NAME = "restore"
HELP = "bring a backup back, with every deletion since done again before the store opens"
NEEDS = "django"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("name", nargs="?", help="the backup; the newest whole one when none is named")
    parser.add_argument("--yes", action="store_true", help="replace what is there without asking")
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--data-only", action="store_true", help="the data alone, opened by the keys that are here"
    )
    which.add_argument("--keys-only", action="store_true", help="the keys alone")
    which.add_argument(
        "--replay",
        action="store_true",
        help="the databases were brought back by other tools: do the deletions since again",
    )
    which.add_argument(
        "--abandon", action="store_true", help="open the doors again after a restore that changed nothing yet"
    )


def run(arguments: argparse.Namespace) -> int:
    """Restore; whatever is foreseen is one sentence and status 1, and the doors stay closed until it is done."""
    from ringfence.config import ground, program
    from ringfence.config.environment import current
    from ringfence.privacy.backups.ports import BackupFailed
    from ringfence.privacy.erasure.actions import ErasureIncomplete

    program.require_declarations()
    settings = current()
    with ExitStack() as held:
        try:
            ground.writable(settings.var_dir)
            held.enter_context(ground.alone(settings.var_dir))
            held.enter_context(program.database())
            return _abandon() if arguments.abandon else _restore(arguments)
        except ground.GroundError as problem:
            raise program.CommandError(str(problem)) from None
        except BackupFailed as problem:
            raise program.CommandError(f"{str(problem).rstrip('.')}. {_what_next()}") from None
        except ErasureIncomplete as problem:
            raise program.CommandError(
                f"Somebody who was deleted is {problem}. Remove that, and run `ringfence restore` again."
            ) from None


def _what_next() -> str:
    """Return how the doors stand after something failed, and what to do then."""
    from django.db import DatabaseError

    from ringfence.config.backups import restoring
    from ringfence.privacy.backups import doors

    if not doors.mark().exists():
        return "Nothing was changed."
    again = "The doors are closed; run `ringfence restore` again when that is mended"
    try:
        is_old = restoring.brought_back() or doors.what_is_restored().get("backup") == restoring.NOTHING
    except DatabaseError:
        is_old = False
    return (
        f"{again}."
        if is_old
        else f"{again}, or `ringfence restore --abandon` to open them to what was there before."
    )


def _restore(arguments: argparse.Namespace) -> int:
    from ringfence.config.backups import restoring
    from ringfence.config.environment import current
    from ringfence.interfaces import clock
    from ringfence.privacy.backups import doors

    began = doors.what_is_restored()
    if _is_replay(arguments, began):
        restoring.begin(anew=not began, backup=restoring.NOTHING)
    elif not _bring_back(arguments, began):
        _say(_what_next())
        return 1
    restoring.finish(at=clock.now(), say=_say)
    if current().demo:
        (current().var_dir / "demo.done").touch()  # What was deleted of the demo must not be made again.
    _say("Restored; the store may be started.")
    return 0


def _is_replay(arguments: argparse.Namespace, began: Mapping[str, str]) -> bool:
    """Tell whether old data is there already, brought back by other tools, and no backup was named in its place."""
    from ringfence.config.backups import restoring
    from ringfence.config.program import CommandError

    by_others = began.get("backup") == restoring.NOTHING
    if arguments.replay and began and not by_others:
        raise CommandError(
            f"The restore of {began.get('backup')} was begun and is not done; run `ringfence restore` to end it."
        )
    asks_for_one = arguments.name or arguments.data_only or arguments.keys_only
    return bool(arguments.replay or (by_others and not asks_for_one))


def _bring_back(arguments: argparse.Namespace, began: Mapping[str, str]) -> bool:
    """Bring a backup back, or go on with it; tell whether the operator wanted it."""
    from ringfence.config.backups import restoring
    from ringfence.interfaces import clock

    name = None if began.get("backup") == restoring.NOTHING else began.get("backup")
    keys = began.get("keys", "yes") == "yes" and not arguments.data_only
    data = began.get("data", "yes") == "yes" and not arguments.keys_only
    chosen = restoring.choose(arguments.name or name, data=data, keys=keys)
    restoring.require_known(chosen)
    restoring.require_nobody_else()
    if chosen.name == name:
        _say(f"Going on with the restore of {name}.")
    elif not arguments.yes and not _is_meant(chosen):
        return False
    lost = began.get("lost") or str(restoring.lost_lines(chosen))
    named = {"data": "yes" if data else "no", "keys": "yes" if keys else "no"}
    restoring.begin(anew=not began, backup=chosen.name, lost=lost, **named)
    restoring.bring_back(chosen, at=clock.now(), say=_say)
    return True


def _abandon() -> int:
    """Open the doors again, where the databases are as they were."""
    from ringfence.config import program
    from ringfence.config.backups import restoring
    from ringfence.privacy.backups import doors

    name = doors.what_is_restored().get("backup", "a backup")
    brought_back = restoring.brought_back()
    if name == restoring.NOTHING:
        raise program.CommandError(
            "The doors stay closed: other tools brought old databases back, in which people are who were deleted since."
            " Run `ringfence restore --replay` to its end."
        )
    if brought_back:
        raise program.CommandError(
            f"The doors stay closed: the {' and the '.join(brought_back)} of {name} were brought back already, and"
            " deletions since are not done again yet. Run `ringfence restore` to its end; it goes on where it was."
        )
    was_begun = doors.mark().exists()
    restoring.let_be()
    _say(
        f"The restore of {name} had not changed the databases: they hold what they held before. The doors are open;"
        " start the store with `ringfence up`."
        if was_begun
        else "No restore is under way on this machine; the doors are open."
    )
    return 0


def _is_meant(chosen: Chosen) -> bool:
    moments = [f"{one.made_at:%Y-%m-%d %H:%M}" for one in (chosen.data, chosen.keys) if one is not None]
    sys.stdout.write(
        f"Everything since {moments[0]} UTC will be lost, but for deletions, which are done again.\n"
        "Type yes to go on: "
    )
    sys.stdout.flush()
    return sys.stdin.readline().strip().lower() == "yes"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
