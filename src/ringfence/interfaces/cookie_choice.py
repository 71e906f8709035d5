"""What a browser has said about being counted, and what a page loads because of it (clauses 1.4 and 3.2).

Whatever is not known for certain is a no: a cookie that cannot be read, a choice the database does not know, a
database that does not answer, the browser's own signal. Nobody who is signed in is counted.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import structlog
from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from ringfence.interfaces import clock, language, security
from ringfence.interfaces.context import viewer_of
from ringfence.interfaces.middleware import GetResponse
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.public_ids import new_id
from ringfence.privacy.consent import actions, notices, queries
from ringfence.privacy.consent.actions import Browser, Chosen
from ringfence.privacy.consent.rules import VALID, Means

MEASURED: Final = frozenset(f"storefront:{name}" for name in ("home", "prices", "help", "policy"))
"""The pages that Google may count, and which therefore ask: what anybody may read, where nobody writes to us, and whose
address says nothing but which page it is. A search in it, and the page is none of them."""

GOOGLES: Final = "_ga"
"""What the names of Google's cookies begin with."""

_WEB: Final = Actor.system("web")
_YES, _NO = "yes", "no"
_COOKIE: Final = re.compile(rf"([0-9a-f]{{32}})\.({_YES}|{_NO})\.([0-9a-f]{{{actions.TOLD}}})")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Told:
    """What the browser's cookie says: its random id, yes or no, and to which question."""

    visitor: UUID
    yes: bool
    notice: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What the page tells Google Analytics of itself: its address, in which nothing is that somebody put there."""

    measurement: str
    place: str
    days: int = VALID.days


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows of the choice. `asks` is whether it asks, `given` whether the visitor said yes."""

    is_open: bool
    asks: bool
    given: bool
    signal: bool
    notice: notices.Notice | None
    digest: str
    measured: Measured | None


def told(request: HttpRequest) -> Told | None:
    """Return what the cookie says; None when there is none that can be read."""
    found = _COOKIE.fullmatch(request.COOKIES.get(settings.CHOICE_COOKIE_NAME, ""))
    return Told(UUID(found[1]), found[2] == _YES, found[3]) if found else None


def signals(request: HttpRequest) -> bool:
    """Tell whether the browser says that its user does not want to be followed (Global Privacy Control)."""
    return bool(request.headers.get("Sec-GPC", "").strip() == "1")


def is_open() -> bool:
    """Tell whether there is anything to choose."""
    return bool(notices.measurement())


def digest() -> str:
    """Return what the question of today is known by."""
    return notices.digest()[: actions.TOLD]


def given(request: HttpRequest) -> bool:
    """Tell whether this browser has said yes, and the yes counts."""
    found: bool | None = getattr(request, "_is_counted", None)
    if found is None:
        found = _given(request)
        request._is_counted = found  # type: ignore[attr-defined] # noqa: SLF001 - our own word, asked once
    return found


def suppose_given(request: HttpRequest) -> None:
    """Let a visit that the store pays itself be that of somebody whose yes counts; no request from outside is given."""
    request._is_counted = True  # type: ignore[attr-defined] # noqa: SLF001 - our own word


def _given(request: HttpRequest) -> bool:
    said = told(request)
    if said is None or not said.yes or not is_open() or signals(request) or said.notice != digest():
        return False
    try:
        return queries.is_given(visitor=said.visitor, notice=said.notice, at=clock.now())
    except Error as trouble:
        log.warning("consent.not_known", trouble=type(trouble).__name__)
        return False


def measured(request: HttpRequest) -> Measured | None:
    """Return what is told to Google Analytics of this page; None when nothing may be."""
    place = _place(request)
    if not place or not is_open() or viewer_of(request).signed_in or not given(request):
        return None
    return Measured(notices.measurement(), place)


def _place(request: HttpRequest) -> str:
    """Return the address of a page that may be counted; nothing where it holds more than the name of the page."""
    match = request.resolver_match
    if match is None or match.view_name not in MEASURED or request.method != "GET":
        return ""
    return "" if request.META.get("QUERY_STRING") else f"/{match.route}"


