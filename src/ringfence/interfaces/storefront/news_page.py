"""The link in letters with news: ends them without signing in, by one click of a mail program or of a person."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock
from ringfence.interfaces.access import limited
from ringfence.kernel.actor import Actor
from ringfence.support.notices import unsubscribing


@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def news(request: HttpRequest, link: str) -> HttpResponse:
    """Show a button; a POST, which a mail program sends by itself (RFC 8058), ends news, or lets them go on again.

    Opening the page alone does nothing: programs that look at every link in a letter end nobody's news. The link is
    what shows who asks, and nothing else is taken in.
    """
    if request.method == "POST":
        if (refused := limited(request, "choice")) is not None:
            return refused
        again = request.POST.get("again") == "yes"
        unsubscribing.answer(link=link, yes=again, by=Actor.stranger(), at=clock.now())
    wanted = unsubscribing.wanted(link, clock.now())
    around = {"wanted": wanted, "answered": request.method == "POST"}
    unknown = HTTPStatus.FORBIDDEN if request.method == "POST" else HTTPStatus.GONE
    return render(
        request, "storefront/news.html", around, status=unknown if wanted is None else HTTPStatus.OK
    )
