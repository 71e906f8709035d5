"""What happens around every request: reference, headers, maintenance, time zone, refusals."""

import secrets
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from string import ascii_lowercase
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.http.response import HttpResponseBase
from django.utils import timezone

from ringfence.interfaces import context, errors, security
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.backups import doors

GetResponse = Callable[[HttpRequest], HttpResponseBase]

REFERENCE_LETTERS: Final = 16
"""One word of letters: it can be taken neither for a word that clause 2.7 keeps back nor for a number."""
OPEN_IN_MAINTENANCE: Final = ("/healthz", "/readyz")


class RequestId:
    """Gives each request a reference of its own: in the logs, in the answer, on error pages.

    What the caller sends as a reference is not believed.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, with the reference bound to every log line meanwhile."""
        reference = "".join(secrets.choice(ascii_lowercase) for _letter in range(REFERENCE_LETTERS))
        request.request_id = reference  # type: ignore[attr-defined]  # read by errors and logs
        with structlog.contextvars.bound_contextvars(request_id=reference):
            response = self._get_response(request)
        response["X-Request-Id"] = reference
        return response


class BehindProxy:
    """Believes a trusted reverse proxy that a request came by https, and nobody else."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, as secure as it was on its way to the nearest proxy."""
        if request.META.get("REMOTE_ADDR", "") in settings.ENVIRONMENT.trusted_proxies:
            said = request.META.get("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
            if said in {"http", "https"}:
                request.environ["wsgi.url_scheme"] = said  # type: ignore[attr-defined]  # of every WSGI request
        return self._get_response(request)


class SecurityHeaders:
    """Adds `security.HEADERS`, takes off headers that tell, keeps private pages out of caches."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request and dress the answer."""
        response = self._get_response(request)
        for name, value in security.HEADERS.items():
            response.headers.setdefault(name, value)
        for name in security.TELLING:
            del response[name]
        if "Cache-Control" not in response.headers and context.viewer_of(request).signed_in:
            response["Cache-Control"] = "private, no-store"
        return response


class Maintenance:
    """Answers 503 to everybody while the file named by `MAINTENANCE_FILE` exists, or data is being restored.

    Health checks pass.
    """

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request, or say that the site is closed for a while."""
        file: Path | None = getattr(settings, "MAINTENANCE_FILE", None)
        is_closed = (file is not None and Path(file).exists()) or doors.are_closed()
        if is_closed and not request.path_info.startswith(OPEN_IN_MAINTENANCE):
            return errors.maintenance(request)
        response = self._get_response(request)
        is_refused = response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR and doors.are_closed()
        return errors.maintenance(request) if is_refused else response


class ViewerTimeZone:
    """Writes moments in the time zone of the viewer, and in that of the site for strangers."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request in the viewer's time zone."""
        with timezone.override(_zone(context.viewer_of(request).time_zone)):
            return self._get_response(request)


class Refusals:
    """Turns a refusal that a view did not show itself, and a way of asking that there is not, into a page (or JSON)."""

    def __init__(self, get_response: GetResponse) -> None:
        """Wrap the next in line."""
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        response = self._get_response(request)
        if isinstance(response, HttpResponseNotAllowed) and not response.content:
            return errors.wrong_way(request, response["Allow"])
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer 409 for a refusal; leave everything else to be logged as the mistake it is."""
        return errors.conflict(request, exception) if isinstance(exception, Refusal) else None


def _zone(name: str) -> ZoneInfo:
    default = ZoneInfo(str(getattr(settings, "VISITOR_TIME_ZONE", settings.TIME_ZONE)))
    if not name:
        return default
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return default
