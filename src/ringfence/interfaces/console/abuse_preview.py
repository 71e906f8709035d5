"""What staff write to the customer of a case is looked at once more before it goes out, and names nobody (5.3)."""

from typing import Final
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from ringfence.interfaces import abuse_words, errors
from ringfence.kernel.refusal import Refusal
from ringfence.support.abuse import naming

LOOKED_AT: Final = "looked"
CHANGE: Final = "change"


def is_ready(request: HttpRequest, form: forms.Form, key: UUID, text: str) -> bool:
    """Tell whether a form can go on: it is filled in, its `text` names nobody, and it is not to be changed."""
    if not form.is_valid():
        return False
    if said := form.cleaned_data.get(text):
        try:
            naming.check(case=key, text=said)
        except Refusal as refusal:
            form.add_error(text, errors.sentence(refusal))
            return False
    return CHANGE not in request.POST


def once_more(request: HttpRequest, form: forms.Form, case: str, text: str) -> HttpResponse | None:
    """Show what the customer will read; None once that was looked at."""
    if LOOKED_AT in request.POST:
        return None
    said = form.cleaned_data
    around = {
        "form": form,
        "case": case,
        "heading": abuse_words.DECISIONS.get(said.get("decision", ""), "")
        or abuse_words.OUTCOMES.get(said.get("outcome", ""), ""),
        "clause": abuse_words.CLAUSES.get(said.get("clause", ""), ""),
        "text": said[text],
        "looked": LOOKED_AT,
        "change": CHANGE,
    }
    return render(request, "console/abuse_preview.html", around)
