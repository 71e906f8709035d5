"""The published ledger: fingerprints and signatures, from which nobody learns what happened to whom."""

from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import translation
from django.views.decorators.http import require_safe

from ringfence.interfaces import language
from ringfence.privacy.erasure import queries as erasures
from ringfence.privacy.ledger import published

HASH_BYTES = 32


@require_safe
def front(request: HttpRequest) -> HttpResponseRedirect:
    """Lead whoever looks around here to where all of it is explained."""
    with translation.override(language.of(request)):
        return HttpResponseRedirect(reverse("storefront:policy") + "#versions")


@require_safe
def checkpoint(request: HttpRequest) -> HttpResponse:
    """Return the newest signed checkpoint; 404 before the first one."""
    found = published.newest()
    if found is None:
        raise Http404
    return HttpResponse(found.note, content_type="text/plain; charset=utf-8")


@require_safe
def hashes(request: HttpRequest) -> HttpResponseBase:
    """Stream the hashes of the lines the newest checkpoint signed, 32 bytes each, from line `from` (0) on."""
    found = published.newest()
    start = _number(request, "from", 0)
    if found is None or start > found.size:
        raise Http404
    stream = published.hashes(start, found.size)
    answer = StreamingHttpResponse(stream, content_type="application/octet-stream")
    answer["Content-Length"] = str((found.size - start) * HASH_BYTES)
    answer["Content-Disposition"] = 'attachment; filename="hashes.bin"'
    return answer


@require_safe
def key(request: HttpRequest) -> HttpResponse:
    """Return the public key that checks the checkpoints."""
    return HttpResponse(f"{published.key()}\n", content_type="text/plain; charset=utf-8")


@require_safe
def consistency(request: HttpRequest) -> HttpResponse:
    """Return the proof that the ledger of `from` lines is the beginning of that of `to` lines (the newest)."""
    found = published.newest()
    old = _number(request, "from", 0)
    new = _number(request, "to", found.size if found else 0)
    proof = published.consistency(old, new) if found and new <= found.size else None
    if proof is None:
        raise Http404
    return JsonResponse({"from": old, "to": new, "path": proof})


@require_safe
def receipt(request: HttpRequest, receipt: str) -> HttpResponse:
    """Return a receipt with its proof by its id; it says nothing about the person."""
    found = erasures.receipt(receipt.removesuffix(".json"))
    if found is None:
        raise Http404
    return JsonResponse(found)


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """Return the program that checks all of this on somebody's own computer."""
    answer = HttpResponse(published.VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="verifier.py"'
    return answer


def _number(request: HttpRequest, name: str, otherwise: int) -> int:
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 16 else otherwise  # noqa: PLR2004
