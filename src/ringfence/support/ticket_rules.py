"""Pure decisions about tickets: their states, how long they wait, what of a letter is new. No Django, no clock."""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop

LONGEST_TEXT: Final = 20_000
"""Characters of what is written in one piece."""

LONGEST_TITLE: Final = 200
SILENT_FOR: Final = timedelta(days=30)
"""After that a ticket that waits for its customer is closed; whoever writes opens it again."""

LOOKING_FOR: Final = timedelta(minutes=5)
"""How long somebody who opened a ticket counts as looking at it."""


class TicketState(StrEnum):
    """Who a ticket waits for."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"
    MERGED = "merged"


class TicketEvent(StrEnum):
    """What happens to a ticket."""

    WRITE = "write"
    ANSWER = "answer"
    CLOSE = "close"
    REOPEN = "reopen"
    COME_BACK = "come_back"
    MERGE = "merge"


OPEN, WAITING, CLOSED, MERGED = TicketState
MOVES: Final[Mapping[tuple[TicketState, TicketEvent], TicketState]] = MappingProxyType(
    {
        (OPEN, TicketEvent.WRITE): OPEN,
        (WAITING, TicketEvent.WRITE): OPEN,
        (CLOSED, TicketEvent.WRITE): OPEN,
        (OPEN, TicketEvent.ANSWER): WAITING,
        (WAITING, TicketEvent.ANSWER): WAITING,
        (CLOSED, TicketEvent.ANSWER): WAITING,
        (OPEN, TicketEvent.CLOSE): CLOSED,
        (WAITING, TicketEvent.CLOSE): CLOSED,
        (CLOSED, TicketEvent.REOPEN): OPEN,
        (WAITING, TicketEvent.COME_BACK): OPEN,
        (CLOSED, TicketEvent.COME_BACK): OPEN,
        (OPEN, TicketEvent.MERGE): MERGED,
        (WAITING, TicketEvent.MERGE): MERGED,
        (CLOSED, TicketEvent.MERGE): MERGED,
    }
)
"""Every move there is. An answer that comes back undelivered waits for us again; nothing leads out of merged."""


class Origin(StrEnum):
    """How a conversation began."""

    MAIL = "mail"
    FORM = "form"
    ACCOUNT = "account"


class EntryKind(StrEnum):
    """What a piece of a conversation is."""

    LETTER = "letter"
    FORM = "form"
    ACCOUNT = "account"
    ANSWER = "answer"
    NOTE = "note"


THEIRS: Final = frozenset({EntryKind.LETTER, EntryKind.FORM, EntryKind.ACCOUNT})
"""What the person wrote; the rest is ours."""

TAGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "account": gettext_noop("Account"),
        "calls": gettext_noop("Calls"),
        "messages": gettext_noop("Messages"),
        "number": gettext_noop("Number"),
        "papers": gettext_noop("Documents"),
        "payment": gettext_noop("Payment"),
        "privacy": gettext_noop("Privacy"),
        "other": gettext_noop("Something else"),
    }
)
"""What tickets are sorted by: fixed words, so that nothing about a person ends up in one."""


def moved(state: str, event: TicketEvent) -> TicketState:
    """Return the state after an event. Raises Refusal when the table does not allow it."""
    found = MOVES.get((TicketState(state), event))
    if found is None:
        raise Refusal(
            "ticket.cannot_move", gettext_noop("This ticket has moved on meanwhile. Load the page anew.")
        )
    return found


def require_unchanged(seen: int, version: int) -> None:
    """Raise Refusal when something was written since the page was opened on which one acts."""
    if seen != version:
        raise Refusal(
            "ticket.written_since",
            gettext_noop(
                "Something was written here since you opened the page. Read it, then send yours again."
            ),
        )


def require_text(text: str) -> str:
    """Return a text without the space around it. Raises Refusal for an empty one, and for one that is too long."""
    said = text.replace("\r\n", "\n").strip()
    if not said:
        raise Refusal("ticket.empty", gettext_noop("Write something first."))
    if len(said) > LONGEST_TEXT:
        raise Refusal(
            "ticket.too_long",
            gettext_noop("This is too long. Write at most %(most)s characters."),
            most=LONGEST_TEXT,
        )
    return said


_SAYS_WHO: Final = re.compile(
    r"^(?:(?:On|Den|På|Le|Am) .{4,200}(?:wrote|skrev|écrit|schrieb)[^\n]{0,100}:"
    r"|-{3,} ?(?:Original|Opprinnelig|Videresendt|Forwarded)[^\n]*)\s*$",
    re.MULTILINE,
)


def without_quote(text: str) -> tuple[str, str]:
    """Return what a letter says, and what it quotes of earlier ones behind it."""
    begins = _SAYS_WHO.search(text)
    if begins:
        return text[: begins.start()].rstrip(), text[begins.start() :].strip()
    lines = text.rstrip().split("\n")
    first = len(lines)
    while first and lines[first - 1].lstrip().startswith(">"):
        first -= 1
    return "\n".join(lines[:first]).rstrip(), "\n".join(lines[first:])


_NORWEGIAN: Final = re.compile(
    r"\b(?:og|jeg|ikke|på|det|er|å|som|har|til|meg|min|mitt|mine|kan|dere|vil|hei|hilsen|takk|av|en|et|slette|hva|når)\b"
)
_ENGLISH: Final = re.compile(
    r"\b(?:and|i|not|the|is|to|my|you|have|can|your|please|of|a|how|what|when|hello|hi|thanks|regards|it|for)\b"
)
_ENOUGH: Final = 2_000
"""Characters that tell the language of a text."""


def language_of(text: str, otherwise: str = "en") -> str:
    """Return the language a text is in, "nb" or "en", by its most common words; `otherwise` where nothing tells."""
    begins = text[:_ENOUGH].lower()
    norwegian, english = len(_NORWEGIAN.findall(begins)), len(_ENGLISH.findall(begins))
    if norwegian == english:
        return otherwise
    return "nb" if norwegian > english else "en"
