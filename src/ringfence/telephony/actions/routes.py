"""Where a number rings, and telling the switch."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import F

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.telephony.actions.nodes import note_changes
from ringfence.telephony.models import Number, RouteStep
from ringfence.telephony.node_models import Changed
from ringfence.telephony.rules import RING_SECONDS, NumberState
from ringfence.telephony.targets import read_sip_address


def route_changed(*, number: UUID) -> None:
    """Count the number's route up and have every node of the edge told after the commit."""
    routes_changed(numbers=[number])


def routes_changed(*, numbers: Collection[UUID]) -> None:
    """Do for many numbers at once what `route_changed` does for one."""
    require_action("a route")
    Number.objects.filter(pk__in=numbers).update(route_version=F("route_version") + 1)
    note_changes(Changed.NUMBER, [str(number) for number in numbers])


def _mine(number: UUID, by: Actor) -> tuple[Number, UUID]:
    """Return the number, locked, and its holder, who must be the one who asks."""
    row = Number.objects.select_for_update().filter(pk=number).first()
    if row is None or row.holder is None or row.holder != by.person:
        raise Refusal("number.not_yours", gettext_noop("This number is not yours, or not any more."))
    if row.state != NumberState.IN_SERVICE:
        raise Refusal(
            "number.not_in_service",
            gettext_noop("This number is not in service, so where it rings cannot be changed now."),
        )
    return row, row.holder


@action("route.set_destination")
def set_destination(*, number: UUID, sip_uri: str, by: Actor, at: datetime) -> None:
    """Let a customer's number ring at a SIP address. Raises Refusal with what is wrong with it."""
    row, holder = _mine(number, by)
    uri = read_sip_address(sip_uri)
    RouteStep.objects.filter(number=row).delete()
    RouteStep.objects.create(
        number=row,
        subject=holder,
        kind="sip",
        target=uri,
        ring_seconds=RING_SECONDS,
        effective_at=at,
        changed_at=at,
    )
    route_changed(number=row.pk)
    about(holder, number=row.public_id)


@action("route.clear_destination")
def clear_destination(*, number: UUID, by: Actor, at: datetime) -> None:
    """Let a customer's number ring nowhere."""
    row, holder = _mine(number, by)
    removed, _by_model = RouteStep.objects.filter(number=row).delete()
    if not removed:
        nothing_happened()
        return
    route_changed(number=row.pk)
    about(holder, number=row.public_id)
