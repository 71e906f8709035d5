"""Where a number rings, and telling the switch."""

from datetime import datetime
from uuid import UUID

from django.db.models import F

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.telephony.models import Number, RouteStep
from ringfence.telephony.rules import RING_SECONDS, NumberState
from ringfence.telephony.targets import read_sip_address


def route_changed(*, number: UUID) -> None:
    """Count the number's route up and have it published after the commit."""
    from ringfence.telephony import tasks

    require_action("a route")
    Number.objects.filter(pk=number).update(route_version=F("route_version") + 1)
    tasks.publish_route.defer(number=str(number))


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


@action("route.published")
def published(*, number: UUID, version: int, by: Actor, at: datetime) -> None:
    """Take note that the switch has a version of a number's route. Leaves no ledger line: nothing was decided."""
    nothing_happened()
    Number.objects.filter(pk=number, published_version__lt=version).update(published_version=version)
