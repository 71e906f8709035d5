"""Accounts that nobody is a customer with any more: told, and after thirty days erased (clause 2.8)."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.models import Person, SignIn
from ringfence.accounts.rules import LEAVES_AFTER, SIGN_IN_KEPT, PersonKind, PersonState
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.backups import queries
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.retention import customers

AT_ONCE: Final = 200
LETTER: Final = "account-ending"
PATIENCE: Final = timedelta(hours=2)
"""How much longer than promised an account may be there: those that end are looked for every hour."""


def _in_use() -> Q:
    """Return the condition that somebody is a customer, or has signed in within the time that sign-ins are kept."""
    return customers.is_one() | Q(Exists(SignIn.objects.filter(person=OuterRef("pk"))))


def unused(at: datetime) -> "QuerySet[Person]":
    """Return the accounts that have come out of use, and have not been told so.

    After a restore that is of nobody for as long as sign-ins are kept: those since the backup are not known.
    """
    if queries.was_restored_since(at - SIGN_IN_KEPT):
        return Person.objects.none()
    old = Person.objects.filter(
        kind=PersonKind.CUSTOMER,
        state=PersonState.ACTIVE,
        leaves_at=None,
        registered_at__lte=at - SIGN_IN_KEPT,
    )
    return old.exclude(_in_use()).exclude(_being_erased())


def ending(at: datetime) -> "QuerySet[Person]":
    """Return the accounts whose end has come, and that nobody has begun to erase."""
    return Person.objects.filter(leaves_at__lte=at).exclude(_being_erased())


def _being_erased() -> Q:
    return Q(Exists(Erasure.objects.filter(subject=OuterRef("pk"))))


@action("accounts.announce_end")
def announce_end(*, person: UUID, by: Actor, at: datetime) -> None:
    """Tell somebody that their account ends in thirty days unless they sign in; a repeat tells nothing new."""
    row = Person.objects.select_for_update().filter(pk=person, leaves_at=None).first()
    if row is None or row.state != PersonState.ACTIVE:
        nothing_happened()
        return
    leaves_at = at + LEAVES_AFTER
    Person.objects.filter(pk=person).update(leaves_at=leaves_at)
    facts = {"leaves_at": leaves_at.isoformat()}
    queue_letter(kind=LETTER, person=person, facts=facts, by=by, at=at)
    about(person, leaves=f"{leaves_at:%Y-%m-%d}")


@action("accounts.stay")
def stay(*, by: Actor, at: datetime) -> int:
    """Let those accounts stay that came into use again after they were told; return how many."""
    back = Person.objects.filter(state=PersonState.ACTIVE, leaves_at__isnull=False)
    found = list(back.filter(_in_use()).values_list("pk", flat=True)[:AT_ONCE])
    Person.objects.filter(pk__in=found).update(leaves_at=None)
    about(*found)
    if not found:
        nothing_happened()
    return len(found)


def end_unused(*, by: Actor, at: datetime) -> int:
    """Tell those whose account came out of use, and erase those whose thirty days are over; return how many of these.

    Accounts that came into use again are let be first. An erasure goes on by itself once it has begun.
    """
    while stay(by=by, at=at):
        pass
    for person in list(unused(at).order_by("registered_at", "pk").values_list("pk", flat=True)[:AT_ONCE]):
        announce_end(person=person, by=by, at=at)
    due = list(ending(at).order_by("leaves_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for person in due:
        erasure.begin(subject=person, request=None, by=by, at=at)
    return len(due)
