"""Who gets what: each room enters those it hands personal data to, or has work for it (clauses 0.1, 2.5, 7.1).

From here come the table of recipients on the policy page, the record of processing, the "Your data" page and the list
of third parties. A room enters its own when it enters the house; nothing is listed by hand in a second place.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from django.conf import settings

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.inventory import Category, DeclaredField, personal_fields

WITHIN = gettext_noop("within the EEA")
"""Where data stays unless a recipient says otherwise."""


AUTHORITIES: Final[Mapping[str, str]] = {"Datatilsynet": "https://www.datatilsynet.no/"}
"""The sites of supervisory authorities that are known by name."""


class Part(StrEnum):
    """What a recipient is to us."""

    PROCESSOR = gettext_noop("works for us, on our instructions")
    CONTROLLER = gettext_noop("answers for it itself")
    GROUP = gettext_noop("a company of our group")
    AUTHORITY = gettext_noop("an authority")
    CHOSEN = gettext_noop("chosen by you")


def _always() -> bool:
    return True


def _none(_field: DeclaredField) -> bool:
    return False


def _nowhere() -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody who gets personal data. `title`, `gets` and `why` are message ids.

    `fields` are those declared fields it gets, as "app.Model.field"; `gets` says it in words. `clause` is the clause of
    the policy that names it, `basis` the article by which it gets them. `may` tells which others it may get where
    somebody decides so and enters it (`privacy.disclosure`). From the settings: `is_used` tells whether this
    installation has it, `name` who it is here, `site` its own page about privacy, and `outside` when and where the data
    leaves the EEA (a message id).
    """

    key: str
    title: str
    part: Part
    gets: str
    why: str
    clause: str
    basis: str
    fields: tuple[str, ...] = ()
    may: Callable[[DeclaredField], bool] = field(default=_none)
    is_used: Callable[[], bool] = field(default=_always)
    name: Callable[[], str] = field(default=_nowhere)
    site: Callable[[], str] = field(default=_nowhere)
    outside: Callable[[], str] = field(default=_nowhere)

    def declared(self) -> list[DeclaredField]:
        """Return the declared fields it gets. Raises LookupError for a name that nobody declares."""
        known = {str(one): one for one in personal_fields()}
        missing = set(self.fields) - known.keys()
        if missing:
            raise LookupError(f"the recipient {self.key} gets fields that nobody declares: {sorted(missing)}")
        return [known[name] for name in self.fields]

    def may_get(self) -> frozenset[str]:
        """Return the names of all fields that it gets, or may get where somebody decides so."""
        return frozenset(self.fields) | {str(one) for one in personal_fields() if self.may(one)}

    def categories(self) -> frozenset[Category]:
        """Return the kinds of data it gets."""
        return frozenset(one.declaration.category for one in self.declared())


_entered: dict[str, Recipient] = {}


def enter(recipient: Recipient) -> None:
    """Enter a recipient; entering the same key again replaces it."""
    _entered[recipient.key] = recipient


def entered() -> list[Recipient]:
    """Return every recipient that this installation has, by key."""
    return sorted((one for one in _entered.values() if one.is_used()), key=lambda one: one.key)


def known() -> list[Recipient]:
    """Return every recipient that was entered, by key, those too that this installation does not have."""
    return sorted(_entered.values(), key=lambda one: one.key)


def given_to(key: str) -> frozenset[str]:
    """Return the fields that a recipient gets every day. Raises KeyError for one that nobody entered."""
    return frozenset(_entered[key].fields)


def sites() -> dict[str, str]:
    """Return the hosts that our pages may link to, and whose they are (clause 7.1)."""
    found = {host_of(one.site()): one.title for one in entered() if one.site()}
    if authority_site():
        found[host_of(authority_site())] = gettext_noop("The supervisory authority")
    return found


def host_of(url: str) -> str:
    """Return the host of a web address, in lower case and without a port."""
    return url.partition("://")[2].partition("/")[0].partition(":")[0].lower()


def authority() -> str:
    """Return the supervisory authority that people can complain to."""
    return str(settings.SUPERVISORY_AUTHORITY)


def authority_site() -> str:
    """Return the address of the authority's own site, or nothing when it is not known."""
    return AUTHORITIES.get(authority(), "")


def group_companies() -> Collection[str]:
    """Return the other companies of the group, as the settings name them (clause 0.1)."""
    return tuple(settings.GROUP_COMPANIES)


def has_group() -> bool:
    """Tell whether there is any other company of the group."""
    return bool(group_companies())


def needed_by_the_group(one: DeclaredField) -> bool:
    """Tell whether a company of the group may need a field to run the service: where its model says so, by name.

    Who a customer is, how they are reached and what was sold to them: never calls, papers, what was said, nor the
    number, server or address of anybody else.
    """
    return one.name in getattr(one.model, "needed_by_the_group", ())


def can_be_demanded(one: DeclaredField) -> bool:
    """Tell whether an authority may be given a field: all but that by which somebody could sign in."""
    return one.declaration.category is not Category.CREDENTIAL and not one.declaration.secrets


enter(
    Recipient(
        "group",
        gettext_noop("Companies of our group"),
        Part.GROUP,
        gettext_noop(
            "What one of them needs to run the service, each time entered in the record that you can see"
        ),
        gettext_noop("The group runs the service together"),
        "0.1",
        "GDPR art. 6(1)(f)",
        may=needed_by_the_group,
        is_used=has_group,
        name=lambda: ", ".join(group_companies()),
    )
)
enter(
    Recipient(
        "authorities",
        gettext_noop("Authorities"),
        Part.AUTHORITY,
        gettext_noop("What an effective, lawful and reasonable demand covers, and nothing more"),
        gettext_noop("A law obliges us"),
        "3.3",
        "GDPR art. 6(1)(c)",
        may=can_be_demanded,
    )
)
