"""Pictures of papers on their way out: as files, never as a part of a page."""

from django.http import HttpRequest, HttpResponse

from ringfence.interfaces.uploads import LARGEST_TOGETHER


def as_attachment(content: bytes, kind: str) -> HttpResponse:
    """Return a picture that the browser saves and does not show, with nothing in it that could run."""
    response = HttpResponse(content, content_type="image/jpeg")
    response["Content-Disposition"] = f'attachment; filename="{kind}.jpg"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def too_much_was_sent(request: HttpRequest) -> bool:
    """Tell whether more was sent than is held in memory; its files were not taken in."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length) > LARGEST_TOGETHER
