"""Staff see what statistics have cost, what comes next, and hand out what is released; never a figure before that."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, statistics_words
from ringfence.interfaces.access import actor_of, staff_only
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.statistics import exporting, queries, register, rules
from ringfence.privacy.statistics.rules import Level, Period

SECTION_ORDER = 48
LISTED: Final = 60


class ExportForm(forms.Form):
    """Who gets which releases, and what for."""

    organisation = forms.CharField(
        label=_("Organisation"),
        max_length=120,
        validators=[without_payment_data],
        help_text=_("A university, an authority for statistics, a company; not the name of a person."),
    )
    purpose = forms.CharField(label=_("What for"), max_length=200, validators=[without_payment_data])
    first = forms.IntegerField(label=_("From release number"), min_value=1)
    last = forms.IntegerField(label=_("To and with number"), min_value=1)


@staff_only(Role.PRIVACY)
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """Show budget, next period, releases and exports; a POST enters an export and leads to it."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = exporting.hand_over(**form.cleaned_data, by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            messages.success(request, gettext("Entered. The file is at the entry, under Handed out."))
            return redirect(f"{reverse('console:statistics')}#{made}")
    return render(request, "console/statistics.html", _around(form), status=422 if form.errors else 200)


@staff_only(Role.PRIVACY)
@require_safe
def export_file(request: HttpRequest, export: str) -> HttpResponse:
    """Hand out the file of an entry."""
    found = queries.export(export)
    if found is None:
        raise Http404
    answer = HttpResponse(exporting.packed(found), content_type="application/zip")
    name = f"statistics-{found.first}-{found.last}.zip"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _around(form: ExportForm) -> dict[str, Any]:
    listed, coming = queries.releases(LISTED), queries.next_period()
    if not form.is_bound and listed:
        form.initial = {"first": listed[0].number, "last": listed[0].number}
    return {
        "form": form,
        "budgets": [_budget(one) for one in queries.budgets()],
        "coming": _coming(coming) if coming else None,
        "sources": [_source(one, coming) for one in register.sources()],
        "releases": [
            {"one": one, "period": statistics_words.period(one.period), "shown": _shown(one.manifest)}
            for one in listed
        ],
        "exports": queries.exports(),
        "most": statistics_words.epsilon(rules.epsilon(rules.YEARLY_RHO)),
    }


def _budget(one: queries.Budget) -> dict[str, Any]:
    return {
        "year": str(one.year),
        "unit": statistics_words.UNITS.get(one.unit, one.unit),
        "share": one.share * 100,
        "epsilon": statistics_words.epsilon(one.epsilon),
    }


def _coming(period: Period) -> dict[str, Any]:
    return {
        "words": statistics_words.period(period),
        "level": statistics_words.LEVELS[period.level],
        "after": period.after,
        "epsilon": statistics_words.epsilon(rules.epsilon(rules.rho_of(period.level))),
    }


def _source(one: register.Source, coming: Period | None) -> dict[str, Any]:
    level = coming.level if coming else Level.QUARTER
    return {
        "title": statistics_words.source(one.key),
        "unit": statistics_words.UNITS.get(one.unit, one.unit),
        "cells": one.bounds.cells,
        "most": one.bounds.amounts[level],
    }


def _shown(manifest: dict[str, Any]) -> str:
    """Return how many of how many cells a release shows."""
    cells = [value for table in manifest["tables"] for value in table["cells"].values()]
    return f"{sum(value is not None for value in cells)} / {len(cells)}"


urlpatterns = [
    path("statistics/", page, name="statistics"),
    path("statistics/<str:export>/", export_file, name="statistics_export"),
]
