"""`ringfence restore`: bring a backup back; the doors open when every deletion since was done again."""

import argparse
import sys
from contextlib import ExitStack
from datetime import datetime

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
    from ringfence.interfaces import clock
    from ringfence.privacy.backups.ports import BackupFailed
    from ringfence.privacy.erasure.actions import ErasureIncomplete

    program.require_declarations()
    settings = current()
    with ExitStack() as held:
        try:
            ground.writable(settings.var_dir)
            held.enter_context(ground.alone(settings.var_dir))
            held.enter_context(program.database())
            return _restore(arguments, clock.now())
        except (ground.GroundError, BackupFailed) as problem:
            raise program.CommandError(str(problem)) from None
        except ErasureIncomplete as problem:
            raise program.CommandError(
                f"Somebody who was deleted is {problem}. Remove that, and run `ringfence restore` again."
            ) from None


def _restore(arguments: argparse.Namespace, at: datetime) -> int:
    from ringfence.config.backups import restoring
    from ringfence.config.environment import current
    from ringfence.privacy.backups import doors

    if arguments.abandon:
        return _abandon()
    began = doors.what_is_restored()
    if arguments.replay:
        restoring.require_nobody_else()
        doors.close(backup=restoring.NOTHING)
    elif began.get("backup") != restoring.NOTHING:
        keys = began.get("keys", "yes") == "yes" and not arguments.data_only
        data = began.get("data", "yes") == "yes" and not arguments.keys_only
        chosen = restoring.choose(arguments.name or began.get("backup"), data=data, keys=keys)
        restoring.require_known(chosen)
        restoring.require_nobody_else()
        if not arguments.yes and not began and not _is_meant(chosen):
            sys.stdout.write("Nothing was changed.\n")
            return 1
        lost = began.get("lost") or str(restoring.lost_lines(chosen))
        named = {"data": "yes" if data else "no", "keys": "yes" if keys else "no"}
        doors.close(backup=chosen.name, lost=lost, **named)
        restoring.bring_back(chosen, at=at, say=_say)
    restoring.finish(at=at, say=_say)
    if current().demo:
        (current().var_dir / "demo.done").touch()  # What was deleted of the demo must not be made again.
    _say("Restored; the store may be started.")
    return 0


def _abandon() -> int:
    from ringfence.config import program
    from ringfence.privacy.backups import doors

    with doors.passing():
        is_closed = doors.database_is_closed()
    if is_closed or doors.what_is_restored().get("data") == "no":
        raise program.CommandError(
            "The data or the keys may have been brought back already; run `ringfence restore` again to go on."
        )
    doors.mark().unlink(missing_ok=True)
    _say("The doors are open; nothing was changed.")
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
