"""What the parts say: shown on the console with the part's name, and kept in `var/log`, rotated."""

import json
import sys
from pathlib import Path
from typing import TextIO

LARGEST_LOG = 2_000_000
OLD_LOGS = 3
LONGEST_LINE = 20_000


class PartLog:
    """The lines of one part."""

    def __init__(self, folder: Path, part: str, *, console: TextIO | None = None, width: int = 9) -> None:
        """Write to `folder/part.log` and, unless `quiet`, to the console, where names are `width` wide."""
        self._path = folder / f"{part}.log"
        self._prefix = f"{part:<{width}} | "
        self._console = console or sys.stdout
        self._rest = b""
        self.quiet = False

    def feed(self, data: bytes) -> None:
        """Take what the part wrote; whole lines are shown and kept."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LONGEST_LINE:
            lines.append(self._rest)
            self._rest = b""
        for line in lines:
            self._take(line.decode("utf-8", "replace").rstrip())

    def close(self) -> None:
        """Take what the part wrote last."""
        if self._rest:
            self.feed(b"\n")

    def _take(self, line: str) -> None:
        if not line:
            return
        if not self.quiet:
            say(self._prefix + readable(line), self._console)
        try:
            if self._path.exists() and self._path.stat().st_size > LARGEST_LOG:
                rotate(self._path)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError:
            """The console has the line; a full disk must not stop the store."""


def say(line: str, console: TextIO | None = None) -> None:
    """Print a line; a console that is gone is no reason to stop."""
    stream = console or sys.stdout
    try:
        stream.write(line + "\n")
        stream.flush()
    except OSError:
        """Nobody is looking."""


def rotate(path: Path) -> None:
    """Make place for a new file: `x.log` becomes `x.log.1`, and the oldest goes."""
    for number in range(OLD_LOGS - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.rename(path.with_name(f"{path.name}.{number + 1}"))
    path.rename(path.with_name(f"{path.name}.1"))


def readable(line: str) -> str:
    """A structured line as people read it; any other line as it is."""
    if not line.startswith("{"):
        return line
    try:
        facts = json.loads(line)
    except ValueError:
        return line
    if not isinstance(facts, dict) or "event" not in facts:
        return line
    trace = facts.pop("exception", "")
    head = [str(facts.pop("timestamp", ""))[11:19], str(facts.pop("level", "")), str(facts.pop("event"))]
    facts.pop("logger", None)
    rest = [f"{name}={value}" for name, value in facts.items()]
    return " ".join(filter(None, head + rest)) + (f"\n{trace}" if trace else "")
