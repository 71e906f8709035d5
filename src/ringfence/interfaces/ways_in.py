"""Trying the ways in that pages and mail are (clause 1.4): a form is asked for, the mail port is spoken to."""

import smtplib
import time
from datetime import datetime
from ipaddress import ip_address
from typing import Final

from django.conf import settings
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from ringfence.interfaces.visits import NEW, answer, content_of
from ringfence.privacy import channels

FORMS: Final = ("account:register", "account:login", "storefront:data_request", "storefront:contact")
"""Forms by which people tell us something; those that a store does not have are passed over."""

PATIENCE_SECONDS: Final = 3.0
STARTING_SECONDS: Final = 120.0
"""Seconds of a process in which the parts beside it may still be starting."""

BEGUN: Final = time.monotonic()
READY: Final = 250


def forms_work(_at: datetime) -> bool:
    """Tell whether each form is there and can be filled in."""
    with translation.override("en"):
        paths = [path for name in FORMS if (path := _path(name))]
    return len(paths) > 1 and all(_shows(path, b"<form", b'method="post"') for path in paths)


def cookies_work(_at: datetime) -> bool:
    """Tell whether the page about cookies is there, with the choice where there is one."""
    with translation.override("en"):
        path = reverse("storefront:cookies")
    wanted = b'name="answer"' if settings.ANALYTICS_ID else settings.SESSION_COOKIE_NAME.encode()
    return _shows(path, wanted)


def mail_works(_at: datetime) -> bool | None:
    """Tell whether the store's own mail port takes letters; None while the store is starting and it does not yet."""
    address, port = settings.MAIL_IN
    host = "localhost" if ip_address(address).is_unspecified else address
    try:
        with smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS) as mail:
            return mail.noop()[0] == READY
    except (OSError, smtplib.SMTPException):
        return None if time.monotonic() - BEGUN < STARTING_SECONDS else False


def _path(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _shows(path: str, *wanted: bytes) -> bool:
    response = answer(path, NEW)
    content = content_of(response)
    return response.status_code == 200 and all(one in content for one in wanted)  # noqa: PLR2004 - a page as it should be


def enter() -> None:
    """Enter the ways in that interfaces run."""
    channels.enter("forms", forms_work)
    channels.enter("cookies", cookies_work)
    channels.enter("mail", mail_works)
