"""What the support room holds about people (clause 1.1)."""

from collections.abc import Collection

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.register import add_models, add_values_of_the_house
from ringfence.support.actions import delete_from_before, who_has_letters
from ringfence.support.models import Letter, Ticket, TicketEntry
from ringfence.support.notice_models import NoticeRecord
from ringfence.support.rules import own_addresses
from ringfence.support.tickets import ending, templates


def our_addresses(values: Collection[str]) -> set[str]:
    """Return which of some values are the addresses that letters to us name."""
    return {value for value in values if value.lower() in own_addresses()}


add_values_of_the_house(our_addresses)
add_values_of_the_house(templates.ready_texts)
add_models(
    "support.letters",
    gettext_noop("Letters that came in by mail"),
    Letter,
    release=delete_from_before,
    concerned=who_has_letters,
)
add_models("support.notices", gettext_noop("Notices we sent you"), NoticeRecord)
add_models(
    "support.tickets",
    gettext_noop("Your conversations with us"),
    TicketEntry,
    Ticket,
    release=ending.delete_from_before,
    concerned=ending.who_wrote_before,
)
ending.enter()
