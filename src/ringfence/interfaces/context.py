"""What every page shows around its content: who runs the site, where one can go, who is looking."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, resolve, reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ringfence.interfaces import language, writing
from ringfence.interfaces.navigation import Entry, LanguageChoice, Text
from ringfence.interfaces.viewers import STRANGER, Viewer
from ringfence.kernel.actor import Role
from ringfence.telephony.message_queries import count_new

MAIN: Final[tuple[tuple[str, Text], ...]] = (
    ("storefront:home", _("Numbers")),
    ("storefront:prices", _("Prices")),
    ("storefront:policy", _("Promises")),
    ("storefront:help", _("Help")),
)
FOOTER: Final[tuple[tuple[str, Text], ...]] = (
    ("storefront:policy", _("Privacy and terms")),
    ("storefront:cookies", _("Cookies")),
    ("storefront:statistics", _("Statistics")),
    ("storefront:abuse", _("Report abuse")),
)
ACCOUNT: Final[tuple[tuple[str, Text], ...]] = (
    ("account:home", _("Overview")),
    ("account:numbers", _("Your numbers")),
    ("account:phones", _("Phones")),
    ("account:calls", _("Calls")),
    ("account:messages", _("Messages")),
    ("account:orders", _("Orders")),
    ("account:renewals", _("Renewals")),
    ("account:invoices", _("Invoices")),
    ("account:details", _("Your details")),
    ("account:security", _("Signing in")),
    ("account:sessions", _("Where you are signed in")),
    ("account:data", _("Your data")),
    ("account:requests", _("Your requests")),
    ("account:history", _("What happened with your data")),
    ("account:notices", _("Notices")),
    ("account:support", _("Messages to us")),
)
CONSOLE: Final[tuple[tuple[str, Text], ...]] = (
    ("console:desk", _("Desk")),
    ("console:tickets", _("Tickets")),
    ("console:requests", _("Requests")),
    ("console:abuse", _("Abuse")),
    ("console:customers", _("Customers")),
    ("console:callers", _("Callers")),
    ("console:orders", _("Orders")),
    ("console:refunds", _("Refunds")),
    ("console:numbers", _("Numbers")),
    ("console:papers", _("Documents")),
    ("console:promises", _("Promises")),
    ("console:demands", _("Letters")),
    ("console:notices", _("Notices")),
    ("console:renewals", _("Renewals")),
    ("console:calls", _("Calls")),
    ("console:prices", _("Prices")),
    ("console:books", _("Books")),
    ("console:outbox", _("Mail out")),
    ("console:nodes", _("Nodes")),
    ("console:page_views", _("Page views")),
    ("console:backups", _("Backups")),
    ("console:ledger", pgettext_lazy("record of events", "Ledger")),
    ("console:retention", _("Retention")),
    ("console:authorities", _("Authorities")),
    ("console:policy", _("Policy")),
    ("console:disclosures", _("Handed over")),
    ("console:statistics", _("Statistics")),
)
AT_HAND: Final = 13
"""Pages of the staff that always show; the rest is behind the last entry of the navigation."""
CONSOLE_MORE: Final = frozenset(name for name, _label in CONSOLE[AT_HAND:])
"""What staff open now and then: behind the last entry of the navigation, so that it stays one line."""


@dataclass(frozen=True)
class Site:
    """Who runs the installation and how they are reached."""

    name: str
    company: str
    phone: str
    email: str

    @property
    def phone_text(self) -> str:
        """The phone number as people write it."""
        return writing.international(self.phone)


def site() -> Site:
    """Return the facts about the company, from the settings."""
    company = str(getattr(settings, "COMPANY_NAME", ""))
    return Site(
        name=str(getattr(settings, "SITE_NAME", "") or company),
        company=company,
        phone="".join(str(getattr(settings, "CONTACT_PHONE", "")).split()),
        email=str(getattr(settings, "CONTACT_EMAIL", "")),
    )


def viewer_of(request: HttpRequest | None) -> Viewer:
    """Return who is looking, a stranger when nobody said otherwise."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    return viewer if viewer is not None else STRANGER


