"""Your requests: what you asked us about your data, where each stands, how much of the time limit is left."""

from datetime import datetime
from math import ceil
from typing import Any, Final
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, request_words
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only, step_up
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.requests import actions, confirming, effects, fees, meeting, queries
from ringfence.privacy.requests.queries import RequestView
from ringfence.privacy.rules import DUE_SOON_DAYS, REQUEST_DAYS, Channel, RequestKind, RequestState

SECTION_ORDER = 61
ELSEWHERE: Final = {RequestKind.COPY: "account:copy", RequestKind.DELETE: "account:delete"}
"""Kinds that have a page of their own."""

HERE: Final = {
    RequestKind.CHANGE: gettext_lazy("Have something changed"),
    RequestKind.RESTRICT: gettext_lazy("Keep my data, but use it less"),
    RequestKind.OBJECT: gettext_lazy("I object to how my data is used"),
}
EXPLAINED: Final = {
    RequestKind.CHANGE: gettext_lazy(
        "Most of it you can change yourself, under Your details, at once. Write here what you cannot reach there."
    ),
    RequestKind.RESTRICT: format_lazy(
        "{} {}", request_words.RESTRICTED_MEANS, gettext_lazy("It begins at once, and you can lift it.")
    ),
    RequestKind.OBJECT: gettext_lazy(
        "We no longer note where and with what you sign in, and what we have of that is deleted. Which terms you were"
        " shown stays noted, as proof. Nothing stored about you is used for advertising or for improving the service,"
        " whether you object or not. It begins at once, and you can lift it."
    ),
}
STOPPED: Final = {
    RequestKind.RESTRICT: gettext_lazy("The use of your data is restricted"),
    RequestKind.OBJECT: gettext_lazy("You have objected to how your data is used"),
}


class AskForm(forms.Form):
    """What somebody wants, in their own words."""

    asked = LongText(
        label=gettext_lazy("In your own words"),
        required=False,
        most=actions.LONGEST,
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, kind: RequestKind, *args: Any, **kwargs: Any) -> None:
        """Ask for words where nothing can be done without them."""
        super().__init__(*args, **kwargs)
        if kind is RequestKind.CHANGE:
            self.fields["asked"].required = True
            self.fields["asked"].error_messages["required"] = _("Write what is wrong, and what is right.")
            self.fields["asked"].help_text = _("What is wrong, and what is right.")


@require_safe
@customer_only
def requests(request: HttpRequest) -> HttpResponse:
    """List what the customer asked, and offer what can be asked."""
    person, at = person_of(request), clock.now()
    stopped = effects.stopped_uses(person)
    around = {
        "rows": [_shown(one, at) for one in queries.requests_of(person)],
        "stopped": [(kind, STOPPED[RequestKind(kind)], since) for kind, since in stopped.items()],
        "offers": [(kind.value, words) for kind, words in HERE.items() if kind not in stopped],
        "days": REQUEST_DAYS,
    }
    return render(request, "account/requests/list.html", around)


def _shown(one: RequestView, at: datetime) -> dict[str, Any]:
    days_left = (one.due_at - at).total_seconds() / 86_400
    late = one.overdue(at)
    return {
        "one": one,
        "what": request_words.WHAT[one.kind],
        "state": request_words.STATES[one.state],
        "tag": request_words.TAGS.get(one.state, ""),
        "used": one.days_used(at),
        "allowed": one.days_allowed,
        "days_left": max(0, ceil(days_left)),
        "late": late,
        "meter": "broken" if late else "due" if one.open and days_left < DUE_SOON_DAYS else "",
    }


def _own(request: HttpRequest, number: str) -> queries.OwnRequest:
    found = queries.own_request(person_of(request), number)
    if found is None:
        raise Http404
    return found


@require_safe
@customer_only
def one_request(request: HttpRequest, number: str) -> HttpResponse:
    """Show one request: its way, its clock, what was written, and what can be done."""
    found, at = _own(request, number), clock.now()
    view = found.view
    fee = fees.fee_of(view.id) if view.kind == RequestKind.COPY else None
    waits_for_fee = fee is not None and fee.accepted_at is None
    is_unconfirmed = view.state in {RequestState.RECEIVED, RequestState.CONFIRMING}
    ground = request_words.ground_in_words(view.refusal_article) if found.reason else ""
    around = {
        **_shown(view, at),
        "found": view,
        "steps": request_words.steps_of(view),
        "asked": found.asked,
        "reason": _(found.reason) if found.reason else "",
        "ground": ground,
        "authority": settings.SUPERVISORY_AUTHORITY,
        "fee": fee,
        "can_accept": waits_for_fee and is_unconfirmed,
        "can_confirm": is_unconfirmed and not waits_for_fee,
        "can_end": view.state == RequestState.APPROVED and view.kind == RequestKind.CHANGE,
        "deletes": view.kind == RequestKind.DELETE,
        "fetch": view.state == RequestState.APPROVED and view.kind == RequestKind.COPY,
    }
    return render(request, "account/requests/one.html", around)


