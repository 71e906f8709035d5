"""One clause on a page of its own: what is checked, how it stands, since when it is kept, and every break."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, promise_words, writing
from ringfence.interfaces.language import of_page
from ringfence.privacy import policy as policies
from ringfence.privacy.policy_text import NUMBERS
from ringfence.privacy.promises import NOT_ENFORCED, history, running


@require_safe
def promise(request: HttpRequest, clause: str) -> HttpResponse:
    """Show what became of a clause. Raises Http404 for one the policy does not have."""
    if clause not in NUMBERS:
        raise Http404
    at = clock.now()
    standing = {one.clause: one for one in running.standings(at)}[clause]
    past = history.past(clause, at)
    here = NUMBERS.index(clause)
    around = {
        "clause": clause,
        "words": _words(clause),
        "sentence": _(standing.sentence) if standing.sentence else "",
        "proof": promise_words.proof(standing),
        "is_checked": standing.state != NOT_ENFORCED or bool(past.stretches),
        "past": past,
        "share": _share(past.share),
        "unchecked": promise_words.length(past.unchecked),
        "breaks": [promise_words.stretch(one, at) for one in past.breaks],
        "stretches": [promise_words.stretch(one, at) for one in past.stretches[:50]],
        "earlier": max(len(past.stretches) - 50, 0),
        "before": NUMBERS[here - 1] if here else "",
        "after": NUMBERS[here + 1] if here + 1 < len(NUMBERS) else "",
    }
    return render(request, "storefront/promise.html", around)


def _share(share: float | None) -> str:
    """Write how much of the time it was kept: never rounded up to all of it."""
    if share is None:
        return ""
    hundredths = int(share * 10_000)
    return writing.whole(hundredths / 100)


def _words(clause: str) -> dict[str, Any]:
    """Return the clause in the text that is in force, or in the one drafted where none is yet."""
    found = policies.in_force(clock.now())
    text = found.text if found else policies.drafted()
    language = of_page()
    for section in text[language]:
        for one in section["clauses"]:
            if one["number"] == clause:
                return {**one, "section": section["title"]}
    return {"number": clause, "text": "", "section": ""}
