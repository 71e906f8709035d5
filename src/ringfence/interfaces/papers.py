"""What people sent us on its way out: as files, never as a part of a page."""

from django.http import HttpRequest, HttpResponse

from ringfence.interfaces.uploads import LARGEST_TOGETHER


def as_attachment(content: bytes, kind: str) -> HttpResponse:
    """Return a picture that the browser saves and does not show, with nothing in it that could run."""
    return _saved(content, "image/jpeg", f"{kind}.jpg")


def letter_as_attachment(content: bytes, name: str) -> HttpResponse:
    """Return a whole letter in the same way; no browser knows what kind of file it is."""
    return _saved(content, "application/octet-stream", f"{name}.eml")


def _saved(content: bytes, kind: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def too_much_was_sent(request: HttpRequest) -> bool:
    """Tell whether more was sent than is held in memory; its files were not taken in."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return length.isdecimal() and int(length) > LARGEST_TOGETHER
