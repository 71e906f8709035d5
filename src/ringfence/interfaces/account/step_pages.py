"""The steps of a number: added, changed, moved, removed, taken back."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _

from ringfence.interfaces import clock, errors, writing
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.account.route_pages import PLANS, number_or_404
from ringfence.interfaces.account.step_forms import StepForm, initial_of, prefix_of
from ringfence.interfaces.outcomes import told
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import route_queries
from ringfence.telephony.actions import forwards, route_steps
from ringfence.telephony.actions.route_ground import Wanted
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_queries import StepView
from ringfence.telephony.route_rules import PlanName, cooling_off


def _step_or_404(request: HttpRequest, number: UUID, step: str) -> StepView:
    found = route_queries.step_of(person_of(request), number, step)
    if found is None:
        raise Http404
    return found


def _back_when_gone(page: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Lead from a step that was changed or removed in the meantime to the number as it is now, and say so."""

    @wraps(page)
    def shown(request: HttpRequest, number: str, **where: str) -> HttpResponse:
        try:
            return page(request, number, **where)
        except Refusal as refusal:
            if refusal.code != "step.gone":
                raise
            messages.error(request, errors.sentence(refusal))
            return redirect("account:number", number=number)

    return shown


def _plan_or_404(plan: str) -> PlanName:
    try:
        return PlanName(plan)
    except ValueError:
        raise Http404 from None


def _during(request: HttpRequest, number: UUID, plan: PlanName) -> Any:
    """Return when the steps of a plan ring; nothing where they ring at all times."""
    has_hours = route_queries.routing_of(person_of(request), number, clock.now()).hours is not None
    return PLANS[plan] if has_hours or plan is PlanName.CLOSED else ""


def _said(request: HttpRequest, wanted: Wanted, *, at_once: bool) -> None:
    if wanted.kind is StepKind.MAIL:
        messages.success(request, _("Saved."))
    elif at_once:
        messages.success(request, _("Saved. The next call rings there."))
    else:
        wait = writing.lasting(cooling_off())
        messages.warning(
            request,
            _("Saved. A new number to forward to rings after %(wait)s; a letter tells you, and can undo it.")
            % {"wait": wait},
        )


@customer_only
def step_new(request: HttpRequest, number: str, plan: str) -> HttpResponse:
    """Add a step to a chain."""
    held, chain = number_or_404(request, number), _plan_or_404(plan)
    form = StepForm(person_of(request), request.POST or None, prefix=prefix_of(chain))
    if request.method == "POST" and form.is_valid():
        try:
            at_once = route_steps.add_step(
                number=held.id, plan=chain, wanted=form.wanted(), by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            form.show(refusal)
        else:
            _said(request, form.wanted(), at_once=at_once)
            return redirect("account:number", number=number)
    context = {"number": held, "form": form, "step": None, "plan": _during(request, held.id, chain)}
    return render(request, "account/routes/step.html", context, status=422 if form.errors else 200)


@customer_only
@_back_when_gone
def step(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """Let a step ring something else, or longer."""
    held = number_or_404(request, number)
    found = _step_or_404(request, held.id, step)
    form = StepForm(person_of(request), request.POST or None, initial=initial_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            at_once = route_steps.change_step(
                step=found.id, wanted=form.wanted(), by=actor_of(request), at=clock.now()
            )
        except Refusal as refusal:
            if refusal.code == "step.gone":
                raise
            form.show(refusal)
        else:
            _said(request, form.wanted(), at_once=at_once)
            return redirect("account:number", number=number)
    context = {"number": held, "form": form, "step": found, "plan": _during(request, held.id, found.plan)}
    return render(request, "account/routes/step.html", context, status=422 if form.errors else 200)


@sent_only
@customer_only
@_back_when_gone
def step_move(request: HttpRequest, number: str, step: str, way: str) -> HttpResponse:
    """Let a step ring earlier or later by one."""
    held = number_or_404(request, number)
    found = _step_or_404(request, held.id, step)
    return _done(
        request, number, "", route_steps.move_step, f"#{found.public_id}", step=found.id, up=way == "up"
    )


@sent_only
@customer_only
@_back_when_gone
def step_remove(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """Take a step out; when it is the only one, ask first."""
    held = number_or_404(request, number)
    found = _step_or_404(request, held.id, step)
    routing = route_queries.routing_of(person_of(request), held.id, clock.now())
    if len(routing.open) + len(routing.closed) == 1:
        return redirect("account:number_clear", number=number)
    return _done(request, number, _("Removed."), route_steps.remove_step, step=found.id)


@sent_only
@customer_only
@_back_when_gone
def step_cancel(request: HttpRequest, number: str, step: str) -> HttpResponse:
    """Take back a forward; what rang before rings on."""
    held = number_or_404(request, number)
    found = _step_or_404(request, held.id, step)
    return _done(
        request, number, _("Taken back. The number rings as before."), forwards.cancel, step=found.id
    )


def _done(
    request: HttpRequest, number: str, said: str, act: Any, place: str = "", **what: Any
) -> HttpResponse:
    """Do something with a step, say so, and go back to the number, to a place of its page."""
    with told(request, said):
        act(**what, by=actor_of(request), at=clock.now())
    return redirect(reverse("account:number", args=[number]) + place)


urlpatterns = [
    path("account/numbers/<str:number>/add/<str:plan>/", step_new, name="step_new"),
    path("account/numbers/<str:number>/steps/<str:step>/", step, name="step"),
    path("account/numbers/<str:number>/steps/<str:step>/move/<str:way>/", step_move, name="step_move"),
    path("account/numbers/<str:number>/steps/<str:step>/remove/", step_remove, name="step_remove"),
    path("account/numbers/<str:number>/steps/<str:step>/cancel/", step_cancel, name="step_cancel"),
]
