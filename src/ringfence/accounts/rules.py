"""Decisions of the accounts room that need nothing but their arguments: addresses, lifetimes, limits, codes."""

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.rules import KEPT

LANGUAGES: Final = ("nb", "en")
ADDRESS_INDEX: Final = "email"
OUTSIDE_INDEX: Final = "outside-identity"

FRESH_FOR: Final = timedelta(minutes=10)
"""How long after proving who they are a person may do sensitive things."""
SEEN_EVERY: Final = timedelta(minutes=5)
"""A session's last sighting is written at most this often."""
SIGN_IN_KEPT: Final = timedelta(days=KEPT["access"]["days"])
"""Retention class `access`: addresses and devices of sign-ins; the session ends with them."""
TRIES_KEPT: Final = timedelta(days=1)
"""Counts of tries, by keyed digests of network addresses."""
LETTER_KEPT: Final = timedelta(days=KEPT["messages"]["days"])
"""Retention class `messages`."""
LEAVES_AFTER: Final = timedelta(days=KEPT["account"]["days"])
"""Retention class `account`: how long an account stays after its owner stopped being a customer."""

PASSWORD_LENGTH: Final = (12, 128)
RECOVERY_CODES: Final = 10
_CODE_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_ADDRESS: Final = re.compile(
    r"[^@\s\x00-\x1f,;<>()\[\]\"\\]{1,64}@[^@\s\x00-\x1f,;<>()\[\]\"\\]{1,250}\.[^@\s.]{2,63}"
)


class PersonKind(StrEnum):
    """Who has an account."""

    CUSTOMER = "customer"
    STAFF = "staff"


class PersonState(StrEnum):
    """The life of an account; see `NEXT_STATES`."""

    ACTIVE = "active"
    CLOSED = "closed"


NEXT_STATES: Final[Mapping[PersonState, frozenset[PersonState]]] = {
    PersonState.ACTIVE: frozenset({PersonState.CLOSED}),
    PersonState.CLOSED: frozenset(),
}


class Errand(StrEnum):
    """What somebody at the door asked for, before we know whether the address has an account."""

    REGISTER = "register"
    RESET = "reset"


class LinkKind(StrEnum):
    """What a single-use link in a letter does."""

    CONFIRM_ADDRESS = "confirm-address"
    RESET_PASSWORD = "reset-password"  # noqa: S105 - a name, not a password
    CHANGE_FROM = "change-from"
    CHANGE_TO = "change-to"
    STAFF_ENTRY = "staff-entry"


LIFETIMES: Final[Mapping[LinkKind, timedelta]] = {
    LinkKind.CONFIRM_ADDRESS: timedelta(days=3),
    LinkKind.RESET_PASSWORD: timedelta(hours=1),
    LinkKind.CHANGE_FROM: timedelta(days=1),
    LinkKind.CHANGE_TO: timedelta(days=1),
    LinkKind.STAFF_ENTRY: timedelta(days=1),
}


