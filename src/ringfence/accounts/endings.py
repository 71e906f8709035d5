"""What accounts keep for a time, entered where it is let go of: sign-ins, letters, accounts out of use (clause 2.8)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from django.db import OperationalError

from ringfence.accounts import actions
from ringfence.accounts.actions import leaving
from ringfence.accounts.models import OutgoingLetter, Person, SignIn, TryCount
from ringfence.accounts.rules import LETTER_KEPT, SIGN_IN_KEPT, TRIES_KEPT
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.retention import customers
from ringfence.privacy.retention.actions import install_teller
from ringfence.privacy.rules import OPEN_STATES

PATIENCE: Final = timedelta(hours=2)
"""How much longer one may be there than promised: the sweep runs once an hour."""

log = structlog.get_logger(__name__)


def overdue(at: datetime) -> int:
    """Return how many sign-ins, and counts of tries, are older than they may be."""
    tries = TryCount.objects.filter(began_at__lt=at - TRIES_KEPT - PATIENCE)
    return SignIn.objects.filter(made_at__lt=at - SIGN_IN_KEPT - PATIENCE).count() + tries.count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of sign-ins whose time is up, with whatever else has run out; return how many sign-ins that were.

    What is left of weeks that are over is dropped whole; a week that is being read waits an hour.
    """
    due = SignIn.objects.filter(made_at__lte=at - SIGN_IN_KEPT).count()
    if dry_run:
        return due
    while actions.sweep(by=by, at=at):
        pass
    try:
        actions.drop_weeks_of_sign_ins(by=by, at=at)
    except OperationalError as trouble:
        log.warning("sign_ins.week_in_use", trouble=type(trouble).__name__)
    return due


def letters_overdue(at: datetime) -> int:
    """Return how many of our letters are older than they may be."""
    return OutgoingLetter.objects.filter(made_at__lt=at - LETTER_KEPT - PATIENCE).count()


def let_letters_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of our copies of letters whose time is up; return how many."""
    if dry_run:
        return OutgoingLetter.objects.filter(made_at__lte=at - LETTER_KEPT).count()
    return retention.until_none(actions.delete_old_letters, by=by, at=at)


def accounts_overdue(at: datetime) -> int:
    """Return how many accounts should have ended, and are not being erased."""
    return leaving.ending(at - leaving.PATIENCE).count()


def end_accounts(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Erase accounts whose end has come, after telling those that have just come out of use; return how many."""
    return leaving.ending(at).count() if dry_run else leaving.end_unused(by=by, at=at)


def tell_of_hold(
    person: UUID | None, _number: UUID | None, kind: str, facts: Mapping[str, Any], *, by: Actor, at: datetime
) -> bool:
    """Write to the person that a hold is about, when they have an account; say whether that was so."""
    if person is None or not actions.can_be_written_to(person):
        return False
    actions.queue_letter(kind=kind, person=person, facts=facts, by=by, at=at)
    return True


def enter() -> None:
    """Enter them."""
    retention.enter(
        "accounts.sign_ins",
        RetentionClass.ACCESS,
        overdue=overdue,
        let_go=let_go,
        title=gettext_noop("Where and with what people signed in"),
        of=(SignIn, TryCount),
    )
    retention.enter(
        "accounts.letters",
        RetentionClass.MESSAGES,
        overdue=letters_overdue,
        let_go=let_letters_go,
        title=gettext_noop("Letters we sent"),
        of=(OutgoingLetter,),
    )
    retention.enter(
        "accounts.unused",
        RetentionClass.ACCOUNT,
        overdue=accounts_overdue,
        let_go=end_accounts,
        title=gettext_noop("Accounts that nobody is a customer with any more"),
        of=(Person,),
    )
    customers.enter(
        "privacy.requests", "subject", lambda: SubjectRequest.objects.filter(state__in=sorted(OPEN_STATES))
    )
    install_teller(tell_of_hold)
