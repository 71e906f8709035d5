"""How every clause of the policy stands, as data: for anybody as JSON, for the operator's watch as metrics."""

import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ringfence.interfaces import clock, promise_words
from ringfence.privacy.promises import BROKEN, DUE_SOON, KEPT, NOT_ENFORCED, running
from ringfence.privacy.promises.running import Standing

STATES: Final = (KEPT, DUE_SOON, BROKEN, NOT_ENFORCED)
METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
FORWARDED: Final = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")
"""What a reverse proxy adds: a request with one of these does not come from this machine, whoever hands it over."""
HERE: Final = frozenset({"127.0.0.1", "::1"})


@require_safe
def promises(request: HttpRequest) -> HttpResponse:
    """List the clauses: state (kept, due_soon, broken, not_enforced), when checked, since when, figures."""
    standings = running.standings(clock.now())
    summary = running.summary(standings)
    answer = JsonResponse(
        {
            "promises": [promise_words.as_json(one) for one in standings],
            "kept": summary.kept,
            "checked": summary.total,
            "fresh": summary.fresh,
        }
    )
    answer["Cache-Control"] = "public, max-age=60"
    return answer


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Give the same to a collector of metrics, on this machine or with the token; nobody else learns that it exists."""
    if not _may_collect(request):
        raise Http404
    at = clock.now()
    standings = running.standings(at)
    return HttpResponse("\n".join(_lines(standings, at)) + "\n", content_type=METRICS)


def _may_collect(request: HttpRequest) -> bool:
    token, given = settings.METRICS_TOKEN, request.headers.get("Authorization", "")
    if token and hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        return True
    is_handed_on = any(name in request.META for name in FORWARDED)
    return request.META.get("REMOTE_ADDR") in HERE and not is_handed_on and not given


def _lines(standings: Iterable[Standing], at: datetime) -> Iterator[str]:
    """Yield the metrics, in the text format of Prometheus."""
    standing = list(standings)
    summary = running.summary(standing)
    yield from _gauge("promises_checked", "Clauses that software checks.", [("", summary.total)])
    yield from _gauge(
        "promises_kept", "Clauses of these that are kept, by a fresh check.", [("", summary.kept)]
    )
    yield from _gauge("promises_broken", "Clauses of these that are broken.", [("", len(summary.broken))])
    yield from _gauge(
        "promise_state",
        "1 for the state a clause is in, 0 for the others.",
        [
            (_labels(clause=one.clause, state=state), int(promise_words.as_json(one)["state"] == state))
            for one in standing
            for state in STATES
        ],
    )
    checked = [one for one in standing if one.checked_at and one.since]
    yield from _gauge(
        "promise_check_age_seconds",
        "How long ago a clause was last checked.",
        [(_labels(clause=one.clause), _age(one.checked_at, at)) for one in checked],
    )
    yield from _gauge(
        "promise_state_age_seconds",
        "For how long a clause has been in its state.",
        [(_labels(clause=one.clause), _age(one.since, at)) for one in checked],
    )
    yield from _gauge(
        "promise_figure",
        "What the last check of a clause counted or measured.",
        [
            (_labels(clause=one.clause, figure=name), value)
            for one in checked
            for name, value in sorted(one.figures.items())
        ],
    )


def _gauge(name: str, what: str, samples: Iterable[tuple[str, float]]) -> Iterator[str]:
    yield f"# HELP {name} {what}"
    yield f"# TYPE {name} gauge"
    yield from (f"{name}{labels} {value}" for labels, value in samples)


def _labels(**labels: str) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}"


def _age(moment: datetime | None, at: datetime) -> float:
    return max((at - moment).total_seconds(), 0.0) if moment else 0.0
