"""Text messages that carriers bring: proven first, then read by allow-list, stored, and only then answered with 2xx.

403 means that it is not proven, and says no more; 400 that it is proven and cannot be read; 5xx that it should come
again. What nobody here may have is taken too, and kept by nobody: a carrier that is refused would bring it again.
"""

from http import HTTPStatus
from typing import Final

import structlog
from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ringfence.interfaces import clock
from ringfence.interfaces.access import client_address
from ringfence.interfaces.webhooks.bodies import body_of
from ringfence.kernel.actor import Actor
from ringfence.privacy.ports import KeyStoreUnavailable
from ringfence.telephony.actions import messages
from ringfence.telephony.message_ports import Brought, Carrier, NotProvenError, UnreadableError, carrier
from ringfence.telephony.message_rules import Taken

MOST_BYTES: Final = 64 * 1024
NOBODY: Final = "unknown"

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def take(request: HttpRequest, name: str) -> HttpResponse:
    """Take what a carrier brings."""
    found = carrier(name)
    if found is None:
        return _refused(NOBODY, Taken.FORGED, HTTPStatus.FORBIDDEN)
    body = body_of(request, MOST_BYTES)
    if body is None:
        return _refused(name, Taken.TOO_LARGE, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    brought = Brought(_given_url(request), client_address(request), request.headers, body)
    try:
        return _take(name, found, brought)
    except NotProvenError:
        return _refused(name, Taken.FORGED, HTTPStatus.FORBIDDEN)
    except UnreadableError as unreadable:
        log.error("message.unreadable", carrier=name, trouble=str(unreadable))  # noqa: TRY400 - our own word
        return _refused(name, Taken.UNREADABLE, HTTPStatus.BAD_REQUEST)
    except (Error, KeyStoreUnavailable) as trouble:
        log.error("message.not_taken", carrier=name, trouble=type(trouble).__name__)  # noqa: TRY400 - may quote
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})


def _take(name: str, found: Carrier, brought: Brought) -> HttpResponse:
    at = clock.now()
    found.prove(brought, at=at)
    arrived = found.read(brought)
    if arrived is not None:
        taken = messages.take_in(carrier=name, arrived=arrived, by=Actor.carrier(name), at=at)
        log.info("message.taken", carrier=name, taken=str(taken))
    status, body, content_type = found.answer
    return HttpResponse(body, status=status, content_type=content_type)


def _given_url(request: HttpRequest) -> str:
    """Return the address we gave the carrier: of our public origin, whatever the request says of hosts."""
    query = request.META.get("QUERY_STRING", "")
    return f"{settings.PUBLIC_ORIGIN}{request.path}{'?' if query else ''}{query}"


def _refused(name: str, what: Taken, status: HTTPStatus) -> HttpResponse:
    try:
        messages.count(carrier=name, what=what, by=Actor.stranger(), at=clock.now())
    except Error as trouble:
        log.error("message.not_counted", trouble=type(trouble).__name__)  # noqa: TRY400 - its text may quote
    return HttpResponse(status=status)
