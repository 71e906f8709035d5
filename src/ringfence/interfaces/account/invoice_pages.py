"""A customer's invoices and credit notes: listed, read, and downloaded."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, invoice_words
from ringfence.interfaces.access import customer_only, person_of
from ringfence.interfaces.account.history_words import add_words
from ringfence.shop import invoices, renewal_queries
from ringfence.shop.renewal_rules import RenewalState

SECTION_ORDER = 25

add_words(
    {
        "price.set": gettext_lazy("You set a price"),
        "price.remove": gettext_lazy("You took a price away"),
        "price.import": gettext_lazy("You read in a list of prices"),
        "books.export": gettext_lazy("You took the books out for the accountant"),
    },
    {},
)


def _invoice(request: HttpRequest, number: int) -> invoices.Invoice:
    found = invoices.invoice_of(person_of(request), number)
    if found is None:
        raise Http404
    return found


@require_safe
@customer_only
def all_invoices(request: HttpRequest) -> HttpResponse:
    """List what was invoiced and credited, the newest first, and what will be paid next."""
    person = person_of(request)
    found = invoices.invoices_of(person)
    coming = renewal_queries.next_payments(person, clock.now())
    context = {
        "invoices": [(one, invoice_words.title(one.entry)) for one in found],
        "coming": [one for one in coming if one.state is not RenewalState.SWITCHED_OFF],
    }
    return render(request, "account/invoices/list.html", context)


@require_safe
@customer_only
def invoice(request: HttpRequest, number: int) -> HttpResponse:
    """Show one invoice or credit note."""
    found = _invoice(request, number)
    context = {"invoice": found, "document": invoice_words.document(found)}
    return render(request, "account/invoices/invoice.html", context)


@require_safe
@customer_only
def invoice_pdf(request: HttpRequest, number: int) -> HttpResponse:
    """Hand over one invoice or credit note as PDF."""
    from ringfence.interfaces.invoice_pdf import pdf

    found = _invoice(request, number)
    kind = "credit-note" if found.entry.is_credit else "invoice"
    headers = {"Content-Disposition": f'attachment; filename="{kind}-{number}.pdf"'}
    return HttpResponse(pdf(found), content_type="application/pdf", headers=headers)


urlpatterns = [
    path("account/invoices/", all_invoices, name="invoices"),
    path("account/invoices/<int:number>/", invoice, name="invoice"),
    path("account/invoices/<int:number>/pdf/", invoice_pdf, name="invoice_pdf"),
]