def _kind_or_404(kind: str) -> RequestKind:
    try:
        return RequestKind(kind)
    except ValueError:
        raise Http404 from None


@customer_only
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask for something; who is signed in afresh is who asks, so it is approved at once."""
    wanted = _kind_or_404(kind)
    if wanted in ELSEWHERE:
        return redirect(ELSEWHERE[wanted])
    if wanted not in HERE:
        raise Http404
    form = AskForm(wanted, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            number = _asked(request, wanted, form.cleaned_data["asked"])
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            return redirect("account:request", number)
    around = {"form": form, "title": HERE[wanted], "text": EXPLAINED[wanted], "days": REQUEST_DAYS}
    return render(request, "account/requests/ask.html", around, status=422 if form.errors else 200)


def _asked(request: HttpRequest, kind: RequestKind, words: str) -> str:
    by, at = actor_of(request), clock.now()
    person: UUID = person_of(request)
    made = actions.open_request(subject=person, kind=kind, channel=Channel.ACCOUNT, asked=words, by=by, at=at)
    if made.state in {RequestState.RECEIVED, RequestState.CONFIRMING}:
        confirming.confirm(request=made.pk, seen=made.repeats, by=by, at=at)
    messages.success(request, _("We have it. You see here where it stands."))
    return next(one.public_id for one in queries.requests_of(person) if one.id == made.pk)


@customer_only
@step_up
@sent_only
def confirm(request: HttpRequest, number: str) -> HttpResponse:
    """Confirm a request that came in another way, as it was when its page was read."""
    found = _own(request, number)
    if found.view.kind == RequestKind.DELETE:
        return redirect("account:delete")
    said = request.POST.get("seen", "")
    seen = int(said) if said.isascii() and said.isdecimal() else None
    return _done(
        request, number, _("Thank you, confirmed."), confirming.confirm, request=found.view.id, seen=seen
    )


@customer_only
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once, then take a request back."""
    found = _own(request, number)
    if request.method == "POST":
        return _done(request, number, _("Taken back."), actions.withdraw, request=found.view.id)
    around = {"request_id": number, "what": request_words.WHAT[found.view.kind]}
    return render(request, "account/requests/withdraw.html", around)


@sent_only
@customer_only
def done_myself(request: HttpRequest, number: str) -> HttpResponse:
    """End a change that the customer made themselves."""
    return _done(request, number, _("Done."), meeting.meet, request=_own(request, number).view.id)


@customer_only
@step_up
@sent_only
def accept_fee(request: HttpRequest, number: str) -> HttpResponse:
    """Accept what a further copy costs, and go on."""
    found = _own(request, number)
    answer = _done(request, number, "", fees.accept, request=found.view.id)
    if fees.is_accepted(found.view.id) and found.view.state in {
        RequestState.RECEIVED,
        RequestState.CONFIRMING,
    }:
        return _done(request, number, _("Accepted."), confirming.confirm, request=found.view.id)
    return answer


@sent_only
@customer_only
def lift(request: HttpRequest, kind: str) -> HttpResponse:
    """Allow again what was stopped."""
    wanted = _kind_or_404(kind)
    effects.lift(subject=person_of(request), kind=wanted, by=actor_of(request), at=clock.now())
    messages.success(request, _("Lifted. It is as before."))
    return redirect("account:requests")


def _done(request: HttpRequest, number: str, said: str, act: Any, /, **what: Any) -> HttpResponse:
    """Do something with a request, say so, and go back to it."""
    with told(request, said):
        act(**what, by=actor_of(request), at=clock.now())
    return redirect("account:request", number)


urlpatterns = [
    path("account/requests/", requests, name="requests"),
    path("account/requests/new/<str:kind>/", ask, name="request_ask"),
    path("account/uses/<str:kind>/lift/", lift, name="request_lift"),
    path("account/requests/<str:number>/", one_request, name="request"),
    path("account/requests/<str:number>/confirm/", confirm, name="request_confirm"),
    path("account/requests/<str:number>/withdraw/", withdraw, name="request_withdraw"),
    path("account/requests/<str:number>/done/", done_myself, name="request_done"),
    path("account/requests/<str:number>/fee/", accept_fee, name="request_fee"),
]
