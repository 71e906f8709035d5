"""The books: invoices and credit notes by number, period and kind, their sums, and the file for the accountant.

No customer's name stands here: a list of sums has no need of them.
"""

import csv
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors, invoice_words
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.shop import actions, invoices
from ringfence.shop.invoices import Entry, Selection, SumOfRate

SECTION_ORDER = 46
KINDS = {"sale": _("Invoice"), "credit": _("Credit note")}
COLUMNS = "number,kind,date,credits,country,vat_rule,vat_rate,currency,net,vat,gross"


class BooksForm(forms.Form):
    """Which entries of the books."""

    number = forms.IntegerField(label=_("Number"), min_value=1, required=False)
    since = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    until = forms.DateField(
        label=_("To and with"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("All")), *KINDS.items()])


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.VISITOR_TIME_ZONE))


def _selection(said: Mapping[str, object]) -> Selection:
    since, until = said.get("since"), said.get("until")
    number = said.get("number")
    return Selection(
        since=_start(since) if isinstance(since, date) else None,
        until=_start(until + timedelta(days=1)) if isinstance(until, date) else None,
        kind=str(said.get("kind") or ""),
        number=number if isinstance(number, int) else None,
    )


def _with_a_period(said: QueryDict) -> QueryDict:
    """Return what was asked for; where it names neither a day nor a number, this year, so that sums have a bound."""
    if any(said.get(name) for name in ("since", "until", "number")):
        return said
    bounded = said.copy()
    today = clock.now().astimezone(ZoneInfo(settings.VISITOR_TIME_ZONE)).date()
    bounded["since"] = today.replace(month=1, day=1).isoformat()
    return bounded


@require_safe
@staff_only(Role.OPERATIONS)
def books(request: HttpRequest) -> HttpResponse:
    """Show entries of the books and what they come to, and whether a number is missing from the series."""
    form = BooksForm(_with_a_period(request.GET))
    selection = _selection(form.cleaned_data if form.is_valid() else {})
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0  # noqa: PLR2004 - a bigint
    found = invoices.entries(selection, after=start, limit=invoices.ON_A_PAGE + 1)
    page = found[: invoices.ON_A_PAGE]
    context = {
        "form": form,
        "entries": [
            (one, KINDS[one.kind], places.country(one.country), invoice_words.RULES[one.rule]) for one in page
        ],
        "next": page[-1].number if len(found) > len(page) else None,
        "sums": [(one, invoice_words.RULES[one.rule]) for one in invoices.sums(selection)],
        "gaps": invoices.gaps(selection),
        "narrowed": any(request.GET.get(name) for name in form.fields)
        or bool(invoices.entries(invoices.ALL, limit=1)),
        "unnamed": not settings.COMPANY_NUMBER,
    }
    return render(request, "console/books.html", context)


@sent_only
@staff_only(Role.OPERATIONS)
def books_export(request: HttpRequest) -> HttpResponseBase:
    """Hand over a period for the accountant; the ledger notes it."""
    form = BooksForm(request.POST)
    said = form.cleaned_data if form.is_valid() else {}
    if not said.get("since") or not said.get("until"):
        messages.error(request, str(_("Say which period: from which day, and to which.")))
        return redirect("console:books")
    chosen = _selection(said)
    assert chosen.since is not None
    assert chosen.until is not None
    try:
        found, sums = actions.export_books(
            since=chosen.since, until=chosen.until, by=actor_of(request), at=clock.now()
        )
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
        return redirect("console:books")
    name = f"books-{said['since']}-{said['until']}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    csv.writer(response).writerows(_rows(found, sums))
    return response


def _rows(found: list[Entry], sums: list[SumOfRate]) -> Iterator[list[object]]:
    """Write the entries, credit notes below zero, and then the sums."""
    zone = ZoneInfo(settings.VISITOR_TIME_ZONE)
    yield list(COLUMNS.split(","))
    for one in found:
        sign = -1 if one.is_credit else 1
        amounts = [(sign * part).decimal for part in (one.price.net, one.price.vat, one.price.gross)]
        day = one.at.astimezone(zone).date().isoformat()
        rule = [one.country, str(one.rule), one.price.vat_rate, one.price.gross.currency]
        yield [one.number, str(one.kind), day, one.credits or "", *rule, *amounts]
    for total in sums:
        amounts = [part.decimal for part in (total.net, total.vat, total.gross)]
        yield ["", "total", "", "", "", str(total.rule), total.rate, total.currency, *amounts]


urlpatterns = [
    path("books/", books, name="books"),
    path("books/export/", books_export, name="books_export"),
]
