"""A visit of the store to itself: its public pages as a browser gets them, from the same code, without the network.

Looked at is what a page would make a browser load from others, which cookies it sets, and whether it works at all; and,
of a visitor who has said yes, whether anything but the public pages loads Google's code, and what it is told.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.urls import resolve, reverse
from django.utils import translation

from ringfence.interfaces import cookie_choice, language, security
from ringfence.interfaces.viewers import Stranger
from ringfence.kernel.public_ids import new_id
from ringfence.privacy.consent import notices
from ringfence.privacy.consent.visits import Seen, install

TYPED: Final = "digits=4471"
"""What a visitor with a yes has put into the address."""
TOLD: Final = frozenset({"src", "data-measurement", "data-days", "data-place"})
"""All that the element says which tells Google's code of the page."""
PAGES: Final = ("home", "prices", "help", "contact", "cookies", "abuse", "policy", "statistics")
_LOADED: Final = re.compile(
    r"""<(?:script|img|iframe|embed|source|video|audio|object|link)\b[^>]*?\b(?:src|href|data)=["']?([^"'\s>]+)""",
    re.IGNORECASE,
)
_TELLING: Final = re.compile(r"<script\b([^>]*\bdata-measurement=[^>]*)>", re.IGNORECASE)
_SAID: Final = re.compile(r"""([\w-]+)=["']([^"']*)["']""")
_LINKED_ONLY: Final = re.compile(r"""<link\b[^>]*\brel=["']?(?:alternate|canonical)\b[^>]*>""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who comes by: what their browser sends of choices and signals; `counts` with a yes that is known."""

    name: str
    headers: Mapping[str, str]
    cookie: str = ""
    counts: bool = False


NEW: Final = Visitor("new", {})


def visitors() -> list[Visitor]:
    """Return those who must not be counted: nobody who has answered, who said no, the signal, and a forged yes."""
    no, yes = (f"{new_id().hex}.{word}.{cookie_choice.digest()}" for word in ("no", "yes"))
    return [
        NEW,
        Visitor("refused", {}, no),
        Visitor("signal", {"HTTP_SEC_GPC": "1"}, yes),
        Visitor("forged", {}, yes),
    ]


@cache
def _handler() -> BaseHandler:
    made = BaseHandler()
    made.load_middleware()
    return made


def answer(path: str, visitor: Visitor) -> HttpResponseBase:
    """Return what a page answers to a visitor."""
    with translation.override(None):
        return _handler().get_response(_asked(path, visitor))


def _asked(path: str, visitor: Visitor) -> WSGIRequest:
    path, _mark, query = path.partition("?")
    origin = urlsplit(settings.PUBLIC_ORIGIN)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "SERVER_NAME": str(origin.hostname),
        "SERVER_PORT": str(origin.port or 443),
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": origin.netloc,
        "HTTP_ACCEPT": "text/html",
        "wsgi.url_scheme": origin.scheme,
        "wsgi.input": BytesIO(),
        **visitor.headers,
    }
    if visitor.cookie:
        environ["HTTP_COOKIE"] = f"{settings.CHOICE_COOKIE_NAME}={visitor.cookie}"
    request = WSGIRequest(environ)
    if visitor.counts:
        cookie_choice.suppose_given(request)
    return request


def content_of(response: HttpResponseBase) -> bytes:
    """Return what a page consists of."""
    return response.content if isinstance(response, HttpResponse) else b""


def strangers(response: HttpResponseBase) -> set[str]:
    """Return the hosts other than ours that a page loads from, or may load from by its own word."""
    content = content_of(response).decode("utf-8", "replace")
    loaded = _LOADED.findall(_LINKED_ONLY.sub("", content))
    allowed = [
        word for word in response.get("Content-Security-Policy", "").split("; ") if "form-action" not in word
    ]
    named = [*loaded, *(word for directive in allowed for word in directive.split()[1:])]
    own = urlsplit(settings.PUBLIC_ORIGIN).netloc
    hosts = {urlsplit(one).netloc for one in named if "//" in one}
    return {host for host in hosts if host not in {"", own}}


def look() -> Seen:
    """Visit the public pages as those who must not be counted, and as one who may be."""
    hosts: set[str] = set()
    cookies: set[str] = set()
    necessary = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    pages = broken = opened = astray = 0
    for code in language.LANGUAGES:
        paths = _paths(code)
        for visitor in visitors():
            for path in paths if visitor.name == "new" else paths[:1]:
                response = answer(path, visitor)
                pages += 1
                broken += response.status_code != 200  # noqa: PLR2004 - a page as it should be
                hosts |= strangers(response)
                cookies |= {name for name in response.cookies if name not in necessary}
        with translation.override(code):
            went, wrong = _with_a_yes(paths)
        opened, astray = opened + went, astray + wrong
    asks = bool(notices.measurement())
    return Seen(pages, broken, len(hosts), len(cookies), asks=asks, opened=opened, astray=astray)


def _paths(code: str) -> list[str]:
    with translation.override(code):
        return [reverse(f"storefront:{name}") for name in PAGES]


def _with_a_yes(paths: Collection[str]) -> tuple[int, int]:
    """Return how many pages load Google's code for somebody who said yes, and how many go further than they may."""
    yes = Visitor("yes", {}, f"{new_id().hex}.yes.{cookie_choice.digest()}", counts=True)
    opened = astray = 0
    for path in (*paths, *(f"{path}?{TYPED}" for path in paths)):
        response = answer(path, yes)
        others = strangers(response)
        opened += bool(others)
        astray += bool(others) and not (
            _may_open(path) and others <= _googles() and _tells_little(response, path)
        )
        astray += _opens_for_somebody_signed_in(path, yes)
    return opened, astray


def _may_open(path: str) -> bool:
    is_asked = bool(notices.measurement()) and "?" not in path
    return is_asked and resolve(path).view_name in cookie_choice.MEASURED


def _googles() -> set[str]:
    return {urlsplit(one).netloc for sources in security.STATISTICS.values() for one in sources}


def _tells_little(response: HttpResponseBase, path: str) -> bool:
    """Tell whether all that a page tells Google's code is which page it is."""
    found = _TELLING.findall(content_of(response).decode("utf-8", "replace"))
    said = [dict(_SAID.findall(one)) for one in found]
    return len(said) == 1 and said[0].keys() == TOLD and said[0]["data-place"] == path


def _opens_for_somebody_signed_in(path: str, visitor: Visitor) -> bool:
    request = _asked(path, visitor)
    request.resolver_match = resolve(request.path_info)
    request.viewer = Stranger(signed_in=True)  # type: ignore[attr-defined] # what every page reads
    return cookie_choice.measured(request) is not None


def enter() -> None:
    """Let the check of clause 3.2 look at the pages."""
    install(look)
