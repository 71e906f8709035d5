"""The payment provider's news: proven by its signature, taken in by allow-list, never logged (clause 2.4).

2xx means taken, and a repeat is taken too; 400 means that it is not proven and need not come again; 5xx means
that it should come again later.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Final

import structlog
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from ringfence.interfaces import clock
from ringfence.interfaces.webhooks.bodies import body_of
from ringfence.kernel.actor import Actor
from ringfence.privacy.payment_data import cleaned
from ringfence.privacy.payment_watch.removing import Channel, count_removed
from ringfence.shop import actions
from ringfence.shop.ports import EventRejected, PaymentEvent, PaymentsError, payments

MOST_BYTES: Final = 64 * 1024
PROVIDER: Final = Actor.carrier("payments")

log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take one event."""
    body = body_of(request, MOST_BYTES)
    if body is None:
        return HttpResponse(status=HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    at = clock.now()
    try:
        event = payments().read_event(body, request.headers, at=at)
        if event is not None and _holds_payment_data(event, at):
            log.warning("webhook.payment_data", kind=str(event.kind))
            return HttpResponse(status=HTTPStatus.BAD_REQUEST)
        if event is not None:
            actions.take_event(event=event, by=PROVIDER, at=at)
    except EventRejected as rejected:
        log.warning("webhook.rejected", code=rejected.code)
        return HttpResponse(status=HTTPStatus.BAD_REQUEST)
    except (PaymentsError, Error) as trouble:
        log.error("webhook.not_taken", trouble=type(trouble).__name__)  # noqa: TRY400 - its text may quote
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE, headers={"Retry-After": "5"})
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _holds_payment_data(event: PaymentEvent, at: datetime) -> bool:
    """Tell whether one of the values taken in is payment data: an id is never altered, so the event is refused."""
    removed = cleaned(f"{event.event_id}\n{event.reference}\n{event.order_id}").removed
    if removed:
        count_removed(channel=Channel.WEBHOOK, removed=removed, by=PROVIDER, at=at)
    return bool(removed)