def is_as_for_all(request: HttpRequest) -> bool:
    """Tell whether a page shows what everybody sees who has said nothing; only such a page may be kept for others."""
    return settings.CHOICE_COOKIE_NAME not in request.COOKIES and not signals(request)


def asks(request: HttpRequest) -> bool:
    """Tell whether this page asks: where a yes would make a difference, and none is known to the question of today."""
    if not is_open() or signals(request) or not _place(request) or viewer_of(request).signed_in:
        return False
    said = told(request)
    return said is None or (said.yes and said.notice != digest())


def shown(request: HttpRequest) -> Shown:
    """Return what the page shows."""
    can_choose = is_open()
    return Shown(
        is_open=can_choose,
        asks=asks(request),
        given=given(request),
        signal=signals(request),
        notice=notices.notice(get_language() or language.DEFAULT) if can_choose else None,
        digest=digest() if can_choose else "",
        measured=measured(request),
    )


def page(request: HttpRequest) -> Mapping[str, Any]:
    """Context processor: `cookie_choice` for every template, worked out when one asks."""
    return {"cookie_choice": SimpleLazyObject(lambda: shown(request))}


def browser(request: HttpRequest) -> Browser:
    """Return the browser that answers; one that has not answered before gets its random id."""
    said, viewer = told(request), viewer_of(request)
    person: UUID | None = getattr(viewer, "person", None)
    return Browser(
        visitor=said.visitor if said else new_id(),
        language=get_language() or language.DEFAULT,
        subject=None if viewer.staff else person,
        signal=signals(request),
    )


def remember(response: HttpResponseBase, visitor: UUID, chosen: Chosen, at: datetime) -> None:
    """Put a choice into the browser's cookie, for as long as it counts."""
    word = _YES if chosen.given else _NO
    value = f"{visitor.hex}.{word}.{chosen.notice}"
    response.set_cookie(
        settings.CHOICE_COOKIE_NAME,
        value,
        max_age=max(0, int((chosen.ends_at - at).total_seconds())),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def join(request: HttpRequest, by: Actor, at: datetime) -> None:
    """Let the choice of this browser be that of the customer who signs in."""
    said = told(request)
    if said is not None and by.kind is Kind.CUSTOMER and by.person is not None:
        actions.join(visitor=said.visitor, subject=by.person, by=by, at=at)


class CookieChoice:
    """Opens a page to Google where the visitor has said yes, and clears up where they have not."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        response = self._get_response(request)
        if language.of_path(request.path_info) is None:
            return response
        if measured(request) and response.status_code == 200:  # noqa: PLR2004 - a page as it should be
            response._csp_update = dict(security.STATISTICS)  # type: ignore[attr-defined] # noqa: SLF001 - the library's way
        if is_open():
            patch_vary_headers(response, ("Cookie", "Sec-GPC"))
        _heed_signal(request, response)
        _clear_up(request, response)
        return response


def _heed_signal(request: HttpRequest, response: HttpResponseBase) -> None:
    """Take a yes back once the browser's signal says no: it stays taken back when the signal is gone."""
    said = told(request)
    if said is None or not said.yes or not signals(request) or not is_open():
        return
    at = clock.now()
    try:
        if not queries.is_given(visitor=said.visitor, notice=said.notice, at=at):
            return
        chosen = actions.choose(
            browser=browser(request), yes=False, notice=said.notice, means=Means.SIGNAL, by=_WEB, at=at
        )
    except Error as trouble:
        log.warning("consent.not_taken_back", trouble=type(trouble).__name__)
        return
    remember(response, said.visitor, chosen, at)


def _clear_up(request: HttpRequest, response: HttpResponseBase) -> None:
    """Delete Google's cookies from a browser that is not to be counted."""
    left = [name for name in request.COOKIES if name.startswith(GOOGLES)]
    if left and not given(request):
        for name in left:
            response.delete_cookie(name, samesite="Lax")
