"""The books end with the fifth year after that of an entry (bokføringsloven § 13; clause 2.8)."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import QuerySet

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import queries as key_queries
from ringfence.privacy.retention_rules import booked_before
from ringfence.shop.models import BookEntry

AT_ONCE: Final = 500
PATIENCE: Final = timedelta(days=1)
"""How much longer an entry may be there: the year of a country east or west of us ends some hours apart."""


def over(at: datetime) -> "QuerySet[BookEntry]":
    """Return the entries whose time is over."""
    return BookEntry.objects.filter(booked_at__lt=booked_before(at))


def overdue(at: datetime) -> int:
    """Return how many entries are older than the law asks for."""
    return over(at - PATIENCE).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of the entries of years that are over; return how many."""
    if dry_run:
        return over(at).count()
    return retention.until_none(forget_entries, by=by, at=at)


@action("books.forget_entries")
def forget_entries(*, by: Actor, at: datetime) -> int:
    """Delete entries whose time is over, some hundreds at once; return how many. Repeat until 0.

    With the last entry of somebody who was erased their last key goes.
    """
    some = dict(over(at).order_by("booked_at", "pk").values_list("pk", "subject")[:AT_ONCE])
    if not some:
        nothing_happened()
        return 0
    count = BookEntry.objects.filter(pk__in=some).delete()[0]
    left = BookEntry.objects.filter(subject__in=some.values()).values_list("subject", flat=True)
    for subject in key_queries.erased(set(some.values()) - set(left)):
        keys.destroy(subject=subject, classes=[RetentionClass.BOOKS], by=by, at=at)
    about(count=count)
    return count
