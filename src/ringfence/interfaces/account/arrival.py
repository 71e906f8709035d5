"""The last steps into the account, whatever the first one was."""

from datetime import datetime, timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from ringfence.accounts import actions, passkeys, queries
from ringfence.accounts.rules import Means, device
from ringfence.interfaces import clock, cookie_choice, passkey_step
from ringfence.interfaces.access import SESSION_KEY, client_address, own_path, viewer_of
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop

PENDING, CHALLENGE, WANTED = "pending", "challenge", "wanted"
PENDING_FOR = timedelta(minutes=10)


def wanted_address(request: HttpRequest) -> str:
    """Return where somebody wanted to go before they were asked who they are; a path of this site, or nothing."""
    return own_path(request.POST.get("next") or request.GET.get("next"))


def remember_wanted(request: HttpRequest, target: str) -> None:
    """Remember, in this browser, where somebody wanted to go, until their address is confirmed by letter."""
    if target:
        request.session[WANTED] = target


def remembered_wanted(request: HttpRequest) -> str:
    """Return where somebody wanted to go before they registered in this browser, or nothing."""
    return own_path(request.session.get(WANTED))


def admit(request: HttpRequest, person: UUID, means: Means, target: str | None = None) -> HttpResponse:
    """Let somebody in who has shown one proof, or ask for the second where the account demands it.

    They go on to `target`, a path of this site, or to where the page says they wanted to go.
    """
    target = wanted_address(request) if target is None else target
    if means is not Means.PASSKEY and queries.protection_of(person).second_step:
        request.session.flush()
        at = clock.now().isoformat()
        request.session[PENDING] = {"person": str(person), "means": str(means), "at": at}
        return HttpResponseRedirect(with_next("account:second_step", target))
    begin(request, person, means, strong=means is Means.PASSKEY)
    return redirect(target or "account:home")


def begin(request: HttpRequest, person: UUID, means: Means, *, strong: bool) -> None:
    """Begin a session under a new cookie; the one before, if any, ends."""
    at = clock.now()
    by = Actor.staff(person, frozenset()) if queries.is_staff(person) else Actor.customer(person)
    before = viewer_of(request)
    if before.person is not None and before.sign_in is not None:
        actions.end_sign_in(person=before.person, session=before.sign_in, by=Actor.system("web"), at=at)
    request.session.flush()
    session = actions.sign_in(
        person=person,
        means=means,
        strong=strong,
        network_address=client_address(request),
        device=device(request.META.get("HTTP_USER_AGENT", "")),
        by=by,
        at=at,
    )
    request.session[SESSION_KEY] = str(session)
    if means is Means.PASSKEY:
        passkey_step.note_shown(request, at)
    cookie_choice.join(request, by, at)


def pending(request: HttpRequest) -> tuple[UUID, Means] | None:
    """Return who has shown the first proof a short while ago, and which."""
    stored = request.session.get(PENDING)
    if not stored or clock.now() - datetime.fromisoformat(stored["at"]) > PENDING_FOR:
        return None
    return UUID(stored["person"]), Means(stored["means"])


def ask_passkey(request: HttpRequest, question: passkeys.Question) -> str:
    """Remember the challenge of a question, for one answer; return the options for the browser."""
    request.session[CHALLENGE] = question.challenge
    return question.options


def challenge_of(request: HttpRequest) -> str:
    """Return the challenge that is to be answered, and forget it. Raises Refusal when there is none."""
    challenge = request.session.pop(CHALLENGE, "")
    if not challenge:
        raise Refusal(
            "passkey-wrong", gettext_noop("This passkey could not be checked. Try again, or use another way.")
        )
    return str(challenge)


def with_next(name: str, target: str) -> str:
    """Return the address of a page, with where to go afterwards."""
    return f"{reverse(name)}?{urlencode({'next': target})}" if target else reverse(name)
