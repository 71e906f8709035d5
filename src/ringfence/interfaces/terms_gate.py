"""Before anything else in the account, a customer is shown terms that changed (clause 5.1).

Seeing is recorded as that, never as a consent. What somebody has a right to is never held back by it: their data, a
copy, a deletion, signing out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import get_resolver, resolve, reverse
from django.utils import translation

from ringfence.interfaces import clock
from ringfence.interfaces.access import Viewer, viewer_of
from ringfence.interfaces.own_addresses import names_of
from ringfence.interfaces.storefront.kept import kept
from ringfence.privacy import policy
from ringfence.privacy.policy import audience

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

ACCOUNT: Final = "ringfence.interfaces.account.urls"


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
    number = kept("policy.in_force", settings.PROMISES_SECONDS, _in_force) or _in_force()
    if not number or request.session.get(SEEN) == number:
        return 0
    if policy.acknowledged(viewer.person, number):
        request.session[SEEN] = number
        return 0
    return number


def _in_force() -> int:
    found = policy.in_force(clock.now())
    return found.number if found else 0


@dataclass(frozen=True)
class NeverShown(Viewer):
    """A customer whom no version was ever shown: by them the check of clause 5.1 tries the account."""

    @property
    def person(self) -> UUID:
        """An id that nobody has."""
        return UUID(int=0)


def doors(_at: datetime) -> dict[str, bool]:
    """Tell of each page of the account that is not open always whether it leads to the terms first."""
    gate = TermsShown(lambda _request: HttpResponse())
    stands = f"{__name__}.{TermsShown.__qualname__}" in settings.MIDDLEWARE
    names = [name for name in names_of(get_resolver(ACCOUNT)) if not name.startswith(ALWAYS_OPEN)]
    with translation.override("en"):
        return {name: stands and _leads(gate, reverse(f"account:{name}")) for name in names}


def _leads(gate: TermsShown, path: str) -> bool:
    request = HttpRequest()
    request.method, request.path, request.resolver_match = "GET", path, resolve(path)
    request.viewer, request.session = NeverShown(), {}  # type: ignore[attr-defined, assignment] # as the ones before set
    led = gate.process_view(request, None, (), {})
    return led is not None and led.url.startswith(reverse("account:terms"))


def enter() -> None:
    """Let the check of clause 5.1 try the doors."""
    audience.enter_doors(doors)
