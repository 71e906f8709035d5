"""Counting how often public pages are opened, with no cookie and nothing of whoever opens them (clause 3.2).

A page that was opened is one more on its page and its day, in the memory of the process, and every twenty seconds the
sums go to the database in one statement. What a process had not written yet when it was killed is lost: twenty seconds'
worth at most, which nobody misses in a sum over weeks.
"""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Final

import structlog
from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, get_resolver

from ringfence.interfaces import clock, cookie_choice, language
from ringfence.interfaces.context import viewer_of
from ringfence.interfaces.middleware import GetResponse
from ringfence.kernel.actor import Actor
from ringfence.privacy.page_views import actions

COUNTED: Final = frozenset(
    f"storefront:{name}"
    for name in (
        *("home", "number", "prices", "help", "contact", "abuse", "cookies", "trial"),
        *("policy", "policy_version", "policy_compare", "policy_record", "promise"),
        *("statistics", "statistics_release"),
    )
)
"""The pages that are counted: those anybody may read, and none that is for one person, such as an order's."""

EVERY_SECONDS: Final = 20.0
_WEB: Final = Actor.system("web")
_ROBOT: Final = re.compile(
    r"bot|crawl|spider|slurp|preview|scan|monitor|headless|lighthouse|http|curl|wget|python|java/|^$",
    re.IGNORECASE,
)
"""What programs call themselves and browsers do not. It is read and not kept, as it decides about nothing else."""

log = structlog.get_logger(__name__)


class Tally:
    """What was counted and is not in the database yet; shared by the threads of a process."""

    def __init__(self, elapsed: Callable[[], float] = time.monotonic) -> None:
        """Begin with nothing."""
        self._lock = threading.Lock()
        self._elapsed = elapsed
        self._views: Counter[tuple[date, str]] = Counter()
        self._written_at = elapsed()

    def add(self, day: date, page: str) -> None:
        """Count a page once more."""
        with self._lock:
            self._views[day, page] += 1

    def write_when_due(self) -> None:
        """Write what is counted, if that was not done for a while; one thread does, and the others go on."""
        if self._views and self._elapsed() - self._written_at >= EVERY_SECONDS:
            self.write()

    def write(self) -> None:
        """Write what is counted. A database that does not answer gets it the next time."""
        with self._lock:
            views, self._views = self._views, Counter()
            self._written_at = self._elapsed()
        if not views:
            return
        try:
            actions.add(views=views, by=_WEB, at=clock.now())
        except Error as trouble:
            log.warning("page_views.not_written", trouble=type(trouble).__name__)
            with self._lock:
                self._views.update(views)


tally: Final = Tally()


class PageViews:
    """Counts a public page that a browser has opened for a person."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        response = self._get_response(request)
        page = page_of(request)
        if page and response.status_code == 200 and is_opened_by_a_person(request):  # noqa: PLR2004 - a page as it is
            tally.add(clock.now().date(), page)
        tally.write_when_due()
        return response


def page_of(request: HttpRequest) -> str:
    """Return what the page of a request is called; nothing for one that is not counted."""
    match = request.resolver_match
    return name_of(match.route) if match is not None and match.view_name in COUNTED else ""


def name_of(route: str) -> str:
    """Return what a page is called: its address in the code, with a dash for whatever stands in its places."""
    return "/" + re.sub(r"<[^>]*>", "-", route)


def is_opened_by_a_person(request: HttpRequest) -> bool:
    """Tell whether a browser says that somebody opens this page in it, as far as a request can tell.

    Not counted are: what is loaded ahead or by a script, robots that say so, whoever is signed in (so no staff), and
    whoever's browser says that they do not want to be followed, though nobody is.
    """
    said = request.headers
    return (
        request.method == "GET"
        and said.get("Sec-Fetch-Mode") == "navigate"
        and said.get("Sec-Fetch-Dest") == "document"
        and "Sec-Purpose" not in said
        and not cookie_choice.signals(request)
        and not viewer_of(request).signed_in
        and not _ROBOT.search(said.get("User-Agent", ""))
    )


@cache
def names() -> tuple[str, ...]:
    """Return what all pages that are counted are called, in every language: a list that the visits do not change."""
    addresses = get_resolver("ringfence.interfaces.storefront.urls").url_patterns
    named = [one for one in addresses if isinstance(one, URLPattern)]
    routes = [str(one.pattern) for one in named if f"storefront:{one.name}" in COUNTED]
    return tuple(sorted(name_of(f"{code}/{route}") for code in language.LANGUAGES for route in routes))
