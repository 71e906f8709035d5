"""Reading what other systems send, and never more of it than there may be."""

from django.http import HttpRequest, UnreadablePostError


def body_of(request: HttpRequest, most: int) -> bytes | None:
    """Return the body, or None when it is larger than it may be, or breaks off; no more than that is ever read."""
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal() or int(announced) > most:
        return None
    try:
        body = request.read(most + 1)
    except UnreadablePostError:
        return None
    return body if len(body) <= most else None
