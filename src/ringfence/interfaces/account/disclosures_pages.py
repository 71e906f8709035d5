"""Who received what of a customer's data, when and why: every day, and each time somebody decided it (clause 2.5)."""

from typing import Any, Final

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces.access import customer_only, person_of
from ringfence.interfaces.account.history_words import add_words, who
from ringfence.privacy.disclosure import everyday, queries
from ringfence.privacy.disclosure.everyday import Given
from ringfence.privacy.disclosure.queries import Told
from ringfence.privacy.disclosure.rules import Cause
from ringfence.privacy.recipients import Recipient

ON_A_PAGE: Final = 20

add_words({"privacy.hand_over": gettext_lazy("Some of your data was handed to a company of our group")})


@customer_only
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show what recipients get every day and how often, then every entry, the newest first."""
    person = person_of(request)
    pages = Paginator(range(queries.count_of(person)), ON_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    if "page" in request.GET and request.GET["page"] != str(page.number):
        return redirect(f"{request.path}?page={page.number}")
    rows = queries.told_to(person, (page.number - 1) * ON_A_PAGE, ON_A_PAGE)
    around = {
        "entries": [_entry(row) for row in rows],
        "everyday": [_everyday(one, given) for one, given in everyday.given_of(person)],
        "page_obj": page,
    }
    return render(request, "account/disclosures.html", around)


def _entry(row: Told) -> dict[str, Any]:
    return {
        "row": row,
        "title": _(row.title),
        "why": _(row.why) if row.why else "",
        "labels": [_(label) for label in row.labels],
        "by": who(row.decided_by),
        "passed_on": [
            {"one": one, "is_erasure": one.cause == Cause.ERASURE, "fields": len(one.fields)}
            for one in row.passed_on
        ],
    }


def _everyday(one: Recipient, given: Given | None) -> dict[str, Any]:
    return {
        "title": _(one.title),
        "name": one.name(),
        "gets": _(one.gets),
        "why": _(one.why),
        "basis": one.basis,
        "given": given,
    }


urlpatterns = [path("account/data/shared/", listed, name="disclosures")]
