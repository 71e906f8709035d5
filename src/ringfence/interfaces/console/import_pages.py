"""Files of numbers: sent in, looked through, confirmed, followed."""

from typing import Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, sent_only, staff_only
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.stock_words import IMPORT_TONES, IMPORTS, KINDS
from ringfence.interfaces.storefront import places
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import import_queries
from ringfence.telephony.actions import imports
from ringfence.telephony.import_queries import ImportView

SECTION_ORDER = 39
"""Before the page of one number, whose address would take these for ids."""
REFRESH_SECONDS: Final = "2"
TOLD: Final = 200
PART: Final = 1024**2


class FileForm(forms.Form):
    """The file with numbers."""

    file = forms.FileField(
        label=gettext_lazy("File with numbers (CSV)"),
        help_text=gettext_lazy(
            "Columns: first, last, type, capabilities, carrier, documents; only the first is needed."
            " It is looked through before anything is changed."
        ),
        allow_empty_file=True,
    )


@staff_only(Role.OPERATIONS)
def uploads(request: HttpRequest) -> HttpResponse:
    """Take a file in to be looked through, and list earlier ones."""
    form = FileForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        parts = form.cleaned_data["file"].chunks(PART)
        try:
            public = imports.send_file(parts=parts, by=actor_of(request), at=clock.now())
        except Refusal as refused:
            form.add_error("file", errors.sentence(refused))
        else:
            return redirect("console:import", upload=public)
    rows = [_row(view) for view in import_queries.uploads()]
    return render(request, "console/imports.html", {"form": form, "rows": rows})


def _row(view: ImportView) -> dict[str, object]:
    return {"import": view, "state": IMPORTS[view.state], "tone": IMPORT_TONES.get(view.state, "")}


def _upload(public: str) -> ImportView:
    found = import_queries.upload(public)
    if found is None:
        raise Http404
    return found


@staff_only(Role.OPERATIONS)
@require_safe
def upload(request: HttpRequest, upload: str) -> HttpResponse:
    """Show how far a file is; while the worker is at it, look again by itself."""
    found = _upload(upload)
    context = {
        **_row(found),
        "groups": [
            (places.country(country), KINDS.get(kind, kind), area, count)
            for country, kind, area, count in found.groups
        ],
        "rejections": [
            (line, errors.sentence(refusal)) for line, refusal in import_queries.rejections(found.id, TOLD)
        ],
        "not_told": max(found.rejected - TOLD, 0),
    }
    response = render(request, "console/import.html", context)
    if found.is_at_work:
        response["Refresh"] = REFRESH_SECONDS
    return response


@sent_only
@staff_only(Role.OPERATIONS)
def confirm(request: HttpRequest, upload: str) -> HttpResponse:
    """Let the numbers come into stock."""
    try:
        imports.confirm(upload=_upload(upload).id, by=actor_of(request), at=clock.now())
    except Refusal as refused:
        messages.error(request, errors.sentence(refused))
    return redirect("console:import", upload=upload)


@sent_only
@staff_only(Role.OPERATIONS)
def cancel(request: HttpRequest, upload: str) -> HttpResponse:
    """Call an import off."""
    with told(request, _("The import is called off. Numbers already taken in stay in stock.")):
        imports.cancel(upload=_upload(upload).id, by=actor_of(request), at=clock.now())
    return redirect("console:import", upload=upload)


urlpatterns = [
    path("numbers/imports/", uploads, name="imports"),
    path("numbers/imports/<str:upload>/", upload, name="import"),
    path("numbers/imports/<str:upload>/confirm/", confirm, name="import_confirm"),
    path("numbers/imports/<str:upload>/cancel/", cancel, name="import_cancel"),
]
