"""Released statistics for programs: every release with its signature, as data and as a table, and what checks them."""

from typing import TypeVar

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.statistics import queries
from ringfence.privacy.statistics.queries import Released

A = TypeVar("A", bound=HttpResponse)


@require_safe
def releases(request: HttpRequest) -> JsonResponse:
    """Return every release, oldest first."""
    return _open(JsonResponse({"releases": [one.as_json() for one in reversed(queries.releases())]}))


@require_safe
def release(request: HttpRequest, release: str) -> JsonResponse:
    """Return a release with its signature. Raises Http404."""
    return _open(JsonResponse(_found(release).as_json()))


@require_safe
def table(request: HttpRequest, release: str) -> HttpResponse:
    """Return the figures of a release as comma-separated values; `:c` for what is not shown. Raises Http404."""
    found = _found(release)
    answer = HttpResponse(found.table, content_type="text/csv; charset=utf-8")
    name = f"statistics-{found.period.first}-{found.period.last}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return _open(answer)


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """Return the public key that checks the releases."""
    return HttpResponse(f"{queries.key()}\n", content_type="text/plain; charset=utf-8")


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """Return the program that checks all of this on somebody's own computer."""
    answer = HttpResponse(queries.VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verifier.py"'
    return answer


def _found(release: str) -> Released:
    try:
        found = queries.release(parse(release, "rls"))
    except NotAPublicId as error:
        raise Http404 from error
    if found is None:
        raise Http404
    return found


def _open(answer: A) -> A:
    """Let pages of other sites read it too: it is for everybody."""
    answer["Access-Control-Allow-Origin"] = "*"
    answer["Cache-Control"] = "public, max-age=300"
    return answer
