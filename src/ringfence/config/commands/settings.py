"""`ringfence settings`: the settings there are, and what they are now."""

import argparse
import os
import sys
from dataclasses import Field
from typing import Any

from ringfence.config import declared

NAME = "settings"
HELP = "list all settings with their defaults, as a table for people or for the manual"
NEEDS = "nothing"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--markdown", action="store_true", help="print the manual's table")


def run(arguments: argparse.Namespace) -> int:
    """Print the table."""
    sys.stdout.write(markdown() if arguments.markdown else _plain())
    return 0


def _default(row: Field[Any]) -> str:
    if row.metadata["shown"]:
        return str(row.metadata["shown"])
    if isinstance(row.default, tuple):
        return ", ".join(map(str, row.default)) or "none"
    if isinstance(row.default, bool):
        return "yes" if row.default else "no"
    return "none" if row.default is None else str(row.default)


def markdown() -> str:
    """The table of the manual."""
    lines = ["| name | default | what it is |", "|---|---|---|"]
    for row in declared.rows():
        secret = " Secret: may be given as a file." if row.metadata["secret"] else ""
        lines.append(f"| `{row.metadata['name']}` | {_default(row)} | {row.metadata['doc']}{secret} |")
    return "\n".join(lines) + "\n"


def _plain() -> str:
    lines = []
    for row in declared.rows():
        name = row.metadata["name"]
        given = name in os.environ or f"{name}_FILE" in os.environ
        now = "set" if given and row.metadata["secret"] else os.environ.get(name, "")
        state = f"  (now: {now})" if given else ""
        lines += [f"{name} = {_default(row)}{state}", f"    {row.metadata['doc']}"]
    return "\n".join(lines) + "\n"
