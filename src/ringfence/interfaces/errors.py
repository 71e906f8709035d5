"""Pages for when something does not work: what happened, what to do next, how to reach a person.

Machines get the same as JSON. Nothing here needs the database, and the pages for our own faults (500, 503)
need neither address tables nor context processors.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from ringfence.interfaces import clock, context, language, viewers, writing
from ringfence.kernel.refusal import Refusal

OUR_FAULT: Final = frozenset({HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE})
MAINTENANCE_RETRY_SECONDS: Final = 120

_BARE_PAGE: Final = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Sorry</title></head><body><main>'
    "<h1>Something went wrong on our side</h1><p>Please try again in a few minutes.</p>"
    '<h1 lang="nb">Noe gikk galt hos oss</h1><p lang="nb">Prøv gjerne igjen om noen minutter.</p>'
    "</main></body></html>"
)


@dataclass(frozen=True)
class Mishap:
    """What an error answer says: `code` for machines; `title`, `what` and the steps `todo` for people."""

    status: HTTPStatus
    code: str
    title: str
    what: str
    todo: Sequence[str] = field(default_factory=tuple)
    retry_after: int | None = None


def wants_page(request: HttpRequest) -> bool:
    """Tell whether to answer with a page: on the pages unless JSON is asked for, elsewhere when HTML is."""
    accept = request.META.get("HTTP_ACCEPT", "")
    if "text/html" in accept:
        return True
    return language.of_path(request.path_info) is not None and "application/json" not in accept


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400: the request makes no sense to us."""
    del exception
    with translation.override(language.of(request)):
        return _answer(
            request,
            Mishap(
                HTTPStatus.BAD_REQUEST,
                "bad_request",
                _("We could not understand that request"),
                _("The address or the form reached us in a shape we cannot read. Nothing was changed."),
                [
                    _("Go back, reload the page and try once more."),
                    _("If you followed a link, part of it may have been lost on the way."),
                ],
            ),
        )


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 403: not for this viewer."""
    del exception
    with translation.override(language.of(request)):
        if context.viewer_of(request).staff:
            return _answer(request, _not_of_the_role())
        return _answer(
            request,
            Mishap(
                HTTPStatus.FORBIDDEN,
                "forbidden",
                _("This page is not open to you"),
                _("You may be signed in with another account than this page belongs to, or not at all."),
                [
                    _("Sign in with the account the page belongs to."),
                    _("If you think you should have access, write to us and we will look at it."),
                ],
            ),
        )


def _not_of_the_role() -> Mishap:
    return Mishap(
        HTTPStatus.FORBIDDEN,
        "forbidden",
        _("This page is not open to you"),
        _("It is for another role than yours; nobody sees more than their work needs."),
        [
            _("Go on from your desk: its menu leads to all that is open to you."),
            _("If your work needs this page, ask an administrator for the role."),
        ],
    )


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404: nothing here."""
    del exception
    with translation.override(language.of(request)):
        return _answer(
            request,
            Mishap(
                HTTPStatus.NOT_FOUND,
                "not_found",
                _("There is nothing at this address"),
                _("The page may have moved, the link may be old, or a letter may be wrong."),
                [
                    _("Check the address for typing mistakes."),
                    _("Start from the front page, or look under Help."),
                ],
            ),
        )


def wrong_way(request: HttpRequest, allowed: str) -> HttpResponse:
    """Answer 405: there is something here, but not to be asked for this way."""
    with translation.override(language.of(request)):
        answer = _answer(
            request,
            Mishap(
                HTTPStatus.METHOD_NOT_ALLOWED,
                "method_not_allowed",
                _("Only a button leads here"),
                _("This address takes what a button sends, and has no page of its own. Nothing was changed."),
                [
                    _("Go back to the page with the button, reload it, and press the button once more."),
                    _("Start from the front page, or look under Help."),
                ],
            ),
        )
    answer["Allow"] = allowed
    return answer


def too_large(request: HttpRequest) -> HttpResponse:
    """Answer 413: more was sent than is taken in here; none of it was read."""
    with translation.override(language.of(request)):
        return _answer(
            request,
            Mishap(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "too_large",
                _("That was too large"),
                _(
                    "The file you sent is larger than this page takes in. None of it was read, and nothing changed."
                ),
                [
                    _("Send a smaller file."),
                    _("If you were sending pictures of documents, sign in first, and send them once more."),
                ],
            ),
        )


