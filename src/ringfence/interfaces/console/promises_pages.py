"""Staff see how each clause stands, with its history, and may run the checks at once."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock, promise_words, writing
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.console.queues import Queue, Thing
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.looks import check as looks
from ringfence.privacy.payment_watch import check as payment_watch
from ringfence.privacy.promises import BROKEN, DUE_SOON, NOT_ENFORCED, history, running
from ringfence.privacy.promises.running import Standing
from ringfence.privacy.secrecy import check as secrecy

SECTION_ORDER = 10

Found = tuple[str, list[tuple[str, str]]]
"""What a list is of, and its places with what was found there."""


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
    found = _found(at)
    checked = [_shown(one, found.get(one.clause), at) for one in standings if one.state != NOT_ENFORCED]
    around = {
        "checked": sorted(checked, key=_worst_first),
        "unchecked": [one.clause for one in standings if one.state == NOT_ENFORCED],
        "summary": running.summary(standings),
    }
    return render(request, "console/promises.html", around)


def _found(at: datetime) -> dict[str, Found]:
    """Return, by clause, where a check found what it looks for."""
    return {
        "2.4": (
            _("Where it was found, table and column or file:"),
            [(place, writing.whole(count)) for place, count in payment_watch.places().items()],
        ),
        "2.1": (
            _("Pages that opened data without an entry, and of how many people:"),
            [(place, writing.whole(count)) for place, count in looks.places(at).items()],
        ),
        "2.7": (
            _("Addresses that tell too much, and what they named:"),
            [(place, ", ".join(words)) for place, words in secrecy.places().items()],
        ),
    }


def _shown(one: Standing, found: Found | None, at: datetime) -> dict[str, Any]:
    found_of, places = found or ("", [])
    past = history.past(one.clause, at)
    return {
        "clause": one.clause,
        "sentence": _(one.sentence),
        "proof": promise_words.proof(one),
        "kept_since": past.kept_since,
        "breaks": len(past.breaks),
        "found_of": found_of,
        "found": places,
        "history": [promise_words.stretch(each, at) for each in past.stretches[:5]],
    }


def _worst_first(row: dict[str, Any]) -> int:
    return {BROKEN: 0, DUE_SOON: 1, NOT_ENFORCED: 2}.get(row["proof"]["state"], 3)


def _to_do(one: Standing, request: HttpRequest) -> tuple[str, str]:
    """Return what staff can do about a clause that waits for them, and on which page; nothing for others."""
    if one.clause != "5.2" or not one.figures.get("unpublished"):
        return "", ""
    if actor_of(request).has(Role.PRIVACY):
        words = _("A new text came with the software: look at what it changes, and publish it.")
        return words, "console:policy"
    return _("A new text came with the software. Staff with the role Privacy look at it and publish it."), ""


def desk_queue(request: HttpRequest, at: datetime) -> Queue:
    """Tell the desk which promises are broken."""
    del request
    broken = [one for one in running.standings(at) if one.state == BROKEN]
    things = tuple(
        Thing(
            _(one.sentence),
            _("Clause %(clause)s") % {"clause": one.clause},
            reverse("storefront:promise", args=[one.clause]),
            since=one.since,
            state=_("Broken"),
            tone=BROKEN,
        )
        for one in broken
    )
    return Queue("promises", _("Broken promises"), reverse("console:promises"), len(broken), things)


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk how many promises are kept, and which are not, the broken ones first."""
    at = clock.now()
    standings = running.standings(at)
    wrong = [
        {"clause": one.clause, "proof": promise_words.proof(one), "to_do": _to_do(one, request)}
        for one in standings
        if one.state in {BROKEN, DUE_SOON} or (one.state != NOT_ENFORCED and not one.fresh)
    ]
    around = {"summary": running.summary(standings), "wrong": sorted(wrong, key=_worst_first)}
    return ("console/sections/promises.html", around)


urlpatterns = [path("promises/", promises, name="promises")]
