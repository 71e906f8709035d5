"""Addresses that machines look for on every site: security contact, crawlers, the old icon."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, JsonResponse
from django.templatetags.static import static
from django.utils import translation
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, context, language

SECURITY_TXT_VALID: Final = timedelta(days=180)
"""How far ahead `security.txt` expires; RFC 9116, 2.5.5 recommends less than a year."""

GPC_HONOURED_SINCE: Final = "2026-11-30"

_PRIVATE_VIEWS: Final = ("account:home", "account:login", "account:register", "console:desk")


@require_safe
@cache_control(public=True, max_age=86400)
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Say whom to tell about a weakness (RFC 9116); it expires within half a year and renews itself."""
    contact = str(getattr(settings, "SECURITY_CONTACT", "") or settings.CONTACT_EMAIL)
    if "@" in contact and ":" not in contact:
        contact = f"mailto:{contact}"
    today = datetime.combine(clock.now().date(), time(), tzinfo=UTC)
    lines = [
        f"Contact: {contact}",
        f"Expires: {today + SECURITY_TXT_VALID:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: nb, en",
        f"Canonical: {settings.PUBLIC_ORIGIN}/.well-known/security.txt",
    ]
    return _text(lines)


@require_safe
@cache_control(public=True, max_age=86400)
def robots(request: HttpRequest) -> HttpResponse:
    """Tell crawlers to leave accounts and the staff's desk alone."""
    del request
    lines = ["User-agent: *"]
    for code in language.LANGUAGES:
        with translation.override(code):
            lines += [f"Disallow: {url}" for name in _PRIVATE_VIEWS if (url := context.address(name))]
    lines.append("Allow: /")
    return _text(lines)


@require_safe
@cache_control(public=True, max_age=86400)
def gpc_json(_request: HttpRequest) -> HttpResponse:
    """Say that the signal of Global Privacy Control is honoured, and since when."""
    return JsonResponse({"gpc": True, "lastUpdate": GPC_HONOURED_SINCE})


@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Send browsers that ask for the old icon to the one we have."""
    del request
    return HttpResponsePermanentRedirect(static("ringfence/favicon.svg"))


def _text(lines: list[str]) -> HttpResponse:
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
