"""Staff see what retention let go of, when, and what goes next (clause 2.8)."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ringfence.interfaces import clock
from ringfence.interfaces.access import staff_only
from ringfence.kernel.actor import Role
from ringfence.privacy.retention import holds, letting_go, queries
from ringfence.privacy.retention.queries import Standing
from ringfence.privacy.retention_rules import CLASS_NAMES

SECTION_ORDER = 25


@staff_only(Role.PRIVACY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show how everything with an end stands; a POST has the worker do at once what it does every hour."""
    at = clock.now()
    if request.method == "POST":
        letting_go.put_into_queue(at)
        messages.success(request, _("Asked for. It is done within a minute; load the page again then."))
        return redirect("console:retention")
    standings = queries.standings(at)
    around = {
        "rows": [_shown(one) for one in standings],
        "recent": queries.recently_gone(),
        "overdue": sum(one.overdue for one in standings),
        "next_day": sum(one.next_day for one in standings),
        "month": sum(one.month for one in standings),
        "in_force": holds.count_in_force(at),
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


urlpatterns = [path("retention/", page, name="retention")]