def entries(names: tuple[tuple[str, Text], ...], path: str = "") -> list[Entry]:
    """Return the links whose view exists; the longest address that `path` lies under is the current one."""
    found: list[tuple[str, Text]] = []
    for name, label in names:
        url = address(name)
        if url:
            found.append((url, label))
    roots = {f"/{code}/" for code in language.LANGUAGES}
    under = [url for url, _label in found if path == url or (url not in roots and path.startswith(url))]
    here = max(under, key=len, default=None)
    return [Entry(url=url, label=label, current=url == here) for url, label in found]


def address(name: str) -> str:
    """Return the address of a named view, or nothing when there is no such view."""
    return _address(name, get_language(), str(settings.ROOT_URLCONF))


@lru_cache(maxsize=256)
def _address(name: str, _language: str | None, _addresses: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def _is_open(url: str, roles: frozenset[Role]) -> bool:
    """Tell whether a staff page is open to roles; the view itself says to which (`access.staff_only`)."""
    wanted: frozenset[Role] = getattr(resolve(url).func, "open_to", frozenset())
    return not wanted or bool(roles & {*wanted, Role.ADMINISTRATOR})


class Shell:
    """What surrounds the content of a page. Without a request (errors, maintenance) it leads nowhere."""

    def __init__(self, request: HttpRequest | None) -> None:
        """Remember the request; everything else is worked out when a template asks."""
        self._request = request
        self._path = request.path if request is not None else ""

    @cached_property
    def site(self) -> Site:
        """Who runs the installation."""
        return site()

    @cached_property
    def home(self) -> str:
        """The front page in the language of the page."""
        return f"/{get_language() or language.DEFAULT}/"

    @cached_property
    def main(self) -> list[Entry]:
        """The navigation in the header."""
        return entries(MAIN, self._path) if self._request is not None else []

    @cached_property
    def footer(self) -> list[Entry]:
        """The links in the footer."""
        return entries(FOOTER) if self._request is not None else []

    @cached_property
    def account(self) -> list[Entry]:
        """The navigation within the account, with how many messages are new."""
        found = entries(ACCOUNT, self._path)
        viewer = viewer_of(self._request)
        person: UUID | None = getattr(viewer, "person", None)
        if person is None or viewer.staff:
            return found
        new, inbox = count_new(person), address("account:messages")
        return [replace(entry, new=new) if entry.url == inbox else entry for entry in found]

    @cached_property
    def console(self) -> list[Entry]:
        """The navigation of the staff: the pages that the viewer's roles open."""
        return self._of_staff(behind=False)

    @cached_property
    def console_more(self) -> list[Entry]:
        """What stands behind its last entry."""
        return self._of_staff(behind=True)

    def _of_staff(self, *, behind: bool) -> list[Entry]:
        roles = frozenset(getattr(viewer_of(self._request), "roles", ()))
        further = {address(name) for name in CONSOLE_MORE}
        found = [entry for entry in entries(CONSOLE, self._path) if (entry.url in further) is behind]
        return [entry for entry in found if _is_open(entry.url, roles)]

    @cached_property
    def languages(self) -> list[LanguageChoice]:
        """The language switch: this page in each language."""
        if self._request is None:
            return []
        current = get_language()
        return [
            LanguageChoice(code, label, language.switched(self._request, code), code == current)
            for code, label in language.LANGUAGES.items()
        ]

    @cached_property
    def login_url(self) -> str:
        """Where one signs in."""
        return address("account:login") if self._request is not None else ""

    @cached_property
    def account_url(self) -> str:
        """The account of the viewer: the desk for staff."""
        if self._request is None:
            return ""
        return address("console:desk" if viewer_of(self._request).staff else "account:home")

    @cached_property
    def logout_url(self) -> str:
        """Where one signs out (by POST)."""
        return address("account:logout") if self._request is not None else ""


def page(request: HttpRequest) -> Mapping[str, Any]:
    """Context processor: `shell` and `viewer` for every template."""
    return {"shell": Shell(request), "viewer": viewer_of(request)}
