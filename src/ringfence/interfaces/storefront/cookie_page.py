"""The page about cookies, the choice of those that nobody needs, and what proves it (clauses 1.4 and 3.2)."""

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from django.conf import settings
from django.db import Error
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from ringfence.interfaces import clock, cookie_choice, errors
from ringfence.interfaces.access import actor_of, limited, own_path
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.consent import actions, queries, receipts
from ringfence.privacy.consent.rules import VALID, Means
from ringfence.privacy.page_views import actions as page_views

JSON_LD: Final = "application/ld+json"
FROM: Final = {"banner": Means.BANNER, "page": Means.PAGE, "foot": Means.FOOT}
"""Where the button stood, by what it sends."""

ANSWERS: Final = {"yes": True, "no": False}


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie: what it is called, what it does, when it is set, and how many days it lives."""

    name: str
    purpose: str | Promise
    when: str | Promise
    days: int


def our_cookies() -> list[Cookie]:
    """Return the cookies that this site sets, by the settings in force. All are strictly necessary."""
    in_days = 86_400
    necessary = [
        Cookie(
            settings.SESSION_COOKIE_NAME,
            _("Keeps you signed in, and remembers a message until the next page has shown it."),
            _("When you sign in"),
            settings.SESSION_COOKIE_AGE // in_days,
        ),
        Cookie(
            settings.CSRF_COOKIE_NAME,
            _("Proves that a form was sent from our own page, so that nobody can act in your name."),
            _("On pages with a form"),
            settings.CSRF_COOKIE_AGE // in_days,
        ),
    ]
    if not cookie_choice.is_open():
        return necessary
    choice = Cookie(
        settings.CHOICE_COOKIE_NAME,
        _("Remembers your answer about being counted, so that you are not asked on every page."),
        _("When you have answered"),
        VALID.days,
    )
    return [*necessary, choice]


def googles_cookies() -> list[Cookie]:
    """Return the cookies that Google sets on this site once somebody has said yes; none where nobody is asked."""
    if not cookie_choice.is_open():
        return []
    when = _("When you have said yes")
    name = settings.ANALYTICS_ID.removeprefix("G-")
    return [
        Cookie("_ga", _("Google’s random number for this browser, to count visitors."), when, VALID.days),
        Cookie(f"_ga_{name}", _("Google’s note of when a visit began, to count visits."), when, VALID.days),
    ]


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """List the cookies, from the settings in force, and let the choice be seen and changed (clause 1.4)."""
    said = cookie_choice.told(request)
    around = {
        "cookies": our_cookies(),
        "googles": googles_cookies(),
        "choice": queries.choice_of(said.visitor, clock.now()) if said else None,
        "kept_days": page_views.KEPT.days,
    }
    return render(request, "storefront/cookies.html", around)


@csrf_exempt
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Take a choice. It must come from a page of ours, which the browser itself says: so no page needs a cookie to ask.

    Taken in are three fixed words and the digest of the question, and nothing that anybody types.
    """
    yes, means = ANSWERS.get(request.POST.get("answer", "")), FROM.get(request.POST.get("from", ""))
    if not _is_from_here(request):
        return errors.permission_denied(request)
    if yes is None or means is None:
        return errors.bad_request(request)
    if (refused := limited(request, "choice")) is not None:
        return refused
    browser, at = cookie_choice.browser(request), clock.now()
    try:
        chosen = actions.choose(
            browser=browser,
            yes=yes,
            notice=request.POST.get("question", "")[: actions.TOLD],
            means=means,
            by=actor_of(request),
            at=at,
        )
    except Error as trouble:
        raise Refusal(
            "choice_not_stored",
            gettext_noop(
                "Your answer could not be stored, so it counts as a no. Please try again in a few minutes."
            ),
        ) from trouble
    answer = redirect(own_path(request.POST.get("next")) or reverse("storefront:cookies"))
    answer.status_code = HTTPStatus.SEE_OTHER
    cookie_choice.remember(answer, browser.visitor, chosen, at)
    return answer


def _is_from_here(request: HttpRequest) -> bool:
    """Tell whether the browser says that a page of ours sent this (`Origin`, RFC 6454, section 7)."""
    own = {f"{'https' if request.is_secure() else 'http'}://{request.get_host()}", settings.PUBLIC_ORIGIN}
    return request.headers.get("Origin", "") in own


@require_safe
@never_cache
def receipt(request: HttpRequest) -> HttpResponse:
    """Hand over what proves the choices of this browser (ISO/IEC TS 27560, as JSON-LD)."""
    said = cookie_choice.told(request)
    found = receipts.of_browser(said.visitor, clock.now()) if said else None
    if found is None:
        raise Http404
    return receipt_file(found)


def receipt_file(content: receipts.Receipt) -> HttpResponse:
    """Return a receipt as a file."""
    text = json.dumps(content, indent=2, ensure_ascii=False)
    answer = HttpResponse(text, content_type=JSON_LD)
    answer["Content-Disposition"] = 'attachment; filename="consent-receipt.jsonld"'
    return answer
