"""Who is looking, what they may see, and how often they may try."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, wraps
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Concatenate, Final, ParamSpec, cast
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext, pgettext_lazy
from django.views.decorators.http import require_POST

from ringfence.accounts import actions, queries
from ringfence.accounts.rules import FRESH_FOR, SEEN_EVERY, counted_as
from ringfence.interfaces import clock, errors, language, looks
from ringfence.kernel.actor import Actor, Role

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]

SESSION_KEY: Final = "sign_in"
OPEN_TO: Final = "open_to"
"""The attribute of a staff page's view that tells its roles, so that the menu can follow them; empty: any staff."""
SENT_ONLY: Final = "sent_only"
"""The attribute of a view that tells that only a button leads to it: no page can be shown at its address."""

ROLE_LABELS: Final = {
    Role.SUPPORT: pgettext_lazy("role", "Customer support"),
    Role.OPERATIONS: pgettext_lazy("role", "Operations"),
    Role.PRIVACY: pgettext_lazy("role", "Privacy"),
    Role.ADMINISTRATOR: pgettext_lazy("role", "Administration"),
}


@dataclass(frozen=True)
class Viewer:
    """Who is looking at a page. Staff hold no roles until a passkey or one-time code was shown."""

    session: queries.Session | None = None

    @property
    def signed_in(self) -> bool:
        """Whether a customer or a member of staff is signed in."""
        return self.session is not None

    @property
    def person(self) -> UUID | None:
        """Their id."""
        return self.session.person if self.session else None

    @property
    def sign_in(self) -> UUID | None:
        """The id of their session."""
        return self.session.id if self.session else None

    @property
    def staff(self) -> bool:
        """Whether it is a member of staff."""
        return self.session is not None and self.session.staff

    @property
    def strong(self) -> bool:
        """Whether a passkey or one-time code was shown in this session."""
        return self.session is not None and self.session.strong

    @property
    def roles(self) -> frozenset[Role]:
        """The roles in force now."""
        return (
            self.session.roles if self.session and self.session.staff and self.session.strong else frozenset()
        )

    @property
    def language(self) -> str:
        """The language they read letters in; empty for a stranger."""
        return self.session.language if self.session else ""

    @property
    def label(self) -> str:
        """The roles of a member of staff, for the header; nothing for a customer, whose name stays sealed."""
        if not self.staff:
            return ""
        return ", ".join(str(ROLE_LABELS[role]) for role in sorted(self.roles)) or gettext("Member of staff")

    @cached_property
    def time_zone(self) -> str:
        """IANA name of their time zone, or empty when unknown."""
        return self.session.time_zone() if self.session else ""

    def fresh(self, at: datetime) -> bool:
        """Tell whether they proved who they are a short while ago."""
        return self.session is not None and at - self.session.fresh_at <= FRESH_FOR