def conflict(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """Answer 409: a foreseen no, in the words of the refusal."""
    with translation.override(language.of(request)):
        return _answer(
            request,
            Mishap(
                HTTPStatus.CONFLICT,
                refusal.code,
                _("That is not possible just now"),
                sentence(refusal),
                [
                    _("Go back and look at the page again: something may have changed in the meantime."),
                    _("If you are stuck, call or write to us."),
                ],
            ),
        )


def sentence(refusal: Refusal) -> str:
    """Return the sentence of a refusal in the language in use, for a form or a message."""
    words = translation.gettext(refusal.sentence)
    values = {name: _written(value) for name, value in refusal.values.items()}
    return words % values if values else words


def _written(value: object) -> object:
    """Write a moment as people do; anything else is written already."""
    return writing.moment(value, at=clock.now()) if isinstance(value, datetime) else value


def too_many(request: HttpRequest, retry_after: int) -> HttpResponse:
    """Answer 429: too many attempts; `retry_after` is in seconds and goes into the header too."""
    with translation.override(language.of(request)):
        wait = writing.lasting(timedelta(seconds=max(retry_after, 1)))
        return _answer(
            request,
            Mishap(
                HTTPStatus.TOO_MANY_REQUESTS,
                "too_many_requests",
                _("That was a bit much at once"),
                _("There have been many attempts in a short time, so we pause them to protect you."),
                [
                    _("Wait %(wait)s, then try again.") % {"wait": wait},
                    _("Was it not you? Write to us, and we will look into it."),
                ],
                retry_after=max(retry_after, 1),
            ),
        )


@requires_csrf_token
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 when a form cannot be shown to come from our own page."""
    del reason
    with translation.override(language.of(request)):
        return _answer(
            request,
            Mishap(
                HTTPStatus.FORBIDDEN,
                "form_expired",
                _("This form has expired"),
                _("We could not be sure that the form came from our own page, so we did nothing with it."),
                [
                    _("Go back, reload the page and send the form again."),
                    _("If it happens again, let your browser keep the one cookie this form needs."),
                ],
            ),
        )


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500: our mistake."""
    with translation.override(language.of(request)):
        return _answer(
            request,
            Mishap(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "internal_error",
                _("Something went wrong on our side"),
                _("It is our mistake, not yours, and it has been noted. Nothing is half done."),
                [
                    _("Try again in a few minutes."),
                    _("If it goes on, write to us and give the reference below."),
                ],
            ),
        )


def maintenance(request: HttpRequest, retry_after: int = MAINTENANCE_RETRY_SECONDS) -> HttpResponse:
    """Answer 503: closed for a short while; `retry_after` is in seconds."""
    with translation.override(language.of(request)):
        return _answer(
            request,
            Mishap(
                HTTPStatus.SERVICE_UNAVAILABLE,
                "maintenance",
                _("We are closed for a few minutes"),
                _("We are working on the site. Your numbers keep ringing while we do."),
                [_("Come back in a few minutes; nothing you have saved is lost.")],
                retry_after=retry_after,
            ),
        )


def _answer(request: HttpRequest, mishap: Mishap) -> HttpResponse:
    reference = str(getattr(request, "request_id", ""))
    answer: HttpResponse
    if wants_page(request):
        answer = HttpResponse(_page(request, mishap, reference), status=mishap.status)
    else:
        error = {"code": mishap.code, "message": mishap.what, "reference": reference}
        answer = JsonResponse({"error": error}, status=mishap.status)
    if mishap.retry_after is not None:
        answer["Retry-After"] = str(mishap.retry_after)
    answer["Cache-Control"] = "no-store"
    answer["Content-Language"] = language.of(request)
    return answer


def _page(request: HttpRequest, mishap: Mishap, reference: str) -> str:
    """Render the page; when even that fails, fall back to a few words that need nothing."""
    ours = mishap.status in OUR_FAULT
    around = {
        "mishap": mishap,
        "reference": reference,
        "shell": context.Shell(None if ours else request),
        "viewer": viewers.STRANGER if ours else context.viewer_of(request),
    }
    if not ours:
        return render_to_string("errors/mishap.html", around)
    try:
        return render_to_string("errors/mishap.html", around)
    except Exception:  # noqa: BLE001 -- the last page must come out whatever is broken
        return _BARE_PAGE
