"""One number's page: where it rings, changed step by step."""

from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, customer_only, person_of, sent_only
from ringfence.interfaces.account import route_words
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.account.step_forms import AnsweringForm, StepForm, prefix_of
from ringfence.interfaces.account.suspension import suspension
from ringfence.interfaces.outcomes import told
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import forwarding, queries, route_queries
from ringfence.telephony.actions import route_settings, route_steps, routes
from ringfence.telephony.route_queries import Routing
from ringfence.telephony.route_rules import MOST_STEPS, PlanName
from ringfence.telephony.rules import NumberState

PLANS: Final = {
    PlanName.OPEN: gettext_lazy("During opening hours"),
    PlanName.CLOSED: gettext_lazy("Outside opening hours"),
}

add_words(
    {
        "route.add_step": gettext_lazy("A number was given another step to ring"),
        "route.change_step": gettext_lazy("A step of a number was changed"),
        "route.remove_step": gettext_lazy("A step of a number was removed"),
        "route.move_step": gettext_lazy("The steps of a number were put in another order"),
        "route.undo": gettext_lazy("The last change of a number was undone"),
        "route.set_answering": gettext_lazy("It was set what a number does when it is busy"),
        "route.set_hours": gettext_lazy("The opening hours of a number were set"),
        "forward.allow_country": gettext_lazy("Forwarding to a country was allowed"),
        "forward.forbid_country": gettext_lazy("Forwarding to a country was switched off"),
        "forward.begin": gettext_lazy("A new number to forward to rings from now on"),
        "forward.cancel": gettext_lazy("A forward was taken back"),
        "forward.undo": gettext_lazy("A forward was taken back by the link of its letter"),
    },
    {
        "forward-waits": gettext_lazy("a number forwards your calls soon"),
        "forward-country": gettext_lazy("calls may be forwarded to a country"),
    },
)


def number_or_404(request: HttpRequest, number: str) -> queries.HeldNumber:
    """Return one of the viewer's numbers."""
    held = queries.number_of(person_of(request), number)
    if held is None:
        raise Http404
    return held


@require_safe
@customer_only
def number(request: HttpRequest, number: str) -> HttpResponse:
    """Show where a number rings, with everything that can be done about it."""
    return _page(request, number_or_404(request, number))


def _page(request: HttpRequest, held: queries.HeldNumber, **more: Any) -> HttpResponse:
    at, person = clock.now(), person_of(request)
    routing = route_queries.routing_of(person, held.id, at)
    hours = routing.hours
    chains = [_chain(person, routing, PlanName.OPEN)]
    if hours or routing.closed:
        chains.append(_chain(person, routing, PlanName.CLOSED))
    context = {
        "number": held,
        "routing": routing,
        "chains": chains,
        "week": route_words.week(hours) if hours else [],
        "holidays": route_words.holidays(hours) if hours else "",
        "special_days": route_words.special_days(hours) if hours else [],
        "answering": AnsweringForm(initial=_answering(routing)),
        "most_calls": settings.NUMBER_CALLS_AT_ONCE,
        "can_forward": forwarding.is_possible(),
        "suspended": suspension(held) if held.state is NumberState.SUSPENDED else None,
        **more,
    }
    return render(request, "account/routes/number.html", context, status=422 if more else 200)


def _answering(routing: Routing) -> dict[str, Any]:
    return {
        "stop_when_busy": "yes" if routing.stop_when_busy else "no",
        "calls_at_once": routing.calls_at_once,
    }


def _chain(person: UUID, routing: Routing, plan: PlanName) -> dict[str, Any]:
    steps = routing.plan(plan)
    return {
        "plan": plan.value,
        "title": PLANS[plan] if routing.hours else _("Where it rings"),
        "rows": [
            {
                "step": step,
                "kind": route_words.KINDS[step.kind],
                "target": route_words.target(step),
                "until_then": route_words.target(step.until_then) if step.until_then else "",
                "why_not": route_words.WHY_NOT[step.why_not] if step.why_not else "",
                "is_first": place == 0,
                "is_last": place == len(steps) - 1 or steps[place + 1].kind == "mail",
            }
            for place, step in enumerate(steps)
        ],
        "rings_now": any(not step.waits or step.until_then for step in steps),
        "form": StepForm(person, prefix=prefix_of(plan)),
        "is_full": len(steps) >= MOST_STEPS,
        "is_unused": plan is PlanName.CLOSED and routing.hours is None,
    }


@customer_only
def clear(request: HttpRequest, number: str) -> HttpResponse:
    """Ask once, then let a number ring nowhere."""
    held = number_or_404(request, number)
    if request.method == "POST":
        routes.clear_destination(number=held.id, by=actor_of(request), at=clock.now())
        messages.success(request, _("The number rings nowhere now. Callers hear that it is not available."))
        return redirect("account:number", number=number)
    return render(request, "account/routes/clear.html", {"number": held})


@sent_only
@customer_only
def undo(request: HttpRequest, number: str) -> HttpResponse:
    """Put a number back to how it stood before the last change."""
    held = number_or_404(request, number)
    with told(request, _("Undone. The number rings as before.")):
        route_steps.undo(number=held.id, by=actor_of(request), at=clock.now())
    return redirect("account:number", number=number)


@sent_only
@customer_only
def answering(request: HttpRequest, number: str) -> HttpResponse:
    """Say what happens when it is busy, and how many calls there may be at once."""
    held = number_or_404(request, number)
    form = AnsweringForm(request.POST)
    if form.is_valid():
        try:
            route_settings.set_answering(
                number=held.id,
                stop_when_busy=form.cleaned_data["stop_when_busy"],
                calls_at_once=form.cleaned_data["calls_at_once"],
                by=actor_of(request),
                at=clock.now(),
            )
        except Refusal as refusal:
            form.add_error("calls_at_once", errors.sentence(refusal))
        else:
            messages.success(request, _("Saved."))
            return redirect("account:number", number=number)
    return _page(request, held, answering=form)


urlpatterns = [
    path("account/numbers/<str:number>/", number, name="number"),
    path("account/numbers/<str:number>/clear/", clear, name="number_clear"),
    path("account/numbers/<str:number>/undo/", undo, name="number_undo"),
    path("account/numbers/<str:number>/answering/", answering, name="number_answering"),
]
