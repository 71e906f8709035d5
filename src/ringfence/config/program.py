"""The program `ringfence`: finds its commands by itself and runs one.

A command is a module in `ringfence.config.commands` or `ringfence.interfaces.commands` with the constants
`NAME` and `HELP` (plain texts), the functions `add_arguments(parser)` and `run(arguments) -> int`, and
perhaps `NEEDS`: "nothing", "django", or "database" (the default, which also runs the embedded database for
the time of the command if nobody else does). Only the module of the command that was asked for is imported.
"""

import argparse
import ast
import importlib
import importlib.util
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from ringfence.config import declared, environment, parsing, places, troubles
from ringfence.config.embedded import EmbeddedServer
from ringfence.config.embedded_account import EmbeddedServerError

PLACES = ("ringfence.config.commands", "ringfence.interfaces.commands")
SETTINGS_MODULE = "ringfence.config.settings"


class Command(Protocol):
    """What the module of a command offers."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the command's arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it; the result is the exit status."""


@dataclass(frozen=True)
class Entry:
    """One command as it is listed, known without importing it."""

    name: str
    help: str
    needs: str
    module: str


def entries() -> dict[str, Entry]:
    """All commands by name."""
    return {entry.name: entry for place in PLACES for entry in _entries_of(place)}


def _entries_of(place: str) -> Iterator[Entry]:
    found = importlib.util.find_spec(place)
    for folder in (found.submodule_search_locations or []) if found else []:
        for path in sorted(Path(folder).glob("*.py")):
            said = _constants(path)
            if "NAME" in said and "HELP" in said:
                yield Entry(said["NAME"], said["HELP"], said.get("NEEDS", "database"), f"{place}.{path.stem}")


def _constants(path: Path) -> dict[str, str]:
    """The texts that a module's top level assigns to names in capitals."""
    said: dict[str, str] = {}
    for statement in ast.parse(path.read_bytes()).body:
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Constant):
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            for target in targets:
                if isinstance(target, ast.Name) and isinstance(statement.value.value, str):
                    said[target.id] = statement.value.value
    return said


def run(name: str, words: Sequence[str]) -> int:
    """Run one command with its words, in this process."""
    entry = entries()[name]
    if entry.needs != "nothing":
        set_up()
    if entry.needs == "database":
        require_open_doors()
        require_declarations()
        require_adapters()
    command = cast("Command", importlib.import_module(entry.module))
    parser = argparse.ArgumentParser(prog=f"ringfence {name}", description=entry.help)
    command.add_arguments(parser)
    arguments = parser.parse_args(words)
    with database() if entry.needs == "database" else nullcontext():
        return command.run(arguments)


def set_up() -> None:
    """Set Django up once."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS_MODULE)
    import django
    from django.apps import apps

    if not apps.ready:
        django.setup()


def require_open_doors() -> None:
    """Refuse to work with data while it is being restored. Raises CommandError."""
    from ringfence.privacy.backups import doors

    if doors.mark().exists():
        raise CommandError(
            "A backup is being restored, or that was broken off: run `ringfence restore` to its end, or"
            " `ringfence restore --abandon` if it had not begun to change anything."
        )


def require_declarations() -> None:
    """Refuse to touch a database while a field of a model is not classified (clause 1.1). Raises CommandError."""
    from django.core.checks import run_checks

    problems = [problem for problem in run_checks(tags=["privacy"]) if problem.is_serious()]
    if problems:
        listed = "".join(
            f"\n  {problem.id}: {problem.msg}. {problem.hint or ''}".rstrip() for problem in problems
        )
        raise CommandError(
            "The store does not start, and no table is changed, before every field says whether it is personal:"
            f"{listed}"
        )


def require_adapters() -> None:
    """Refuse an adapter that is named by a setting and is not there. Raises CommandError."""
    from django.utils.module_loading import import_string

    for row in declared.rows():
        chosen = getattr(environment.current(), row.name)
        if row.metadata["read"] is parsing.dotted_path and chosen != row.default:
            try:
                import_string(chosen)
            except Exception as problem:  # noqa: BLE001 -- whatever it is, it is the operator's to mend.
                raise CommandError(
                    f"The setting {row.metadata['name']} names {chosen}, which cannot be used: {problem}."
                ) from None


def database() -> AbstractContextManager[None]:
    """The embedded database for as long as the block lasts, if it is the one in use."""
    settings = environment.current()
    return EmbeddedServer(settings.var_dir).running() if settings.embedded else nullcontext()


def main(words: Sequence[str] | None = None) -> int:
    """Run the program; a foreseen problem is one sentence on standard error and status 1 or 2."""
    given = list(sys.argv[1:] if words is None else words)
    known = entries()
    if not given or given[0] in {"-h", "--help", "help"}:
        sys.stdout.write(_overview(known))
        return 0
    name, *rest = given
    if name not in known:
        sys.stderr.write(f"ringfence: there is no command {name!r}; `ringfence help` lists them.\n")
        return 2
    try:
        environment.current()
        return run(name, rest)
    except KeyboardInterrupt:
        return 130
    except Exception as problem:
        ours = (environment.SettingError, EmbeddedServerError, CommandError, places.NotOursError)
        foreseen = str(problem) if isinstance(problem, ours) else troubles.sentence(problem)
        if not foreseen:
            raise
        sys.stderr.write(f"ringfence: {foreseen}\n")
        return 2 if isinstance(problem, environment.SettingError) else 1


class CommandError(RuntimeError):
    """A command cannot go on; the message is a sentence for the operator."""


def _overview(known: dict[str, Entry]) -> str:
    width = max(map(len, known))
    lines = [f"  {entry.name:<{width}}  {entry.help}" for _, entry in sorted(known.items())]
    return "\n".join(
        ["usage: ringfence COMMAND …", "", *lines, "", "ringfence COMMAND --help tells more.", ""]
    )


if __name__ == "__main__":
    sys.exit(main())
