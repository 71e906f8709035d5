"""How tickets end: silent ones are closed, closed ones go a year later, an account takes its own along (2.8, 2.9)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from ringfence.accounts.queries import has_account
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.retention_rules import years_after
from ringfence.privacy.rules import KEPT
from ringfence.support.actions import by_digest
from ringfence.support.ticket_models import Ticket, TicketEntry
from ringfence.support.ticket_rules import SILENT_FOR, WAITING, TicketEvent
from ringfence.support.tickets import keeping

PATIENCE: Final = timedelta(hours=2)
"""How much longer than promised a ticket may be there: those that are over are looked for every hour."""

BATCH: Final = 200


def _over(at: datetime) -> QuerySet[Ticket]:
    return Ticket.objects.filter(closed_at__lte=years_after(at, -KEPT["support"]["years"]))


def let_go_of_keys(subjects: Collection[UUID], by: Actor, at: datetime) -> None:
    """Destroy the keys of ids that were a ticket's own, once nothing is kept under them; runs in an action."""
    left = set(Ticket.objects.filter(subject__in=subjects).values_list("subject", flat=True))
    gone = {one for one in subjects if one not in left and not has_account(one)}
    if gone:
        keys.destroy_of(people=gone, classes=frozenset(RetentionClass), by=by, at=at)


@action("ticket.close_silent")
def close_silent(*, by: Actor, at: datetime) -> int:
    """Close tickets whose customers have not answered for long, so that these end too. Repeat until 0."""
    silent = Ticket.objects.filter(state=WAITING, last_at__lte=at - SILENT_FOR)
    keys_of_rows = list(silent.order_by("last_at", "pk").values_list("pk", flat=True)[:BATCH])
    for key in keys_of_rows:
        row = keeping.locked(key)
        if row.state == WAITING:
            keeping.move(row, TicketEvent.CLOSE, at)
            keeping.keep(row)
            about(row.subject)
    if not keys_of_rows:
        nothing_happened()
    return len(keys_of_rows)


@action("ticket.sweep")
def sweep(*, by: Actor, at: datetime) -> int:
    """Delete tickets that were closed a year ago; those of strangers take their keys along. Repeat until 0."""
    found = dict(_over(at).order_by("closed_at", "pk").values_list("pk", "subject")[:BATCH])
    if not found:
        nothing_happened()
        return 0
    Ticket.objects.filter(Q(pk__in=found) | Q(merged_into__in=found)).delete()
    let_go_of_keys(set(found.values()), by, at)
    about(count=len(found))
    return len(found)


def who_wrote_before(people: Collection[UUID]) -> set[UUID]:
    """Return those of some people from whose addresses somebody without an account wrote, or into another's ticket."""
    whose = by_digest(people)
    found = Ticket.objects.filter(who__in=[*whose]).values_list("who", flat=True)
    found = found.union(TicketEntry.objects.filter(who__in=[*whose]).values_list("who", flat=True))
    return {person for who in found for person in whose.get(bytes(who), ())}


def delete_from_before(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Delete tickets of the person's addresses from when those were not the account's; runs in an action.

    What was written from them into the conversations of others goes too; the rest of those stays.
    """
    digests = [*by_digest([subject])]
    found = Ticket.objects.filter(who__in=digests).values_list("pk", "subject")
    strangers = {pk: whose for pk, whose in found if whose != subject and not has_account(whose)}
    Ticket.objects.filter(pk__in=strangers).delete()
    pieces, _by_model = TicketEntry.objects.filter(who__in=digests).exclude(subject=subject).delete()
    let_go_of_keys(set(strangers.values()), by, at)
    return len(strangers) + pieces


def overdue(at: datetime) -> int:
    """Return how many tickets are older than they may be."""
    return _over(at - PATIENCE).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of tickets whose time is over; return how many."""
    if dry_run:
        return _over(at).count()
    retention.until_none(close_silent, by=by, at=at)
    return retention.until_none(sweep, by=by, at=at)


def enter() -> None:
    """Enter tickets into what has an end."""
    retention.enter(
        "support.tickets",
        RetentionClass.SUPPORT,
        overdue=overdue,
        let_go=let_go,
        title=gettext_noop("Conversations with support"),
        of=(Ticket, TicketEntry),
    )
