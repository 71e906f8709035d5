"""Which parallel worker does what: a module is one piece, and the modules that use the running store are two.

What a module starts for its tests is so started once. The longest pieces come first, so that none is left to the end.
"""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

USE_THE_STORE: Final = ("tests/browser/", "tests/journeys/", "tests/interfaces/test_silence.py")
EVERY_PAGE: Final = "tests/browser/test_every_page.py"
"""Takes as long as all others that use the running store."""

LONG: Final = (
    *USE_THE_STORE,
    "tests/config/",
    "tests/calls/",
    "tests/interfaces/test_route_walk.py",
    "tests/promises/",
    "tests/shop/",
)
"""Where modules take longest, in the order in which they are begun."""


class ByModule(LoadScopeScheduling):
    """Gives each worker a piece at a time."""

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        is_shared = module.startswith(USE_THE_STORE) and module != EVERY_PAGE
        return "store" if is_shared else module


def rank(nodeid: str) -> int:
    """How soon a test is begun."""
    return next((place for place, folder in enumerate(LONG) if nodeid.startswith(folder)), len(LONG))
