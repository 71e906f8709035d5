"""Staff see how each clause stands, with its history, and may run the checks at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock, promise_words
from ringfence.interfaces.access import staff_only
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Actor
from ringfence.privacy.payment_watch import check as payment_watch
from ringfence.privacy.promises import BROKEN, DUE_SOON, NOT_ENFORCED, running
from ringfence.privacy.promises.running import Standing

SECTION_ORDER = 10


@staff_only()
@require_http_methods(["GET", "HEAD", "POST"])
def promises(request: HttpRequest) -> HttpResponse:
    """List the clauses that software checks, the broken ones first, then those it does not check yet."""
    at = clock.now()
    if request.method == "POST":
        running.run_checks(by=Actor.system("desk"), at=at)
        messages.success(request, _("All checks ran just now."))
        return redirect("console:promises")
    standings = running.standings(at)
    order = {BROKEN: 0, DUE_SOON: 1}
    checked = [_shown(one) for one in standings if one.state != NOT_ENFORCED]
    around = {
        "checked": sorted(checked, key=lambda row: order.get(row["proof"]["state"], 2)),
        "unchecked": [one.clause for one in standings if one.state == NOT_ENFORCED],
        "summary": running.summary(standings),
        "places": payment_watch.places(),
    }
    return render(request, "console/promises.html", around)


def _shown(one: Standing) -> dict[str, Any]:
    return {
        "clause": one.clause,
        "sentence": _(one.sentence),
        "proof": promise_words.proof(one),
        "history": running.history(one.clause, 5),
    }


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk how many promises are kept, and which are not."""
    standings = running.standings(clock.now())
    wrong = [_shown(one) for one in standings if one.state in {BROKEN, DUE_SOON}]
    return ("console/sections/promises.html", {"summary": running.summary(standings), "wrong": wrong})


urlpatterns = [path("promises/", promises, name="promises")]
