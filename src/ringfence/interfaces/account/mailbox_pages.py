"""The mailbox of a demonstration: every letter sent, so that links in them can be followed without a mail program."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from ringfence.interfaces.mail.reading import as_shown
from ringfence.support import queries

LETTERS_SHOWN = 100
FORWARDED = frozenset({"HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_REAL_IP"})


def mailbox_is_open(request: HttpRequest) -> bool:
    """Tell whether there is a mailbox: in a demonstration whose letters stay here, for somebody at the same machine.

    A reverse proxy on this machine makes everybody look local, so the store's own address must be local too, and
    nothing may have been forwarded.
    """
    here = settings.ENVIRONMENT.web_address
    return bool(
        settings.ENVIRONMENT.demo
        and _is_local(urlsplit(settings.SMTP_URL).hostname or "")
        and ip_address(here).is_loopback
        and _is_local(urlsplit(settings.PUBLIC_ORIGIN).hostname or "")
        and not FORWARDED & request.META.keys()
        and ip_address(request.META.get("REMOTE_ADDR") or "0.0.0.0").is_loopback  # noqa: S104 - stands for nowhere
    )


def _is_local(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def mailbox(request: HttpRequest) -> HttpResponse:
    """Show the letters, the newest first. HTML in them is not interpreted."""
    if not mailbox_is_open(request):
        raise Http404
    letters = [as_shown(letter) for letter in queries.newest_letters(LETTERS_SHOWN)]
    return render(request, "account/mailbox.html", {"letters": letters})


urlpatterns = [path("mailbox/", mailbox, name="mailbox")]
