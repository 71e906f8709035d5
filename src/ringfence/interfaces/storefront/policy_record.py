"""The record of processing activities in public: as a page, as JSON-LD, as CSV (GDPR art. 30, clause 0.1)."""

import csv

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from ringfence.interfaces.language import of_page
from ringfence.privacy import recipients
from ringfence.privacy.policy import record


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show the record, activity by activity."""
    around = {
        "controller": record.controller(),
        "activities": [
            {
                "key": one.key,
                "purpose": _(one.purpose),
                "basis": f"GDPR art. {one.basis}",
                "fields": [{"kept": kept, "category": _(kept.category)} for kept in one.fields],
            }
            for one in record.activities(of_page())
        ],
        "recipients": [
            {"title": _(one.title), "name": one.name(), "part": _(one.part), "gets": _(one.gets)}
            for one in recipients.entered()
        ],
    }
    return render(request, "storefront/policy_record.html", around)


@require_safe
def as_json(request: HttpRequest) -> HttpResponse:
    """Return the record as JSON-LD with the terms of the Data Privacy Vocabulary."""
    address = f"{settings.PUBLIC_ORIGIN}{reverse('storefront:policy_record')}"
    content = record.as_linked_data(of_page(), address)
    return JsonResponse(
        content,
        content_type="application/ld+json; charset=utf-8",
        json_dumps_params={"indent": 1, "ensure_ascii": False},
    )


@require_safe
def as_csv(request: HttpRequest) -> HttpResponse:
    """Return the record as a file for a table, a line for each field."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="record-of-processing.csv"'
    lines = csv.writer(answer)
    lines.writerow(
        [
            _("Purpose"),
            _("Legal basis"),
            _("Kind of data"),
            _("Part of"),
            _("Field"),
            _("Where from"),
            pgettext("for how long", "Kept"),
            _("Who gets it"),
        ]
    )
    for activity in record.activities(of_page()):
        for one in activity.fields:
            lines.writerow(
                [
                    _(one.purpose),
                    f"GDPR art. {one.basis}",
                    _(one.category),
                    one.part_of,
                    one.label,
                    one.source,
                    one.kept,
                    one.recipients,
                ]
            )
    return answer
