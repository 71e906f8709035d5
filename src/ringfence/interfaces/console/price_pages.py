"""Operations set the prices: the list, one price with its history, and the list as a file."""

import csv
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.account.history_words import told
from ringfence.interfaces.console.price_forms import AmountsForm, FileForm, NewPriceForm, PriceSearchForm
from ringfence.interfaces.stock_words import KINDS
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import queries as privacy
from ringfence.shop import actions, price_files, queries
from ringfence.shop.price_rules import CURRENCIES, ListPrice
from ringfence.telephony.rules import SoldType

SECTION_ORDER = 45
HISTORY = 30
SHOWN_FAULTS = 50


@dataclass(frozen=True, slots=True)
class Row:
    """A price as the list shows it."""

    price: ListPrice
    place: str
    kind: str | Promise

    @property
    def currency(self) -> str:
        """The currency of both amounts."""
        return self.price.monthly.currency


def _rows() -> list[Row]:
    found = [one for code in CURRENCIES for one in queries.price_list(code)]
    rows = [Row(one, places.country(one.country), KINDS[SoldType(one.type)]) for one in found]
    return sorted(rows, key=lambda row: (row.place, row.price.type))


def _narrowed(rows: list[Row], form: PriceSearchForm) -> list[Row]:
    said = form.cleaned_data if form.is_valid() else {}
    return [
        row
        for row in rows
        if said.get("country") in {"", None, row.price.country}
        and said.get("kind") in {"", None, row.price.type}
        and said.get("currency") in {"", None, row.currency}
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Role.OPERATIONS)
def prices(request: HttpRequest) -> HttpResponseBase:
    """Show the price list, narrowed as asked; a POST sets a price."""
    form = NewPriceForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _set(request, form, form.cleaned_data):
        return redirect("console:prices")
    return _page(request, form=form)


def _page(request: HttpRequest, **more: object) -> HttpResponse:
    rows = _rows()
    search = PriceSearchForm(sorted({row.price.country for row in rows}), request.GET, auto_id="search_%s")
    context = {
        "rows": _narrowed(rows, search),
        "any": bool(rows),
        "search": search,
        "form": NewPriceForm(),
        "file": FileForm(),
        **more,
    }
    return render(request, "console/prices.html", context)


def _set(request: HttpRequest, form: AmountsForm, said: dict[str, str]) -> bool:
    """Set a price; when that is refused, the form says why and keeps what was typed."""
    try:
        actions.set_price(
            country=said["country"],
            kind=said["kind"],
            monthly=form.cleaned_data["monthly"],
            setup=form.cleaned_data["setup"],
            by=actor_of(request),
            at=clock.now(),
        )
    except Refusal as refused:
        form.add_error(None, errors.sentence(refused))
        return False
    messages.success(request, _("The price is set. Orders that are paid for keep the one they were shown."))
    return True


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Role.OPERATIONS)
def price(request: HttpRequest, country: str, kind: str, currency: str) -> HttpResponseBase:
    """Show one price with its history; a POST changes it."""
    row = next(
        (
            one
            for one in _rows()
            if (one.price.country, one.price.type, one.currency) == (country, kind, currency)
        ),
        None,
    )
    if row is None:
        raise Http404
    amounts = {"monthly": f"{row.price.monthly.decimal:f}", "setup": f"{row.price.setup.decimal:f}"}
    form = AmountsForm(request.POST or None, initial={**amounts, "currency": currency})
    key = {"country": country, "type": kind, "currency": currency}
    if (
        request.method == "POST"
        and form.is_valid()
        and _set(request, form, {"country": country, "kind": kind})
    ):
        return redirect("console:price", country=country, kind=kind, currency=currency)
    lines = privacy.lines_about(("price.set", "price.remove"), key, limit=HISTORY)
    history = [(line, told(line).who) for line in lines]
    return render(request, "console/price.html", {"row": row, "form": form, "history": history})


@sent_only
@staff_only(Role.OPERATIONS)
def price_remove(request: HttpRequest, country: str, kind: str, currency: str) -> HttpResponseBase:
    """Stop selling in a currency."""
    actions.remove_price(country=country, kind=kind, currency=currency, by=actor_of(request), at=clock.now())
    messages.success(
        request, _("The price is taken away; such numbers are not sold in this currency any more.")
    )
    return redirect("console:prices")


@sent_only
@staff_only(Role.OPERATIONS)
def prices_import(request: HttpRequest) -> HttpResponseBase:
    """Set all the prices of a file, or none when a line cannot be used; then each fault is named."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, file=form)
    found = list(price_files.read(form.cleaned_data["file"]))
    faults = [one for one in found if isinstance(one, price_files.Rejected)]
    if faults:
        named = [(one.line, one.text, errors.sentence(one.refusal)) for one in faults[:SHOWN_FAULTS]]
        return _page(request, file=form, faults=named, fault_count=len(faults))
    good = [one for one in found if isinstance(one, ListPrice)]
    changed = actions.import_prices(prices=good, by=actor_of(request), at=clock.now())
    said = ngettext("%(count)s price was changed.", "%(count)s prices were changed.", changed)
    messages.success(request, said % {"count": changed})
    return redirect("console:prices")


@require_safe
@staff_only(Role.OPERATIONS)
def prices_export(_request: HttpRequest) -> HttpResponse:
    """Hand over the whole list as a file that can be read in again."""
    headers = {"Content-Disposition": 'attachment; filename="prices.csv"'}
    response = HttpResponse(content_type="text/csv; charset=utf-8", headers=headers)
    csv.writer(response).writerows(price_files.written(row.price for row in _rows()))
    return response


urlpatterns = [
    path("prices/", prices, name="prices"),
    path("prices/import/", prices_import, name="prices_import"),
    path("prices/export/", prices_export, name="prices_export"),
    path("prices/<str:country>/<str:kind>/<str:currency>/", price, name="price"),
    path("prices/<str:country>/<str:kind>/<str:currency>/remove/", price_remove, name="price_remove"),
]
