"""Staff see what people asked about their data, how much of the time limit is left, and do their part (clause 4.3)."""

from datetime import datetime
from math import ceil
from typing import Any, Final
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.accounts import actions as accounts
from ringfence.interfaces import clock, errors, request_words
from ringfence.interfaces.access import actor_of, limited, person_of, sent_only, staff_only
from ringfence.interfaces.console import purpose
from ringfence.interfaces.console.queues import LISTED, Queue, Thing
from ringfence.interfaces.console.request_forms import CallerForm, RefuseForm, TellForm
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.requests import (
    actions,
    carrying,
    confirming,
    effects,
    fees,
    meeting,
    queries,
    refusing,
)
from ringfence.privacy.requests.queries import RequestView
from ringfence.privacy.rules import DUE_SOON_DAYS, Channel, Ground, RequestKind, RequestState, Way

SECTION_ORDER = 20
READERS = (Role.PRIVACY, Role.SUPPORT)
PURPOSE: Final = "request"


@staff_only(*READERS)
@require_safe
def requests(request: HttpRequest) -> HttpResponse:
    """List open requests, the most urgent first, and those met last."""
    at = clock.now()
    around = {
        "open": [_shown(one, at) for one in queries.open_requests()],
        "finished": [_shown(one, at) for one in queries.finished_requests()],
        "figures": queries.figures(),
    }
    return render(request, "console/requests.html", around)


def _shown(one: RequestView, at: datetime) -> dict[str, Any]:
    days_left = (one.due_at - at).total_seconds() / 86_400
    late = one.overdue(at)
    state = "broken" if late else "due" if one.open and days_left < DUE_SOON_DAYS else ""
    return {
        "request": one,
        "what": request_words.ASKED_OF_US[one.kind],
        "words": request_words.STATES[one.state],
        "tag": request_words.TAGS.get(one.state, ""),
        "customer": public_id("cus", one.person) if one.person else "",
        "used": one.days_used(at),
        "allowed": one.days_allowed,
        "days_left": max(0, ceil(days_left)),
        "late": late,
        "state": state,
        "undelivered": one.being_refused and refusing.is_undeliverable(one.id),
    }


def _found(number: str) -> RequestView:
    found = queries.request(number)
    if found is None:
        raise Http404
    return found


def _staff(request: HttpRequest) -> Actor:
    """Return the actor who works on a request; the customer reads the purpose."""
    return actor_of(request).for_purpose(PURPOSE)


@staff_only(*READERS)
@require_safe
def one_request(request: HttpRequest, number: str) -> HttpResponse:
    """Show one request, without what the customer wrote: a button opens that, and the customer reads of it."""
    return _page(request, _found(number))


def _page(request: HttpRequest, found: RequestView, **more: Any) -> HttpResponse:
    row, is_officer = _shown(found, clock.now()), actor_of(request).has(Role.PRIVACY)
    may_refuse = found.open and is_officer and (row["undelivered"] or not found.being_refused)
    is_waiting = found.state in {RequestState.RECEIVED, RequestState.CONFIRMING}
    around = {
        "row": row,
        "found": found,
        "ground": request_words.ground_in_words(found.refusal_article),
        "undelivered": row["undelivered"],
        "told": TellForm() if row["undelivered"] and is_officer else None,
        "fee": fees.fee_of(found.id) if found.kind == RequestKind.COPY else None,
        "can_send": is_waiting and found.person is not None and not found.being_refused,
        "can_change": found.state == RequestState.APPROVED and found.kind == RequestKind.CHANGE,
        "can_meet": found.state == RequestState.APPROVED and not carrying.runs_by_itself(found.kind),
        "by_itself": found.state == RequestState.APPROVED and carrying.runs_by_itself(found.kind),
        "form": RefuseForm(found.kind) if may_refuse else None,
        **more,
    }
    return render(request, "console/request.html", around, status=422 if "wrong" in more else 200)


@sent_only
@staff_only(*READERS)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """Open what the customer wrote; they read of it."""
    found = _found(number)
    looked = meeting.look(request=found.id, by=_staff(request), at=clock.now())
    reason = _(looked.reason) if looked.reason else ""
    return _page(request, found, opened=True, words=looked.asked, reason=reason)


@sent_only
@staff_only(*READERS)
def send_link(request: HttpRequest, number: str) -> HttpResponse:
    """Ask the customer by letter whether it was they who asked, once more."""
    return _done(
        request,
        number,
        _("Sent. An earlier link works no more."),
        confirming.send_link,
        request=_found(number).id,
    )


@sent_only
@staff_only(*READERS)
def meet(request: HttpRequest, number: str) -> HttpResponse:
    """Say that what was asked is done; the customer gets a letter."""
    return _done(
        request, number, _("Done. The customer has a letter."), meeting.meet, request=_found(number).id
    )


@sent_only
@staff_only(Role.PRIVACY)
def refuse(request: HttpRequest, number: str) -> HttpResponse:
    """Write the notice that refuses; the request is refused once the notice is sent."""
    found = _found(number)
    form = RefuseForm(found.kind, request.POST)
    if not form.is_valid():
        return _page(request, found, form=form, wrong=True)
    said = form.cleaned_data
    words = _("The notice is on its way. The request is refused once it has been sent.")
    ground = Ground(said["ground"])
    return _done(
        request, number, words, refusing.refuse, request=found.id, ground=ground, reason=said["reason"]
    )