class Means(StrEnum):
    """How somebody proved who they are."""

    PASSWORD = "password"  # noqa: S105 - a name, not a password
    PASSKEY = "passkey"
    OUTSIDE = "outside"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` tries in each stretch of `window`."""

    count: int
    window: timedelta


LIMITS: Final[Mapping[str, Limit]] = {
    "enter-address": Limit(30, timedelta(minutes=10)),
    "enter-account": Limit(10, timedelta(minutes=10)),
    "letter-address": Limit(10, timedelta(hours=1)),
    "letter-account": Limit(4, timedelta(hours=1)),
    "write-address": Limit(60, timedelta(hours=1)),
    "write-account": Limit(20, timedelta(hours=1)),
    "code-address": Limit(60, timedelta(minutes=10)),
    "code-account": Limit(8, timedelta(minutes=10)),
    "caller-address": Limit(60, timedelta(hours=1)),
    "caller-account": Limit(20, timedelta(hours=1)),
    "search-account": Limit(120, timedelta(hours=1)),
    "test-address": Limit(60, timedelta(hours=1)),
    "test-account": Limit(10, timedelta(minutes=10)),
    "choice-address": Limit(120, timedelta(hours=1)),
    "contact-address": Limit(20, timedelta(hours=1)),
    "contact-account": Limit(6, timedelta(hours=1)),
    "nobody-account": Limit(200, timedelta(hours=1)),
    "abuse-address": Limit(10, timedelta(hours=1)),
    "abuse-account": Limit(5, timedelta(days=1)),
}
"""Tries per network address (`-address`) and per account (`-account`); counted for unknown accounts alike.

`nobody` are letters to us without a sender, all of them together.
"""

PURPOSES: Final[Mapping[str, str]] = {
    "customer-called": gettext_noop("You called us"),
    "customer-wrote": gettext_noop("You wrote to us"),
    "request": gettext_noop("To carry out a request of yours"),
    "order": gettext_noop("To help with an order or a refund"),
    "papers": gettext_noop("To look at the documents that your number needs"),
    "fault": gettext_noop("To find a fault in the service"),
    "abuse": gettext_noop("To look into a report of abuse"),
    "group": gettext_noop("To hand it to a company of our group, as the terms say"),
    "law": gettext_noop("A duty by law"),
}
"""Why staff may look at a customer (clause 2.1), in the words the customer reads."""


def normalised(address: str) -> str:
    """Return an e-mail address as it is compared: trimmed, lower case, the host in its ASCII form.

    Raises Refusal `address-malformed`.
    """
    text = address.strip()
    local, _at, host = text.rpartition("@")
    try:
        ascii_host = host.encode("idna").decode("ascii") if host else ""
    except UnicodeError:
        ascii_host = ""
    text = f"{local}@{ascii_host}".lower()
    if not _ADDRESS.fullmatch(text):
        raise Refusal("address-malformed", gettext_noop("This is not an e-mail address we can write to."))
    return text


def counted_as(account: str) -> str:
    """Return what tries for an account are counted under: its address as it is compared, however it was typed.

    IDNA drops and folds characters, so one address can be typed in endless ways. What is no address counts as typed.
    """
    try:
        return normalised(account)
    except Refusal:
        return account.strip().lower()


def require_good_password(password: str, address: str, known_bad: Iterable[str]) -> None:
    """Raise a Refusal for a password that is short, endless, well known, or the address itself (NIST SP 800-63B)."""
    least, most = PASSWORD_LENGTH
    if len(password) < least:
        raise Refusal(
            "password-short", gettext_noop("Choose a password of at least %(least)s characters."), least=least
        )
    if len(password) > most:
        raise Refusal(
            "password-long", gettext_noop("Choose a password of at most %(most)s characters."), most=most
        )
    bare = password.lower().strip()
    if bare in known_bad or len(set(bare)) < 4 or bare in {address, address.rpartition("@")[0]}:  # noqa: PLR2004
        raise Refusal("password-known", gettext_noop("This password is easy to guess. Choose another one."))


def roles_of(text: str) -> frozenset[Role]:
    """Return the roles named in a stored text, separated by spaces."""
    return frozenset(Role(name) for name in text.split())


def new_recovery_codes() -> list[str]:
    """Return fresh recovery codes of 50 random bits each, as `abcde-fghjk`."""
    return [
        "-".join("".join(secrets.choice(_CODE_LETTERS) for _letter in range(5)) for _half in range(2))
        for _code in range(RECOVERY_CODES)
    ]


def bare_code(code: str) -> str:
    """Return a recovery code as it is compared: letters and digits only, lower case."""
    return re.sub(r"[^a-z0-9]", "", code.lower())


_BROWSERS: Final = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """Return what a browser calls itself, in two words: "Firefox, Linux". Versions are dropped."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return ", ".join(part for part in (browser, system) if part)
