"""What runs out: links, callers, sessions, counts and letters."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session

from ringfence.accounts.actions.door import forget_caller
from ringfence.accounts.models import (
    AddressChange,
    Authenticator,
    Caller,
    OneTimeLink,
    OutgoingLetter,
    Person,
    SignIn,
    TryCount,
)
from ringfence.accounts.models.entrance import drop_weeks
from ringfence.accounts.rules import LETTER_KEPT, LIFETIMES, SIGN_IN_KEPT, TRIES_KEPT, LinkKind
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import queries as key_queries
from ringfence.privacy.retention.setting_aside import set_aside

BATCH = 500
CODE_APP_WAITS = timedelta(days=1)
ORPHANS_WAIT = timedelta(hours=1)
ORPHANS_LOOKED_BACK = timedelta(days=7)


@action("accounts.sweep")
def sweep(*, by: Actor, at: datetime) -> int:
    """Delete what has run out, in batches; return how much. Repeat until 0."""
    callers = list(
        Caller.objects.filter(asked_at__lte=at - LIFETIMES[LinkKind.CONFIRM_ADDRESS]).order_by(
            "asked_at", "pk"
        )[:BATCH]
    )
    for caller in callers:
        forget_caller(caller, by, at)
    count = len(callers) + delete_old_letters(by=by, at=at)
    for rows in (
        OneTimeLink.objects.filter(expires_at__lte=at),
        AddressChange.objects.filter(asked_at__lte=at - LIFETIMES[LinkKind.CHANGE_TO]),
        SignIn.objects.filter(made_at__lte=at - SIGN_IN_KEPT),
        TryCount.objects.filter(began_at__lte=at - TRIES_KEPT),
        Authenticator.objects.filter(confirmed_at=None, made_at__lte=at - CODE_APP_WAITS),
    ):
        count += rows.delete()[0]
    Session.objects.filter(expire_date__lte=at).delete()
    if not count:
        nothing_happened()
    about(count=count)
    return count


def free_orphaned_addresses(*, by: Actor, at: datetime) -> int:
    """Free addresses claimed by accounts whose making never committed, after a crash; return how many.

    The keys commit first, so a claim can be there without its person. Whoever is being registered still has a row
    as a caller, and an hour is longer than any transaction.
    """
    claimed = key_queries.indexed_between(at - ORPHANS_LOOKED_BACK, at - ORPHANS_WAIT)
    living = {
        *Person.objects.filter(pk__in=claimed).values_list("pk", flat=True),
        *Caller.objects.filter(subject__in=claimed).values_list("subject", flat=True),
    }
    return keys.sweep(living=living, candidates=claimed, by=by, at=at) if claimed - living else 0


@action("accounts.delete_old_letters")
def delete_old_letters(*, by: Actor, at: datetime) -> int:
    """Delete letters of 30 days ago; those to addresses without an account take their keys along. Repeat until 0."""
    old = OutgoingLetter.objects.filter(made_at__lte=at - LETTER_KEPT).order_by("made_at", "pk")[:BATCH]
    letters = dict(old.values_list("pk", "subject"))
    count = OutgoingLetter.objects.filter(pk__in=letters).delete()[0] if letters else 0
    people = set(Person.objects.filter(pk__in=letters.values()).values_list("pk", flat=True))
    for stranger in set(letters.values()) - people:
        keys.destroy(subject=stranger, classes=frozenset({RetentionClass.MESSAGES}), by=by, at=at)
    about(count=count)
    if not count:
        nothing_happened()
    return count


@action("accounts.drop_weeks_of_sign_ins")
def drop_weeks_of_sign_ins(*, by: Actor, at: datetime) -> int:
    """Drop the weeks that are past their time; return how many. Raises OperationalError while one is read."""
    set_aside(rows=SignIn.objects.filter(made_at__lt=at - SIGN_IN_KEPT), by=by, at=at)
    weeks = drop_weeks(at - SIGN_IN_KEPT)
    about(weeks=weeks)
    if not weeks:
        nothing_happened()
    return weeks
