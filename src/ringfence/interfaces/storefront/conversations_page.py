"""What somebody without an account wrote to us, by the link in a letter to their address: a copy, or its deletion.

Opening the page does nothing. Nobody learns by it what was written before it is asked for (clauses 4.2 and 7.2).
"""

from collections.abc import Callable
from functools import wraps
from typing import Final

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ringfence.interfaces import clock
from ringfence.interfaces.access import limited
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.support.tickets import strangers

SURE: Final = "sure"

View = Callable[[HttpRequest, str], HttpResponseBase]


def _by_link(view: View) -> View:
    """Say so where a link works no more, and let nobody try links out."""

    @wraps(view)
    def looked_up(request: HttpRequest, token: str) -> HttpResponseBase:
        too_many = limited(request, "enter", token)
        if too_many is not None:
            return too_many
        try:
            return view(request, token)
        except Refusal:
            return render(request, "storefront/request_link_used.html", status=410)

    return never_cache(looked_up)


@_by_link
@require_http_methods(["GET", "HEAD"])
def conversations(request: HttpRequest, token: str) -> HttpResponse:
    """Say how much there is, and offer a copy and the deletion."""
    around = {"found": strangers.kept(token, clock.now()), "token": token}
    return render(request, "storefront/conversations.html", around)


@_by_link
@require_POST
def save(request: HttpRequest, token: str) -> StreamingHttpResponse:
    """Hand out all of it as a file."""
    content = strangers.hand_out(token=token, by=Actor.stranger(), at=clock.now())
    answer = StreamingHttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="conversations.zip"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@_by_link
@require_POST
def delete(request: HttpRequest, token: str) -> HttpResponse:
    """Delete all of it, after asking once more."""
    around = {"found": strangers.kept(token, clock.now()), "token": token}
    if SURE not in request.POST:
        return render(request, "storefront/conversations_delete.html", around | {"sure": SURE})
    strangers.delete(token=token, by=Actor.stranger(), at=clock.now())
    return render(request, "storefront/conversations_deleted.html")


urlpatterns = [
    path("conversations/<str:token>/", conversations, name="conversations"),
    path("conversations/<str:token>/save/", save, name="conversations_save"),
    path("conversations/<str:token>/delete/", delete, name="conversations_delete"),
]
