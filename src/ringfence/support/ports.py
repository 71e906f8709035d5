"""What the support room needs from outside: somebody who looks for viruses."""

from typing import Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from ringfence.support.rules import Scan


class ScannerUnavailable(RuntimeError):
    """Nobody looks at the moment; try again later."""


class Scanner(Protocol):
    """Looks for viruses in what came with a letter."""

    def scan(self, content: bytes) -> Scan:
        """Return CLEAN, INFECTED, or UNREADABLE for what nobody can look into. Raises ScannerUnavailable."""


def scanner() -> Scanner | None:
    """Return who looks for viruses, or None where no setting names anybody."""
    if not settings.ENVIRONMENT.clamd:
        return None
    return cast("Scanner", import_string(settings.SCANNER_ADAPTER)())
