"""Staff make a change that the customer asked for and confirmed: the same change as in the account (clause 4.1)."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.accounts import actions as accounts
from ringfence.accounts.queries import Profile
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.account import forms
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.requests import meeting, queries
from ringfence.privacy.rules import RequestKind, RequestState

PURPOSE = "request"
DETAILS = ("name", "company", "vat_number", "address", "country", "time_zone", "phone", "language")


def initial_of(profile: Profile) -> dict[str, str]:
    """Return the details as a form begins with them."""
    consumer = {True: "yes", False: "no", None: ""}[profile.consumer]
    return {**{name: getattr(profile, name) for name in DETAILS}, "consumer": consumer}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Role.PRIVACY, Role.SUPPORT)
def change(request: HttpRequest, number: str) -> HttpResponse:
    """Show what the customer wrote beside their details, and change those; the request is met then."""
    found = queries.request(number)
    is_open = found is not None and found.state == RequestState.APPROVED and found.kind == RequestKind.CHANGE
    if found is None or found.person is None or not is_open:
        raise Http404
    by, at = actor_of(request).for_purpose(PURPOSE), clock.now()
    words = meeting.look(request=found.id, by=by, at=at).asked
    profile = accounts.look_at_customer(person=found.person, what="profile", by=by, at=at)
    form = forms.DetailsForm(request.POST or None, initial=initial_of(profile))
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in DETAILS}
        bought = {"yes": True, "no": False}.get(form.cleaned_data["consumer"])
        try:
            accounts.set_profile(person=found.person, **given, consumer=bought, by=by, at=at)
            meeting.meet(request=found.id, by=by, at=at)
        except Refusal as refusal:
            forms.show(form, refusal)
        else:
            messages.success(request, _("Done. The customer has a letter."))
            return redirect("console:request", number)
    around = {"form": form, "words": words, "number": number}
    return render(request, "console/request_change.html", around, status=422 if form.errors else 200)


urlpatterns = [path("requests/<str:number>/change/", change, name="request_change")]
