"""The payment provider's news: proven by its signature, taken in by allow-list, never logged (clause 2.4).

2xx means taken, and a repeat is taken too; 400 means that it is not proven and need not come again; 5xx means
that it should come again later.
"""

from http import HTTPStatus
from typing import Final

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor
from ringfence.shop import actions
from ringfence.shop.ports import EventRejected, PaymentsError, payments

MOST_BYTES: Final = 64 * 1024
PROVIDER: Final = Actor.carrier("payments")

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take one event."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    if length > MOST_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    body = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    at = clock.now()
    try:
        event = payments().read_event(body, request.headers, at=at)
    except EventRejected as rejected:
        log.warning("webhook.rejected", code=rejected.code)
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    except PaymentsError as trouble:
        log.error("webhook.unreadable", trouble=type(trouble).__name__)  # noqa: TRY400 - its text may quote
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    if event is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    try:
        actions.take_event(event=event, by=PROVIDER, at=at)
    except Error as trouble:
        log.error("webhook.not_taken", event_id=event.event_id, trouble=type(trouble).__name__)  # noqa: TRY400
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
    return HttpResponse(status=HTTPStatus.NO_CONTENT)
