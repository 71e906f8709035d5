"""Pure decisions of retention and of legal holds: lengths, states, what a hold may cover. No Django."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.rules import KEPT

LONGEST_HOLD: Final = timedelta(days=365)
"""A hold ends by itself after that; whoever needs it longer asks anew, and somebody else looks at it anew."""

EXPIRED_WITHIN: Final = timedelta(hours=2)
"""How long after its end a hold may still be marked as in force: holds are looked at every hour."""


class HoldState(StrEnum):
    """Where a legal hold stands."""

    ASKED = gettext_noop("waits to be confirmed")
    ACTIVE = gettext_noop("in force")
    ENDED = gettext_noop("ended")
    WITHDRAWN = gettext_noop("not confirmed")


HOLD_MOVES: Final[Mapping[HoldState, frozenset[HoldState]]] = MappingProxyType(
    {
        HoldState.ASKED: frozenset({HoldState.ACTIVE, HoldState.WITHDRAWN}),
        HoldState.ACTIVE: frozenset({HoldState.ENDED}),
        HoldState.ENDED: frozenset(),
        HoldState.WITHDRAWN: frozenset(),
    }
)
"""Which state may follow which; nothing else decides."""

OVER: Final = frozenset({HoldState.ENDED, HoldState.WITHDRAWN})


class HoldArticle(StrEnum):
    """Why the law lets us keep what would otherwise go."""

    CLAIM = "GDPR 17(3)(e)"
    DUTY = "GDPR 17(3)(b)"
    PERSON = "GDPR 18(1)(c)"
    RESTRICTED = "GDPR 18(2)"
    PRESERVATION = "Straffeprosessloven § 215 a"


ARTICLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        HoldArticle.CLAIM: gettext_noop("A legal claim is raised, pursued or defended"),
        HoldArticle.DUTY: gettext_noop("A law asks us to keep it"),
        HoldArticle.PERSON: gettext_noop("The customer needs it for a claim of their own"),
        HoldArticle.RESTRICTED: gettext_noop("The customer restricted the use of their data"),
        HoldArticle.PRESERVATION: gettext_noop("The police or a prosecutor ordered it preserved"),
    }
)
"""What each article means, in words."""

BY_STAFF: Final = tuple(one for one in HoldArticle if one is not HoldArticle.RESTRICTED)
"""The articles under which staff ask for a hold; a restriction is the customer's own."""

CLASSES_OF_A_PERSON: Final = ("account", "access", "traffic", "messages", "support", "papers", "consent")
"""The classes a hold on a person may name. The books stay by themselves."""

CLASSES_OF_A_NUMBER: Final = ("traffic", "messages")
"""The classes that know which number they are of."""


def moved(state: str, to: HoldState) -> HoldState:
    """Return the state of a hold after a move. Raises Refusal when the table does not allow it."""
    if to not in HOLD_MOVES[HoldState(state)]:
        raise Refusal(
            "hold.cannot_move", gettext_noop("This hold has been decided on already. Load the page anew.")
        )
    return to


def require_reason(reason: str) -> None:
    """Raise Refusal for a hold without a reason."""
    if not reason.strip():
        raise Refusal("hold.why", gettext_noop("Write the reason: the person who confirms it decides by it."))


def require_sound_hold(
    *, classes: Collection[str], of_a_number: bool, begins_at: datetime, until: datetime, at: datetime
) -> None:
    """Raise Refusal for a hold that is too wide, too long, or over before it begins."""
    allowed = CLASSES_OF_A_NUMBER if of_a_number else CLASSES_OF_A_PERSON
    if not classes:
        raise Refusal("hold.nothing", gettext_noop("Choose at least one kind of data that is to be kept."))
    if not set(classes) <= set(allowed):
        raise Refusal(
            "hold.not_of_a_number",
            gettext_noop(
                "A hold on a number covers calls and messages. Choose a customer for anything else."
            ),
        )
    if until <= max(begins_at, at):
        raise Refusal("hold.over", gettext_noop("Choose an end that is still to come, after the beginning."))
    if until - begins_at > LONGEST_HOLD:
        raise Refusal(
            "hold.too_long",
            gettext_noop(
                "A hold lasts a year at most. Choose an earlier end; it can be asked for anew then."
            ),
        )


CLASS_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account": gettext_noop("Account"),
        "access": gettext_noop("Sign-ins"),
        "traffic": gettext_noop("Calls"),
        "messages": gettext_noop("Messages and letters"),
        "support": gettext_noop("Cases with support"),
        "books": gettext_noop("Books"),
        "consent": gettext_noop("Choices and versions seen"),
        "papers": gettext_noop("Documents"),
        "held": gettext_noop("Legal holds"),
    }
)
"""What each class is called."""

WORDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account": gettext_noop("as long as you are a customer, and %(days)s days after"),
        "access": gettext_noop("%(days)s days after the sign-in"),
        "traffic": gettext_noop("%(days)s days after the call"),
        "messages": gettext_noop("%(days)s days, or until you delete it"),
        "support": gettext_noop("until the case has been closed for this many years: %(years)s"),
        "books": gettext_noop("%(years)s years after the year ends, as bookkeeping law asks"),
        "consent": gettext_noop("%(years)s years after it ends, or until you delete your account"),
        "papers": gettext_noop("%(days)s days after the decision about them"),
        "held": gettext_noop(
            "until the hold that the law asks for ends; the note about it %(days)s days more"
        ),
    }
)
"""How long each class is kept, in words; the figures are those of `KEPT`."""


def end_of(retention_class: str, moment: datetime) -> datetime:
    """Return when data of a class is gone at the latest, from the moment its class counts from.

    That is the sign-in, the call, the arrival of a message, the end of a case, of a choice, of being a customer, the
    decision about papers, the booking, the end of a hold.
    """
    lasting = KEPT[retention_class]
    begun = moment.astimezone(UTC)
    if retention_class == "traffic":
        begun = begun.replace(hour=0, minute=0, second=0, microsecond=0)
    if retention_class == "books":
        return datetime(begun.year + lasting["years"] + 1, 1, 1, tzinfo=UTC)
    if "days" in lasting:
        return begun + timedelta(days=lasting["days"])
    return years_after(begun, lasting["years"])


def years_after(moment: datetime, years: int) -> datetime:
    """Return the same day some years later, or earlier; the last of February for one that is in no such year."""
    day = 28 if (moment.month, moment.day) == (2, 29) else moment.day
    return moment.replace(year=moment.year + years, day=day)


def booked_before(at: datetime) -> datetime:
    """Return the moment before which entries in the books have reached their end: the start of a year."""
    return datetime(at.astimezone(UTC).year - KEPT["books"]["years"], 1, 1, tzinfo=UTC)
