"""How every clause of the policy stands, as data."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, promise_words
from ringfence.privacy.promises import running


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """List the clauses: state (kept, due_soon, broken, not_enforced), when checked, since when, figures."""
    standings = running.standings(clock.now())
    summary = running.summary(standings)
    answer = JsonResponse(
        {
            "kept": summary.kept,
            "checked": summary.total,
            "promises": [promise_words.as_json(one) for one in standings],
        }
    )
    answer["Cache-Control"] = "public, max-age=60"
    return answer
