"""Tickets in words, for staff and for those who wrote."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy

from ringfence.support.ticket_rules import EntryKind, Origin, TicketState
from ringfence.support.tickets import queries

PAGE_DIGITS: Final = 6
LISTS: Final = {
    TicketState.OPEN: gettext_lazy("Wait for us"),
    queries.NEW: gettext_lazy("Unread"),
    queries.MINE: pgettext_lazy("tickets", "Mine"),
    TicketState.WAITING: gettext_lazy("Wait for an answer"),
    TicketState.CLOSED: pgettext_lazy("tickets", "Closed"),
    queries.ALL: pgettext_lazy("tickets", "All"),
}
"""The lists of the desk."""

STATES: Final = {
    TicketState.OPEN: gettext_lazy("Waits for us"),
    TicketState.WAITING: gettext_lazy("Answered, waits for the other side"),
    TicketState.CLOSED: pgettext_lazy("ticket", "Closed"),
}
OWN_STATES: Final = {
    TicketState.OPEN: gettext_lazy("We are looking at it"),
    TicketState.WAITING: gettext_lazy("Answered"),
    TicketState.CLOSED: gettext_lazy("Finished"),
}
TAGS: Final = {TicketState.OPEN: "due", TicketState.WAITING: "", TicketState.CLOSED: "plain"}
"""How a state is coloured."""

ORIGINS: Final = {
    Origin.MAIL: gettext_lazy("by e-mail"),
    Origin.FORM: gettext_lazy("by the form under Contacts"),
    Origin.ACCOUNT: gettext_lazy("from the account"),
}
PIECES: Final = {
    EntryKind.LETTER: gettext_lazy("Letter"),
    EntryKind.FORM: gettext_lazy("Form under Contacts"),
    EntryKind.ACCOUNT: gettext_lazy("Written in the account"),
    EntryKind.ANSWER: gettext_lazy("Our answer"),
    EntryKind.NOTE: gettext_lazy("Note"),
}
OWN_PIECES: Final = {
    **PIECES,
    EntryKind.LETTER: gettext_lazy("Your letter"),
    EntryKind.FORM: gettext_lazy("You, by the form under Contacts"),
    EntryKind.ACCOUNT: gettext_lazy("You, in your account"),
}


def own_piece(piece: queries.Piece) -> Promise:
    """Return what a piece of a conversation is called for its customer: what others sent there is not theirs."""
    if piece.kind is EntryKind.LETTER and piece.is_from_elsewhere:
        return gettext_lazy("A letter from another address")
    return OWN_PIECES[piece.kind]


def page_of(text: str) -> int:
    """Return which page of a conversation an address names: how many before the newest; 0 for what is no number."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < PAGE_DIGITS else 0
