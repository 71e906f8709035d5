"""Trying a demonstration's store with a real call, and watching it go through the switch."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.commands import demo, demo_message
from ringfence.interfaces.storefront import trial_words
from ringfence.kernel.actor import Actor
from ringfence.telephony import lookups, queries
from ringfence.telephony import trial as trials
from ringfence.telephony.actions import trials as actions
from ringfence.telephony.rules import NumberState
from ringfence.telephony.trial import Kind, Trial


def is_open() -> bool:
    """Tell whether calls can be tried here: on a store of this machine alone that was filled for a demonstration."""
    return bool(settings.ENVIRONMENT.local and (settings.VAR_DIR / "demo.done").exists())


@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest) -> HttpResponse:
    """Show what can be tried, and have a call placed."""
    if not is_open():
        raise Http404
    if request.method == "POST" and trials.ready():
        try:
            kind = Kind(request.POST.get("kind", Kind.ANSWERED))
        except ValueError:
            raise Http404 from None
        found = actions.begin(kind=kind, by=Actor.stranger(), at=clock.now())
        return redirect("storefront:trial_watched", trial=found)
    return render(request, "storefront/trial.html", _shown(None))


@require_safe
def watched(request: HttpRequest, trial: str) -> HttpResponse:
    """Show a call that is under way, or how it went."""
    found = trials.look(trial) if is_open() else None
    if found is None:
        raise Http404
    response = render(request, "storefront/trial.html", _shown(found))
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def message(request: HttpRequest) -> HttpResponse:
    """Have the demonstration's carrier bring a text message to its number."""
    if not is_open():
        raise Http404
    if demo_message.send_demo_message(trials.IN_SERVICE):
        offered = _offered(trials.IN_SERVICE)
        arrived = offered is not None and offered.state is NumberState.IN_SERVICE
        became = (
            trial_words.BECAME.get(offered.state, trial_words.NOBODYS) if offered else trial_words.NOBODYS
        )
        (messages.success if arrived else messages.warning)(request, str(became))
    else:
        messages.error(request, _("The store did not take the message."))
    return redirect("storefront:trial")


def _shown(found: Trial | None) -> dict[str, Any]:
    email, *_rest = demo.CUSTOMERS[0]
    heading, sentence = trial_words.ending(found) if found and found.ended else ("", "")
    return {
        "trial": found,
        "ready": trials.ready(),
        "install": settings.SWITCH_INSTALL,
        "number": trials.CALLED[found.kind if found else Kind.ANSWERED],
        "choices": trial_words.CHOICES.items(),
        "rungs": [trial_words.rung(step) for step in found.steps] if found else [],
        "ringing": bool(found and found.rang and not found.ended and not _picked_up(found)),
        "talking": bool(found and not found.ended and _picked_up(found)),
        "heading": heading,
        "sentence": sentence,
        "setup": trial_words.moment(found.setup) if found and found.setup is not None else "",
        "in_the_log": bool(found and found.is_logged),
        "note": trial_words.TROUBLES.get(found.trouble, "") if found and not found.ended else "",
        "moved": _offered(trials.IN_SERVICE) if found and found.has_no_phone else None,
        "email": email,
        "password": demo.PASSWORD,
    }


def _offered(e164: str) -> queries.Offer | None:
    """Return the demonstration's number as it stands."""
    found = map(queries.offer, lookups.numbers_with(e164))
    return next((one for one in found if one and one.e164 == e164), None)


def _picked_up(found: Trial) -> bool:
    return any(step.said == "ACK" for step in found.steps)
