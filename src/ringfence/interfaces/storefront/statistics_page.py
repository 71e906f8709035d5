"""Released statistics in public: the newest, all earlier ones, how they are made and checked (clause 3.1)."""

from datetime import date
from typing import Any, Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_safe

from ringfence.interfaces import charts, statistics_words
from ringfence.interfaces.storefront import places
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.statistics import queries, rules
from ringfence.privacy.statistics.queries import Released

DRAWN: Final = 12
"""Bars, and periods, that one chart shows at most; the table has them all."""

LISTED: Final = 60


@require_safe
def newest(request: HttpRequest) -> HttpResponse:
    """Show the newest release, and that there is none yet until then."""
    listed = queries.releases(LISTED)
    return _page(request, listed[0] if listed else None, listed)


@require_safe
def release(request: HttpRequest, release: str) -> HttpResponse:
    """Show a release. Raises Http404 for an unknown one."""
    try:
        found = queries.release(parse(release, "rls"))
    except NotAPublicId as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return _page(request, found, queries.releases(LISTED))


def _page(request: HttpRequest, shown: Released | None, listed: list[Released]) -> HttpResponse:
    coming = queries.next_period()
    around: dict[str, Any] = {
        "shown": shown,
        "is_newest": bool(shown and listed and shown.number == listed[0].number),
        "coming": coming,
        "coming_words": statistics_words.period(coming) if coming else "",
        "listed": [{"one": one, "period": statistics_words.period(one.period)} for one in listed],
        "least_people": rules.LEAST_PEOPLE,
        "command": f"python3 verifier.py --url {settings.PUBLIC_ORIGIN}",
        "most": statistics_words.epsilon(rules.epsilon(rules.YEARLY_RHO)),
    }
    if shown is not None:
        content = shown.manifest
        around |= {
            "period": statistics_words.period(shown.period),
            "tables": [_table(one, shown, listed) for one in content["tables"]],
            "left_out": [_left_out(one) for one in content["left_out"]],
            "spent": [_spent(unit, one) for unit, one in content["spent"].items()],
        }
    return render(request, "storefront/statistics.html", around)


def _table(table: dict[str, Any], shown: Released, listed: list[Released]) -> dict[str, Any]:
    names, spread = table["names"], statistics_words.spread(table)
    cells = [(statistics_words.cell(names, code), value) for code, value in table["cells"].items()]
    seen = sorted(
        ((name, value) for name, value in cells if value is not None), key=lambda pair: (-pair[1], pair[0])
    )
    hidden = sorted((name for name, value in cells if value is None), key=places.sortable)
    past = _past(table["key"], shown, listed)
    return {
        "key": table["key"],
        "title": statistics_words.title(table),
        "names": names,
        "total": table["total"],
        "spread": spread,
        "seen": seen,
        "hidden": hidden,
        "bars": charts.bars(seen[:DRAWN], spread) if seen else None,
        "columns": charts.columns(past) if sum(value is not None for _name, value in past) > 1 else None,
        "is_of_amounts": table["amounts"] is not None,
        "most_cells": table["most_cells"],
        "most": table["most_in_a_cell"],
        "unit": table["unit"],
        "from": _counted_from(table, shown),
        "least": table["people"]["least"],
    }


def _counted_from(table: dict[str, Any], shown: Released) -> date | None:
    """Return the day from which on a table was counted, when that is not the first of its period."""
    day = date.fromisoformat(table["counted_from"])
    return None if day == shown.period.first else day


def _past(key: str, shown: Released, listed: list[Released]) -> list[tuple[str, int | None]]:
    """Return the totals of a table in the periods of the same length up to the one that is shown, oldest first."""
    found = [
        (statistics_words.period(one.period), table["total"])
        for one in listed
        if one.number <= shown.number and one.period.level == shown.period.level
        for table in one.manifest["tables"]
        if table["key"] == key
    ]
    return found[DRAWN - 1 :: -1] if len(found) >= DRAWN else found[::-1]


def _left_out(one: dict[str, str]) -> dict[str, Any]:
    source = statistics_words.source(one["key"])
    return {"title": source, "why": statistics_words.WHY.get(one["why"], one["why"])}


def _spent(unit: str, one: dict[str, Any]) -> dict[str, Any]:
    return {
        "unit": statistics_words.UNITS.get(unit, unit),
        "epsilon": statistics_words.epsilon(one["epsilon"]),
        "of_the_year": statistics_words.epsilon(one["epsilon_of_the_year"]),
        "share": one["rho_of_the_year"] / rules.YEARLY_RHO * 100,
    }


urlpatterns = [
    path("statistics/", newest, name="statistics"),
    path("statistics/<str:release>/", release, name="statistics_release"),
]