class ViewerMiddleware:
    """Sets `request.viewer`, and keeps signed-in pages out of every cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        """Remember what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Find the session, note that it is in use, and go on."""
        viewer = _found(request)
        request.viewer = viewer  # type: ignore[attr-defined] # the attribute every page reads
        response = (
            looks.watched(request, viewer.person, self.get_response)
            if viewer.staff
            else self.get_response(request)
        )
        if viewer.signed_in and not response.has_header("Cache-Control"):
            response["Cache-Control"] = "no-store, private"
        return response


def _found(request: HttpRequest) -> Viewer:
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return Viewer()
    stored = request.session.get(SESSION_KEY)
    session = queries.session(UUID(stored)) if stored else None
    if session is None:
        if stored:
            request.session.flush()
        return Viewer()
    at = clock.now()
    if at - session.seen_at > SEEN_EVERY:
        actions.mark_seen(session=session.id, by=Actor.system("web"), at=at)
    return Viewer(session)


def viewer_of(request: HttpRequest) -> Viewer:
    """Return who is looking; a stranger when nobody said otherwise."""
    found = getattr(request, "viewer", None)
    return found if isinstance(found, Viewer) else Viewer()


def actor_of(request: HttpRequest) -> Actor:
    """Return the actor behind a request. Staff who look at a customer add a purpose: `.for_purpose(...)`.

    The ledger names staff by their roles, never by name.
    """
    viewer = viewer_of(request)
    if viewer.person is None:
        return Actor.stranger()
    if not viewer.staff:
        return Actor.customer(viewer.person)
    return replace(Actor.staff(viewer.person, viewer.roles), name=" ".join(sorted(viewer.roles)))


def person_of(request: HttpRequest) -> UUID:
    """Return the id of who is signed in; for views behind `signed_in`."""
    return cast("UUID", viewer_of(request).person)


def own_path(wanted: str | None) -> str:
    """Return an address only when it is a path of this site, otherwise nothing."""
    if wanted and wanted.startswith("/") and url_has_allowed_host_and_scheme(wanted, allowed_hosts=None):
        return wanted
    return ""


def sent_only(view: View[P]) -> View[P]:
    """Let a view be asked by its button alone (POST); whoever signs in on the way comes back to the page above it."""
    guarded = require_POST(view)
    guarded.__dict__[SENT_ONLY] = True
    return guarded


def send_to(request: HttpRequest, name: str, **more: str) -> HttpResponseRedirect:
    """Go to a page and come back; a form that was being sent is not sent again."""
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else _form_page(request)
    return HttpResponseRedirect(f"{reverse(name)}?{urlencode({'next': back, **more})}")


def _form_page(request: HttpRequest) -> str:
    """Return the page a form was sent from, as the browser tells; else the nearest page at or above its address."""
    told = urlsplit(request.headers.get("Referer", ""))
    if told.netloc == request.get_host() and _is_page(told.path):
        return f"{told.path}?{told.query}" if told.query else told.path
    path = request.path
    while path.strip("/") and not _is_page(path):
        path = path.rstrip("/").rpartition("/")[0] + "/"
    return path


def _is_page(path: str) -> bool:
    """Tell whether an address is one of our pages, and can be shown."""
    try:
        found = resolve(path)
    except Resolver404:
        return False
    return language.of_path(path) is not None and SENT_ONLY not in getattr(found.func, "__dict__", {})


def signed_in(view: View[P]) -> View[P]:
    """Let only people in who are signed in; others are sent to sign in and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not viewer_of(request).signed_in:
            return send_to(request, "account:login")
        return view(request, *args, **kwargs)

    return cast("View[P]", guarded)


def customer_only(view: View[P]) -> View[P]:
    """Let only customers in; staff are sent to the desk."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if viewer_of(request).staff:
            return redirect("console:desk")
        return view(request, *args, **kwargs)

    return signed_in(cast("View[P]", guarded))


def step_up(view: View[P]) -> View[P]:
    """Ask for a proof of who it is, unless there was one a few minutes ago; then come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not viewer_of(request).fresh(clock.now()):
            return send_to(request, "account:prove")
        return view(request, *args, **kwargs)

    return signed_in(cast("View[P]", guarded))


def staff_only(*roles: Role) -> Callable[[View[P]], View[P]]:
    """Let only staff in who hold one of the roles (any staff when none is named), after a second proof."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            viewer = viewer_of(request)
            if not viewer.staff:
                raise PermissionDenied
            if not viewer.strong:
                return redirect("account:security")
            if roles and not actor_of(request).has(*roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        guarded.__dict__[OPEN_TO] = frozenset(roles)
        return signed_in(cast("View[P]", guarded))

    return decorate


def client_address(request: HttpRequest) -> str:
    """Return the network address a request comes from; a forwarded one is believed of trusted proxies only."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    trusted = settings.ENVIRONMENT.trusted_proxies
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if hop.strip()]
    while address in trusted and hops:
        address = hops.pop()
    try:
        return str(ip_address(address))
    except ValueError:
        return ""


def _neighbourhood(address: str) -> str:
    """Return what tries are counted for: the address, or the /64 of one in IPv6 (RFC 6177)."""
    if not address or isinstance(ip_address(address), IPv4Address):
        return address
    return str(ip_network(f"{address}/64", strict=False))


def limited(request: HttpRequest, gate: str, account: str = "") -> HttpResponse | None:
    """Count a try at a gate for the network address, and for an account when one is given.

    Returns the page to answer with when there were too many, otherwise None.
    """
    by, at = Actor.system("web"), clock.now()
    wait = 0
    if gate != "search":
        wait = actions.count_try(
            gate=f"{gate}-address", who=_neighbourhood(client_address(request)), by=by, at=at
        )
    if account:
        wait = max(wait, actions.count_try(gate=f"{gate}-account", who=counted_as(account), by=by, at=at))
    return errors.too_many(request, retry_after=wait) if wait else None
