"""Staff see what retention let go of, when, and what goes next (clause 2.8)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.pages import Part
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import retention
from ringfence.privacy.retention import holds, queries
from ringfence.privacy.retention.queries import Standing
from ringfence.privacy.retention_rules import CLASS_NAMES, HoldState

SECTION_ORDER = 25


@staff_only(Role.PRIVACY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show how everything with an end stands; a POST does at once what the worker does every hour."""
    at = clock.now()
    if request.method == "POST":
        gone = retention.let_go(by=Actor.system("desk"), at=at)
        failed = len(retention.entered()) - len(gone)
        if failed:
            messages.error(
                request, _("Something could not be let go of. The table says what; try again in an hour.")
            )
        else:
            messages.success(
                request, _("Done. Records that went: %(count)s.") % {"count": sum(gone.values())}
            )
        return redirect("console:retention")
    standings = queries.standings(at)
    around = {
        "rows": [_shown(one) for one in standings],
        "recent": queries.recently_gone(),
        "overdue": sum(one.overdue for one in standings),
        "next_day": sum(one.next_day for one in standings),
        "month": sum(one.month for one in standings),
        "in_force": len(holds.in_force(at)),
    }
    return render(request, "console/retention.html", around)


def _shown(one: Standing) -> dict[str, Any]:
    tag = "broken" if one.overdue or one.failed_at else "kept"
    return {
        "one": one,
        "title": _(one.title),
        "class": _(CLASS_NAMES[one.retention_class]),
        "lasting": _(one.words) % one.lasting,
        "tag": tag,
    }


def desk_section(request: HttpRequest) -> Part | None:
    """Show on the desk which holds wait for a second person, to those who may confirm them."""
    if not actor_of(request).has(Role.PRIVACY):
        return None
    around = {"waiting": len(holds.listed(HoldState.ASKED)), "in_force": len(holds.in_force(clock.now()))}
    return ("console/sections/retention.html", around)


urlpatterns = [path("retention/", page, name="retention")]
