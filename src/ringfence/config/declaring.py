"""How one setting is declared: a field of a dataclass that knows its name, its reader and its line of the manual."""

from collections.abc import Callable
from dataclasses import field
from typing import Any


def declare(
    name: str, read: Callable[[str], Any], default: Any, doc: str, *, secret: bool = False, shown: str = ""
) -> Any:
    """Declare one row of the table; `shown` is the default as the manual prints it."""
    row = {"name": name, "read": read, "doc": doc, "secret": secret, "shown": shown}
    return field(default=default, metadata=row)
