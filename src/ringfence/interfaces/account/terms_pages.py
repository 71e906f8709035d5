"""The terms that changed, put before a customer once, before anything else in the account (clause 5.1)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, customer_only, person_of
from ringfence.interfaces.account import arrival
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.language import of_page
from ringfence.interfaces.storefront.policy_changes import marked
from ringfence.interfaces.terms_gate import SEEN
from ringfence.privacy import policy

add_words(
    {"accounts.tell_of_policy": gettext_lazy("We wrote to you about a change of the terms")},
    {
        "policy-change": gettext_lazy("the terms are changing"),
        "policy-withdrawn": gettext_lazy("a change of the terms was withdrawn"),
    },
)


@customer_only
@require_http_methods(["GET", "HEAD", "POST"])
def terms(request: HttpRequest) -> HttpResponse:
    """Show what changed since the version that was seen last; going on is recorded as having seen it."""
    person, at = person_of(request), clock.now()
    target = arrival.wanted_address(request)
    if request.method == "POST":
        request.session[SEEN] = policy.acknowledge(
            subject=person, moment="login", by=actor_of(request), at=at
        )
        return redirect(target or "account:home")
    counting = policy.in_force(at)
    seen = policy.last_acknowledged(person)
    before = policy.version(seen) if seen is not None and counting and seen < counting.number else None
    around = {
        "version": policy.version_view(counting, at) if counting else None,
        "summary": counting.summary.get(of_page(), "") if counting else "",
        "before": before,
        "next": target,
        **(marked(before.text, counting.text) if before and counting else {}),
    }
    return render(request, "account/terms.html", around)


urlpatterns = [path("account/terms/", terms, name="terms")]
