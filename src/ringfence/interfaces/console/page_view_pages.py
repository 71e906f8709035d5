"""Staff see how often public pages are opened, by week. There is nobody in these figures (clause 3.2)."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock
from ringfence.interfaces.access import staff_only
from ringfence.kernel.actor import Role
from ringfence.privacy.page_views import actions, queries

WEEKS: Final = 4


@require_safe
@staff_only(Role.OPERATIONS)
def page_views(request: HttpRequest) -> HttpResponse:
    """Show the newest weeks that are over, the pages that are read most first."""
    weeks = queries.by_week(clock.now(), WEEKS)
    rows = sorted(weeks.pages.items(), key=lambda row: (-sum(row[1]), row[0]))
    if rows:
        rows.append((_("All pages"), weeks.sums))
    around = {
        "begins": weeks.begins,
        "rows": [(page, list(zip(weeks.begins, views, strict=True))) for page, views in rows],
        "kept_days": actions.KEPT.days,
    }
    return render(request, "console/page_views.html", around)


urlpatterns = [path("page-views/", page_views, name="page_views")]
