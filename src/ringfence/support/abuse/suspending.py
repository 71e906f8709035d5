"""The numbers that a case suspends: calls and messages are refused at once, and ring again when a case says so."""

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy.guarded import require_action
from ringfence.support.abuse_models import AbuseCase, AbuseSuspension
from ringfence.telephony import lookups
from ringfence.telephony import queries as telephony
from ringfence.telephony.actions import numbers

REASON: Final = "abuse"
"""The code by which history and account say why a number is suspended."""


def still_held(row: AbuseCase) -> bool:
    """Tell whether the customer of a case still has its number."""
    return row.number is not None and lookups.who_holds([row.number]).get(row.number) == row.subject


def suspend(row: AbuseCase, by: Actor, at: datetime, *, everything: bool) -> int:
    """Suspend the number of a case, or every number of its customer, in the running action; return how many.

    A number that is suspended for something else too, such as a payment that waits, rings again when all of it is gone.
    One that another case suspended already rings again when both say so.
    """
    require_action("a suspension")
    wanted = {held.id for held in telephony.numbers_of(row.subject)} if everything else {row.number}
    done = set(AbuseSuspension.objects.filter(case=row, ended_at=None).values_list("number", flat=True))
    for number in sorted(one for one in wanted - done if one):
        before = AbuseSuspension.objects.filter(number=number, ended_at=None).first()
        if before is None:
            numbers.suspend(number=number, reason=REASON, by=by, at=at)
        since = before.suspended_at if before else at
        AbuseSuspension.objects.update_or_create(
            case=row, number=number, defaults={"suspended_at": since, "ended_at": None}
        )
    return len(wanted - done)


def restore(row: AbuseCase, by: Actor, at: datetime) -> int:
    """Let the numbers ring again that a case suspended, in the running action; return how many do.

    One that another case, or anything else, keeps suspended stays so.
    """
    require_action("a suspension")
    mine = list(
        AbuseSuspension.objects.select_for_update().filter(case=row, ended_at=None).order_by("number")
    )
    end([one.pk for one in mine], at)
    others = AbuseSuspension.objects.filter(number__in=[one.number for one in mine], ended_at=None)
    kept = set(others.values_list("number", flat=True))
    held = lookups.who_holds([one.number for one in mine])
    again = [one for one in mine if one.number not in kept and held.get(one.number) == row.subject]
    return sum(numbers.resume(number=one.number, reason=REASON, lifts=REASON, by=by, at=at) for one in again)


def end(suspensions: Collection[UUID], at: datetime) -> int:
    """Mark suspensions as over, in the running action."""
    return AbuseSuspension.objects.filter(pk__in=suspensions).update(ended_at=at)


def gone() -> list[UUID]:
    """Return the suspensions in force of numbers that their customer has no longer."""
    rows = list(AbuseSuspension.objects.filter(ended_at=None).values_list("pk", "number", "case__subject"))
    held = lookups.who_holds([number for _key, number, _subject in rows])
    return [key for key, number, subject in rows if held.get(number) != subject]
