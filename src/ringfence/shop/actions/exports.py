"""The books leave the house: for the accountant, period by period, and never unseen."""

from datetime import datetime

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop import invoices


@action("books.export")
def export_books(
    *, since: datetime, until: datetime, by: Actor, at: datetime
) -> tuple[list[invoices.Entry], list[invoices.SumOfRate]]:
    """Hand out the entries of a period and their sums, without names or numbers of customers; the ledger says who did.

    Raises Refusal `books.not_yours`, `books.period`.
    """
    if by.kind is not Kind.SYSTEM and not by.has(Role.OPERATIONS):
        raise Refusal("books.not_yours", gettext_noop("Only operations may take the books out."))
    if since >= until:
        raise Refusal("books.period", gettext_noop("The period must end after it begins."))
    selection = invoices.Selection(since=since, until=until)
    found = invoices.entries(selection, limit=None)
    about(since=since.date().isoformat(), until=until.date().isoformat(), count=len(found))
    return found, invoices.sums(selection)
