"""A visit of the store to itself: its public pages as a browser gets them, from the same code, without the network.

Looked at is what a page would make a browser load from others, which cookies it sets, and whether it works at all.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.http.response import HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import translation

from ringfence.interfaces import cookie_choice, language
from ringfence.kernel.public_ids import new_id
from ringfence.privacy.consent import notices
from ringfence.privacy.consent.visits import Seen, install

PAGES: Final = ("home", "prices", "help", "contact", "cookies", "abuse", "policy")
_LOADED: Final = re.compile(
    r"""<(?:script|img|iframe|embed|source|video|audio|object|link)\b[^>]*?\b(?:src|href|data)=["']?([^"'\s>]+)""",
    re.IGNORECASE,
)
_LINKED_ONLY: Final = re.compile(r"""<link\b[^>]*\brel=["']?(?:alternate|canonical)\b[^>]*>""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who comes by: what their browser sends of choices and signals."""

    name: str
    headers: Mapping[str, str]
    cookie: str = ""


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
    origin = urlsplit(settings.PUBLIC_ORIGIN)
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
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
    with translation.override(None):
        return _handler().get_response(WSGIRequest(environ))


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
    """Visit the public pages as those who must not be counted; every page as a new visitor, some as the others."""
    hosts: set[str] = set()
    cookies: set[str] = set()
    necessary = {settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME}
    pages = broken = 0
    for code in language.LANGUAGES:
        with translation.override(code):
            paths = [reverse(f"storefront:{name}") for name in PAGES]
        for visitor in visitors():
            for path in paths if visitor.name == "new" else paths[:1]:
                response = answer(path, visitor)
                pages += 1
                broken += response.status_code != 200  # noqa: PLR2004 - a page as it should be
                hosts |= strangers(response)
                cookies |= {name for name in response.cookies if name not in necessary}
    return Seen(
        pages=pages, broken=broken, hosts=len(hosts), cookies=len(cookies), asks=bool(notices.measurement())
    )


def enter() -> None:
    """Let the check of clause 3.2 look at the pages."""
    install(look)
