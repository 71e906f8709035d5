"""Staff see what statistics have cost, what comes next, and hand out what is released; never a figure before that."""

from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

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
    """Show budget, next period, releases and exports; a POST enters an export and answers with its file."""
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made, content = exporting.hand_over(**form.cleaned_data, by=actor_of(request), at=clock.now())
        except Refusal as refusal:
            form.add_error(None, errors.sentence(refusal))
        else:
            answer = HttpResponse(content, content_type="application/zip")
            name = f"statistics-{made.first}-{made.last}.zip"
            answer["Content-Disposition"] = f'attachment; filename="{name}"'
            return answer
    return render(request, "console/statistics.html", _around(form), status=422 if form.errors else 200)


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


urlpatterns = [path("statistics/", page, name="statistics")]
