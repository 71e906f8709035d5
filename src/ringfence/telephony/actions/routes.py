"""Telling the switch, and the two plainest ways of saying where a number rings."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.guarded import require_action
from ringfence.telephony.actions.nodes import note_changes
from ringfence.telephony.actions.route_ground import Wanted, check, fill, mine, note_before
from ringfence.telephony.models import Number, RouteStep
from ringfence.telephony.node_models import Changed
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_rules import USUAL_RING
from ringfence.telephony.targets import read_sip_address

__all__ = ["clear_destination", "read_sip_address", "route_changed", "routes_changed", "set_destination"]


def route_changed(*, number: UUID) -> None:
    """Count the number's route up and have every node of the edge told after the commit."""
    routes_changed(numbers=[number])


def routes_changed(*, numbers: Collection[UUID]) -> None:
    """Do for many numbers at once what `route_changed` does for one."""
    require_action("a route")
    Number.objects.filter(pk__in=numbers).update(route_version=F("route_version") + 1)
    note_changes(Changed.NUMBER, [str(number) for number in numbers])


@action("route.set_destination")
def set_destination(*, number: UUID, sip_uri: str, undoable: bool = True, by: Actor, at: datetime) -> None:
    """Let a customer's number ring at a SIP address and nowhere else. Raises Refusal with what is wrong with it.

    What was set up for them, by nobody's wish, is not `undoable`.
    """
    row, holder = mine(number, by)
    checked = check(Wanted(StepKind.SIP, sip_uri, ring_seconds=USUAL_RING), row, holder)
    if undoable:
        note_before(row, holder, at)
    RouteStep.objects.filter(number=row).delete()
    made = RouteStep(number=row, subject=holder)
    fill(made, checked, at)
    made.save(force_insert=True)
    route_changed(number=row.pk)
    about(holder, number=row.public_id)


@action("route.clear_destination")
def clear_destination(*, number: UUID, by: Actor, at: datetime) -> None:
    """Let a customer's number ring nowhere. Its opening hours stay."""
    row, holder = mine(number, by)
    if not RouteStep.objects.filter(number=row).exists():
        nothing_happened()
        return
    note_before(row, holder, at)
    RouteStep.objects.filter(number=row).delete()
    route_changed(number=row.pk)
    about(holder, number=row.public_id)
