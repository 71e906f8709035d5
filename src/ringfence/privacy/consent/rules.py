"""Pure decisions about consent: what a choice makes of the one before, and how long it counts. No Django."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import gettext_noop

VALID: Final = timedelta(days=180)
"""How long an answer about statistics counts, whichever it was; only then is it asked for again."""
NEWS_VALID: Final = timedelta(days=730)
"""How long an answer about letters with news counts."""


class Extra(StrEnum):
    """What nobody needs for the site to work, and is asked for."""

    STATISTICS = gettext_noop("statistics of visits")
    NEWS = gettext_noop("letters with news")


class Said(StrEnum):
    """What somebody has said to one of them."""

    GIVEN = gettext_noop("given")
    REFUSED = gettext_noop("refused")
    WITHDRAWN = gettext_noop("withdrawn")


class Means(StrEnum):
    """How it was said."""

    BANNER = gettext_noop("the question on a page")
    PAGE = gettext_noop("the page about cookies")
    FOOT = gettext_noop("the foot of a page")
    ACCOUNT = gettext_noop("the account")
    SIGNAL = gettext_noop("signal of the browser")
    LETTER = gettext_noop("the link in a letter")
    COMPLAINT = gettext_noop("reported as unwanted")


AFTER: Final[Mapping[tuple[Said | None, bool], Said]] = MappingProxyType(
    {
        (None, True): Said.GIVEN,
        (None, False): Said.REFUSED,
        (Said.GIVEN, True): Said.GIVEN,
        (Said.GIVEN, False): Said.WITHDRAWN,
        (Said.REFUSED, True): Said.GIVEN,
        (Said.REFUSED, False): Said.REFUSED,
        (Said.WITHDRAWN, True): Said.GIVEN,
        (Said.WITHDRAWN, False): Said.WITHDRAWN,
    }
)
"""What a yes or a no makes of what counted before; nothing else decides."""


def said(before: str | None, *, yes: bool) -> Said:
    """Return what somebody has now said."""
    return AFTER[Said(before) if before else None, yes]


def valid(purpose: str) -> timedelta:
    """Return how long an answer counts that nobody changes."""
    return NEWS_VALID if purpose == Extra.NEWS else VALID


def ends_at(decided_at: datetime, purpose: str = Extra.STATISTICS) -> datetime:
    """Return the end of a choice that nobody changes."""
    return decided_at + valid(purpose)
