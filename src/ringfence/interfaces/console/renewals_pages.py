"""Staff see what is renewed, what is not paid, and above all what should have run and did not."""

from datetime import datetime
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.account.renewal_pages import KINDS, STATES
from ringfence.interfaces.console.queues import BROKEN, LISTED, Queue, Thing
from ringfence.interfaces.pages import Part
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.shop import renewal_queries, renewal_watch
from ringfence.shop.renewal_queries import RenewalView, Show

SECTION_ORDER = 15
READERS = (Role.OPERATIONS, Role.SUPPORT)
ROWS_ON_A_PAGE: Final = 50

NARROWINGS = {
    Show.LATE: gettext_lazy("Did not run"),
    Show.UNPAID: gettext_lazy("Not paid"),
    Show.SOON: gettext_lazy("Due within 7 days"),
    Show.OFF: gettext_lazy("Switched off"),
    Show.ALL: gettext_lazy("Due in the last 30 days, or still to come"),
}
TROUBLES = {
    renewal_watch.NOT_TAKEN: gettext_lazy("its step was not taken: does the worker run?"),
    renewal_watch.NO_ANSWER: gettext_lazy("the payment provider was asked and has not answered"),
    "PaymentsUnavailable": gettext_lazy("the payment provider does not answer"),
    "wrong_key": gettext_lazy("the payment provider refuses our key"),
    "not_permitted": gettext_lazy("our key may not charge cards"),
}
REASONS = {
    "refused": gettext_lazy("card refused"),
    "needs_buyer": gettext_lazy("the bank wants to see the buyer"),
    "no_card": gettext_lazy("no card kept"),
}


def _shown(view: RenewalView) -> dict[str, Any]:
    trouble = TROUBLES.get(view.trouble) or _("the payment provider says: %(word)s") % {"word": view.trouble}
    return {
        "renewal": view,
        "place": places.country(view.country),
        "state": STATES[view.state],
        "tag": "broken" if view.is_late else KINDS.get(view.state, ""),
        "reason": REASONS.get(view.reason, "") if view.is_open else "",
        "trouble": trouble if view.is_late else "",
    }


@staff_only(*READERS)
@require_safe
def renewals(request: HttpRequest) -> HttpResponse:
    """List renewals: those that did not run first, narrowed by state, found by their id or their order's."""
    at = clock.now()
    wanted = request.GET.get("q", "").strip()
    asked = request.GET.get("show", "")
    counts = renewal_queries.counts(at)
    show = Show(asked) if asked in set(Show) else (Show.LATE if counts[Show.LATE] else Show.ALL)
    rows, further = renewal_queries.listed(
        show, at=at, wanted=wanted, after=request.GET.get("after", ""), limit=ROWS_ON_A_PAGE
    )
    context = {
        "rows": [_shown(view) for view in rows],
        "further": further,
        "wanted": wanted,
        "show": show,
        "narrowings": [(name, words, counts[name]) for name, words in NARROWINGS.items()],
        "watch": renewal_watch.watch(at),
    }
    return render(request, "console/renewals.html", context)


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which renewals did not run, the longest late first."""
    if not actor_of(request).has(*READERS):
        return None
    rows, _further = renewal_queries.listed(Show.LATE, at=at, wanted="", after="", limit=LISTED)
    page = reverse("console:renewals")
    things = tuple(
        Thing(
            _("A renewal that did not run"),
            view.public_id,
            f"{page}?q={view.public_id}",
            due_at=view.next_at,
            state=STATES[view.state],
            tone=BROKEN,
        )
        for view in rows
    )
    return Queue("renewals", _("Renewals"), page, renewal_queries.counts(at)[Show.LATE], things)


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk, in red, renewals that did not run."""
    if not actor_of(request).has(*READERS):
        return None
    at = clock.now()
    context = {"watch": renewal_watch.watch(at), "counts": renewal_queries.counts(at)}
    return ("console/sections/renewals.html", context)


urlpatterns = [path("renewals/", renewals, name="renewals")]
