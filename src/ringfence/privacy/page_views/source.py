"""How often pages were opened, as one of the statistics that are released (clause 3.1)."""

from collections.abc import Callable, Collection
from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.page_views.actions import KEPT
from ringfence.privacy.statistics import register
from ringfence.privacy.statistics.register import Names, Source
from ringfence.privacy.statistics.rules import Unit

_OPENED: Final = """
SELECT NULL::uuid, page, views FROM privacy_pageview
WHERE day >= (%(begin)s AT TIME ZONE 'UTC')::date AND day < (%(end)s AT TIME ZONE 'UTC')::date
"""


def enter(pages: Callable[[], Collection[str]]) -> None:
    """Enter them; `pages` are the names of all that are counted, whether anybody opened them or not."""
    register.enter(
        Source(
            "pages",
            gettext_noop("Views of our public pages"),
            Unit.VIEW,
            pages,
            register.single(),
            _OPENED,
            names=Names.PAGE,
            kept_for=lambda: KEPT,
        )
    )
