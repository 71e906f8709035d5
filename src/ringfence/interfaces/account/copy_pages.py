"""A copy of one's data: asked for, followed while it is made, fetched within a week, let go of before (clause 7.2)."""

from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only, step_up
from ringfence.interfaces.account.history_words import add_words
from ringfence.privacy.copying import actions, queries
from ringfence.privacy.requests import fees
from ringfence.privacy.requests import queries as requests
from ringfence.privacy.rules import Channel, RequestKind

REFRESH_SECONDS: Final = "3"
DAYS: Final = actions.READY_FOR.days

add_words(
    {
        "privacy.begin_copy": gettext_lazy("A copy of your data was begun"),
        "privacy.give_up_copy": gettext_lazy("A copy that was being made was deleted"),
        "privacy.finish_copy": gettext_lazy("A copy of your data was ready to be fetched"),
        "privacy.fetch_copy": gettext_lazy("The copy of your data was fetched"),
        "privacy.remove_copy": gettext_lazy("The copy of your data was deleted"),
    },
    {actions.READY_LETTER: gettext_lazy("your copy can be fetched")},
)


@customer_only
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def copy(request: HttpRequest) -> HttpResponse:
    """Ask for a copy, follow how far it is, and lead to the file."""
    person, at = person_of(request), clock.now()
    if request.method == "POST":
        made = actions.ask(subject=person, channel=Channel.ACCOUNT, by=actor_of(request), at=at)
        return redirect("account:copy") if made else redirect("account:request", _request_of(person))
    found = queries.copy_for(person, at)
    answer = render(
        request, "account/copy.html", {"copy": found, "days": DAYS, "fee": fees.rule_for(person, at).fee}
    )
    if found is not None and not found.is_ready:
        answer["Refresh"] = REFRESH_SECONDS
    return answer


def _request_of(person: UUID) -> str:
    """Return the number of the request that waits until its fee is accepted."""
    return next(
        one.public_id for one in requests.requests_of(person) if one.kind == RequestKind.COPY and one.open
    )


@require_safe
@customer_only
@step_up
def copy_file(request: HttpRequest, name: str) -> HttpResponseBase:
    """Hand out the file to its owner, who has just proved who they are; nobody else learns that there is one."""
    found = queries.copy_named(person_of(request), name, clock.now())
    if found is None or found.ready_at is None:
        raise Http404
    if request.method == "HEAD":
        answer: HttpResponseBase = HttpResponse()
    else:
        actions.note_fetched(copy=found.id, by=actor_of(request), at=clock.now())
        answer = StreamingHttpResponse(queries.stream(found.id))
    answer["Content-Type"] = "application/zip"
    answer["Content-Length"] = str(found.size)
    answer["Content-Disposition"] = f'attachment; filename="copy-{found.ready_at:%Y-%m-%d}.zip"'
    return answer


@sent_only
@customer_only
@step_up
def copy_remove(request: HttpRequest, name: str) -> HttpResponse:
    """Let go of the file before its week is over."""
    found = queries.copy_named(person_of(request), name, clock.now())
    if found is None:
        raise Http404
    actions.remove(copy=found.id, by=actor_of(request), at=clock.now())
    return redirect("account:copy")


urlpatterns = [
    path("account/data/copy/", copy, name="copy"),
    path("account/data/copy/<str:name>/file/", copy_file, name="copy_file"),
    path("account/data/copy/<str:name>/remove/", copy_remove, name="copy_remove"),
]
