"""What passes between the database and the switch, each way, outside any transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.telephony import queries
from ringfence.telephony.actions import routes
from ringfence.telephony.ports import Route, SwitchUnavailable, switch
from ringfence.telephony.routing import encode
from ringfence.telephony.taking_in import take_in_calls

__all__ = ("Standing", "mend", "publish", "standing", "take_in_calls")

log = structlog.get_logger(__name__)


def publish(numbers: Sequence[UUID], *, by: Actor, at: datetime) -> None:
    """Tell the switch the present state of numbers, and note it. Raises SwitchUnavailable.

    Two may tell it about one number at once, and the one with the older state may be the slower: what changed in the
    meantime is told again, so that the last word is always the present state. A number whose route cannot be read is
    logged and passed, so that it holds up no other; it stays unpublished, and its old route stays at the switch.
    """
    told = _tell(numbers)
    while changed := [number for number, version in told.items() if queries.route_version(number) != version]:
        told |= _tell(changed)
    for number, version in told.items():
        routes.published(number=number, version=version, by=by, at=at)


def _tell(numbers: Sequence[UUID]) -> dict[UUID, int]:
    """Tell the switch; return the version told of each number that could be read."""
    known: list[Route] = []
    gone: list[str] = []
    versions = {}
    for number in numbers:
        try:
            route, e164, version = queries.route_of(number)
        except queries.UNREADABLE as trouble:
            name = public_id("num", number)
            log.exception("route.unreadable", number=name, trouble=type(trouble).__name__)
            continue
        versions[number] = version
        if route:
            known.append(route)
        else:
            gone.append(e164)
    if known:
        switch().publish(known)
    if gone:
        switch().withdraw(gone)
    return versions


def mend(*, by: Actor, at: datetime) -> int:
    """Compare every route with what the switch holds; publish what differs, withdraw what should not be there.

    Returns how many differed.
    """
    held = switch().routes()
    differed = 0
    unreadable: set[str] = set()
    for chunk in queries.routes(unreadable=unreadable):
        wrong = [route for route in chunk if held.pop(route.e164, "") != encode(route)]
        if wrong:
            switch().publish(wrong)
            differed += len(wrong)
    for e164 in unreadable:
        held.pop(e164, "")
    if held:
        switch().withdraw(list(held))
        publish(queries.on_the_switch(held), by=by, at=at)
    return differed + len(held)


@dataclass(frozen=True, slots=True)
class Standing:
    """How the switch stands: whether it answers, how many routes it holds, how many changes wait for it."""

    answers: bool
    held: int
    waiting: int


def standing() -> Standing:
    """Return how the switch stands; one that does not answer is no error here."""
    waiting = len(queries.unpublished())
    try:
        return Standing(answers=True, held=len(switch().routes()), waiting=waiting)
    except SwitchUnavailable:
        return Standing(answers=False, held=0, waiting=waiting)
