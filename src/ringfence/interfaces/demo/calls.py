"""The numbers that a demonstration's calls go to: one that rings, and one that is suspended."""

from collections.abc import Sequence
from uuid import UUID

TRIAL_USER = "demo"


def set_up(customers: Sequence[UUID]) -> None:
    """Put both numbers into service; numbers that are in use already stay as they are."""
    from django.conf import settings

    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.kernel.refusal import Refusal
    from ringfence.telephony import trial
    from ringfence.telephony.actions import numbers, routes

    first, second = customers
    by = Actor.system("demo")
    rings, may_not = _free(trial.IN_SERVICE), _free(trial.SUSPENDED)
    if rings:
        numbers.put_into_service(number=rings, subject=first, by=by, at=clock.now())
        try:
            routes.set_destination(
                number=rings,
                sip_uri=f"sip:{TRIAL_USER}@{settings.SIP_ADDRESS}:{settings.TRIAL_PORT}",
                undoable=False,
                by=Actor.customer(first),
                at=clock.now(),
            )
        except Refusal as refusal:
            # A switch that is not on the loopback rings nobody there; the number then rings nowhere.
            print(f"The demo number rings nowhere: {refusal.sentence % refusal.values}")  # noqa: T201 - a command
    if may_not:
        numbers.put_into_service(number=may_not, subject=second, by=by, at=clock.now())
        numbers.suspend(number=may_not, reason="demo", by=by, at=clock.now())


def _free(e164: str) -> UUID | None:
    """Return the key of a number when nobody has it."""
    from ringfence.telephony import lookups, queries
    from ringfence.telephony.rules import NumberState

    found = map(queries.offer, lookups.numbers_with(e164))
    return next(
        (one.id for one in found if one and one.e164 == e164 and one.state is NumberState.AVAILABLE), None
    )
