"""Sign-ins enter what has an end: where and with what somebody signed in is gone after 21 days (clause 2.8)."""

from datetime import datetime, timedelta
from typing import Final

from ringfence.accounts import actions
from ringfence.accounts.models import SignIn
from ringfence.accounts.rules import SIGN_IN_KEPT
from ringfence.kernel.actor import Actor
from ringfence.privacy import retention
from ringfence.privacy.inventory import RetentionClass

PATIENCE: Final = timedelta(hours=2)
"""How much longer one may be there than promised: the sweep runs once an hour."""


def overdue(at: datetime) -> int:
    """Return how many sign-ins are older than they may be."""
    return SignIn.objects.filter(seen_at__lt=at - SIGN_IN_KEPT - PATIENCE).count()


def let_go(*, by: Actor, at: datetime, dry_run: bool = False) -> int:
    """Let go of sign-ins whose time is up, with whatever else has run out; return how many sign-ins that were."""
    due = SignIn.objects.filter(seen_at__lte=at - SIGN_IN_KEPT).count()
    while not dry_run and actions.sweep(by=by, at=at):
        pass
    return due


def enter() -> None:
    """Enter them."""
    retention.enter("accounts.sign_ins", RetentionClass.ACCESS, overdue=overdue, let_go=let_go)
