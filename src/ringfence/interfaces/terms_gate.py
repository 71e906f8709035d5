"""Before anything else in the account, a customer is shown terms that changed (clause 5.1).

Seeing is recorded as that, never as a consent. What somebody has a right to is never held back by it: their data, a
copy, a deletion, signing out.
"""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse

from ringfence.interfaces import clock
from ringfence.interfaces.access import viewer_of
from ringfence.interfaces.storefront.kept import kept
from ringfence.privacy import policy

SEEN: Final = "terms_seen"
"""The newest version that was found to be acknowledged, in the session, so that it is asked for once."""

ALWAYS_OPEN: Final = (
    "terms",
    "log",
    "prove",
    "second_step",
    "data",
    "cop",
    "delet",
    "erasure",
    "close",
    "history",
    "request",
    "consent",
)
"""How the names of pages begin that are open whatever was shown."""


class TermsShown:
    """Leads a customer from the pages of the account to the terms that changed, once for each version."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember what comes next."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, arguments: object, named: dict[str, Any]
    ) -> HttpResponseRedirect | None:
        """Lead to the terms, unless they were seen or the page is open always."""
        if not _is_held_back(request) or not to_be_shown(request):
            return None
        wanted = urlencode({"next": request.get_full_path()})
        return HttpResponseRedirect(f"{reverse('account:terms')}?{wanted}")


def _is_held_back(request: HttpRequest) -> bool:
    found = request.resolver_match
    return (
        found is not None
        and request.method in {"GET", "HEAD"}
        and found.app_names == ["account"]
        and not str(found.url_name).startswith(ALWAYS_OPEN)
    )


def to_be_shown(request: HttpRequest) -> int:
    """Return the version that a customer is to be shown before going on; 0 when there is none."""
    viewer = viewer_of(request)
    if viewer.person is None or viewer.staff:
        return 0
    number = kept("policy.in_force", settings.PROMISES_SECONDS, _in_force)
    if not number or request.session.get(SEEN) == number:
        return 0
    if policy.acknowledged(viewer.person, number):
        request.session[SEEN] = number
        return 0
    return number


def _in_force() -> int:
    found = policy.in_force(clock.now())
    return found.number if found else 0
