"""`ringfence prepare`: everything that must be true before the parts start, in one process."""

import argparse
import sys

NAME = "prepare"
HELP = "translations, static files, migrations and, on a first run, demo data (`ringfence up` does this)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Prepare; each step does nothing when nothing changed."""
    from ringfence.config import environment, messages, migrating, program, static
    from ringfence.interfaces import clock
    from ringfence.interfaces.commands import demo
    from ringfence.kernel.actor import Actor
    from ringfence.privacy import sweeping
    from ringfence.privacy.backups import daily

    by = Actor.system("start")
    settings = environment.current()
    messages.compile_changed()
    static.collect_changed(settings.var_dir)
    try:
        applied = migrating.migrate()
    except migrating.DatabaseTooNewError as problem:
        raise program.CommandError(str(problem)) from None
    if applied:
        sys.stdout.write(f"{applied} migrations applied.\n")
    sweeping.found(by=by, at=clock.now())
    daily.clear_away(at=clock.now())
    if problem_of_demo := demo.open_to_everybody():
        raise program.CommandError(problem_of_demo)
    mark = settings.var_dir / "demo.done"
    if settings.demo and not mark.exists() and "demo" in program.entries():
        sys.stdout.write("Making demo data.\n")
        sys.stdout.flush()
        status = program.run("demo", [])
        if status:
            return status
        mark.touch()
    elif settings.demo and mark.exists():
        demo.write_logins()
    sweeping.sweep(by=by, at=clock.now())
    return 0
