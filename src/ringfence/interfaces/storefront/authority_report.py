"""The yearly report on demands of authorities, for everybody: a page, and the same for machines (clause 3.3)."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ringfence.interfaces import authority_words, clock
from ringfence.privacy.authorities import report
from ringfence.privacy.authorities.counting import FEWEST
from ringfence.privacy.authorities.report import Year


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show every year that is over and answered."""
    years = [_shown(one) for one in report.years(clock.now())]
    around = {"years": years, "fewest": FEWEST, "this_year": clock.now().year}
    return render(request, "storefront/authorities.html", around)


def _shown(one: Year) -> dict[str, object]:
    return {
        "year": one.year,
        "received": one.received,
        "people": one.people,
        "outcomes": [(str(authority_words.OUTCOMES[name]), count) for name, count in one.outcomes.items()],
        "sorts": [(authority_words.SORTS[name], count) for name, count in (one.sorts or {}).items()],
    }


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """Return the report for machines."""
    content = report.as_json(clock.now(), settings.COMPANY_NAME or settings.SITE_NAME)
    return JsonResponse(content, json_dumps_params={"indent": 1, "ensure_ascii": False})