@sent_only
@staff_only(Role.PRIVACY)
def send_again(request: HttpRequest, number: str) -> HttpResponse:
    """Send a notice that could not be delivered once more, to the address that the customer has now."""
    words = _("The notice is on its way. The request is refused once it has been sent.")
    return _done(request, number, words, refusing.send_again, request=_found(number).id)


@sent_only
@staff_only(Role.PRIVACY)
def told_otherwise(request: HttpRequest, number: str) -> HttpResponse:
    """Note that the customer was told in another way, which refuses the request."""
    found = _found(number)
    form = TellForm(request.POST)
    if not form.is_valid():
        return _page(request, found, told=form, wrong=True)
    way = Way[form.cleaned_data["way"]]
    words = _("Noted. The request is refused.")
    return _done(request, number, words, refusing.told_in_another_way, request=found.id, way=way)


def _done(request: HttpRequest, number: str, said: str, act: Any, /, **what: Any) -> HttpResponse:
    with told(request, said):
        act(**what, by=_staff(request), at=clock.now())
    return redirect("console:request", number)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(*READERS)
def new(request: HttpRequest) -> HttpResponse:
    """File a request for somebody who called or wrote. A letter asks them whether it was they."""
    form = CallerForm(request.POST or None, initial=_begun(request.GET.get("customer", "")))
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "search", str(person_of(request)))
        if too_many is not None:
            return too_many
        try:
            number = _filed(request, form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            if number:
                return _was_filed(request, number)
            form.add_error("wanted", _("There is no customer with exactly this address or number."))
    return render(request, "console/request_new.html", {"form": form}, status=422 if form.errors else 200)


def _begun(customer: str) -> dict[str, str]:
    """Return what a form begins with that is opened from the page of a customer."""
    try:
        return {"wanted": public_id("cus", parse(customer, "cus"))}
    except NotAPublicId:
        return {}


def _was_filed(request: HttpRequest, number: str) -> HttpResponse:
    """Say what became of it: a letter asks the customer, unless they had confirmed the same before."""
    if _found(number).state == RequestState.APPROVED:
        words = _(
            "The customer had asked for it and confirmed it already. Only they can add to it, signed in."
        )
        messages.warning(request, words)
    else:
        messages.success(request, _("Filed. A letter asks the customer whether it was they who asked."))
    return redirect("console:request", number)


def _filed(request: HttpRequest, said: dict[str, Any]) -> str:
    """Open or join the request of the customer that was named; return its number, nothing when there is none."""
    by, at = actor_of(request).for_purpose(said["purpose"]), clock.now()
    person = accounts.find_customer(wanted=said["wanted"], by=by, at=at)
    if person is None:
        return ""
    made = actions.open_request(
        subject=person,
        kind=RequestKind(said["kind"]),
        channel=Channel.STAFF,
        received_at=said["received_at"],
        asked=said["asked"],
        by=by,
        at=at,
    )
    if made.state in {RequestState.RECEIVED, RequestState.CONFIRMING}:
        confirming.send_link(request=made.pk, by=by, at=at)
    return public_id("req", made.pk)


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which requests wait for staff, to those who may open them."""
    if not actor_of(request).has(*READERS):
        return None
    rows = [one for one in queries.open_requests() if not one.waits_for_person or one.overdue(at)]
    things = tuple(_thing(_shown(one, at)) for one in rows[:LISTED])
    return Queue("requests", _("Requests"), reverse("console:requests"), len(rows), things)


def _thing(row: dict[str, Any]) -> Thing:
    one: RequestView = row["request"]
    return Thing(
        row["what"],
        one.public_id,
        reverse("console:request", args=[one.public_id]),
        since=one.received_at,
        due_at=one.due_at,
        state=row["words"],
        tone=row["state"],
        used=row["used"] / row["allowed"],
    )


def customer_section(request: HttpRequest, person: UUID) -> Part | None:
    """Show on a customer's page what they asked and what they have stopped."""
    if not actor_of(request).has(*READERS) or purpose.actor_looking_at(request, person) is None:
        return None
    at = clock.now()
    rows = [_shown(one, at) for one in queries.requests_of(person)]
    stopped = [
        (request_words.ASKED_OF_US[kind], since) for kind, since in effects.stopped_uses(person).items()
    ]
    around = {"rows": rows, "stopped": stopped, "number": public_id("cus", person)}
    return ("console/sections/customer_requests.html", around)


urlpatterns = [
    path("requests/", requests, name="requests"),
    path("requests/new/", new, name="request_new"),
    path("requests/<str:number>/", one_request, name="request"),
    path("requests/<str:number>/read/", read, name="request_read"),
    path("requests/<str:number>/send/", send_link, name="request_send"),
    path("requests/<str:number>/done/", meet, name="request_meet"),
    path("requests/<str:number>/refuse/", refuse, name="request_refuse"),
    path("requests/<str:number>/again/", send_again, name="request_again"),
    path("requests/<str:number>/told/", told_otherwise, name="request_told"),
]
