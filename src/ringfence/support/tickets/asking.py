"""What the letters of tickets ask for, as a list may show it: the kind of request, and nothing of who wrote or what."""

from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from ringfence.support.models import Letter
from ringfence.support.ticket_models import TicketEntry


def asked_in(tickets: Collection[UUID]) -> dict[UUID, list[str]]:
    """Return the kinds of request that were seen in the letters of some tickets, as long as those are kept."""
    entries = TicketEntry.objects.filter(ticket__in=tickets).values_list("letter", "ticket")
    whose = {letter: ticket for letter, ticket in entries if letter is not None}
    found = Letter.objects.filter(pk__in=whose).exclude(demands="", unheeded="").order_by("received_at", "pk")
    kinds: dict[UUID, list[str]] = defaultdict(list)
    for letter, demands, unheeded in found.values_list("pk", "demands", "unheeded"):
        known = kinds[whose[letter]]
        known += [one for one in f"{demands},{unheeded}".split(",") if one and one not in known]
    return dict(kinds)
