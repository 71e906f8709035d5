"""What the look from outside needs: somebody who asks the store as a stranger would."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string


@dataclass(frozen=True, slots=True)
class Said:
    """What was answered. `status` is 0 when nothing was."""

    status: int
    headers: Mapping[str, str]
    body: str


class Stranger(Protocol):
    """Asks the store's own pages at the address the public uses, without a cookie."""

    def ask(self, method: str, path: str) -> Said:
        """Ask once; never raises for what the store does. A redirect is an answer, and is not followed."""


def stranger() -> Stranger:
    """Return the stranger that the settings name."""
    return cast("Stranger", import_string(settings.STRANGER_ADAPTER)())
