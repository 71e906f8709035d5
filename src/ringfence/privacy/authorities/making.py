"""The package of a demand: made in the background, closed to the authority's key before it is stored, kept a week."""

from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import hands, packaging
from ringfence.privacy.authorities.models import AuthorityDemand, DemandPiece, DemandTarget
from ringfence.privacy.authorities.packaging import Order
from ringfence.privacy.authorities.ports import closer
from ringfence.privacy.authorities.registering import store
from ringfence.privacy.authorities.rules import FETCHED_WITHIN, DemandEvent, DemandState, move_demand
from ringfence.privacy.authorities.scope import Target
from ringfence.privacy.keys.queries import erased

TASK: Final = "privacy.make_package"


def put_into_queue(demand: UUID) -> bool:
    """Ask the worker to make a package; tell whether it was not asked already."""
    try:
        with transaction.atomic():
            app.configure_task(TASK, queueing_lock=f"{TASK}:{demand}").defer(demand=str(demand))
    except AlreadyEnqueued:
        return False
    return True


@action("authorities.make_package")
def make(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Make the package of a demand that two have granted; nothing when it is there, or not wanted any more."""
    row = AuthorityDemand.objects.select_for_update().filter(pk=demand).first()
    if row is None or row.state != DemandState.GRANTED or row.making_since is None:
        nothing_happened()
        return
    order = order_of(row)
    made = packaging.make(order, at)
    _note_who_left(row, order)
    let_go(row)
    store(row, DemandPiece.PACKAGE, closer().close(made.content, row.key))
    row.state = move_demand(row.state, DemandEvent.MAKE)
    row.ready_at, row.gone_at, row.making_since, row.fetches = at, at + FETCHED_WITHIN, None, 0
    row.save()
    hands.note(row, records=made.records)


@action("authorities.make_again")
def make_again(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Have a package made once more that nobody fetched in time. Raises Refusal."""
    hands.hand_of(by)
    row = hands.locked(demand)
    move_demand(row.state, DemandEvent.MAKE)
    if row.making_since is not None:
        nothing_happened()
        return
    row.making_since = at
    row.save()
    put_into_queue(row.pk)
    hands.note(row)


def order_of(row: AuthorityDemand) -> Order:
    """Return what the package of a demand is made for; of whoever was erased only what was set aside is in it."""
    targets = [one for _key, one in targets_of(row, granted_only=True)]
    return Order(
        case=row.public_id,
        authority=hands.text_of(row.authority),
        reference=hands.text_of(row.reference),
        legal_basis=hands.text_of(row.legal_basis),
        scope=hands.granted(row),
        targets=targets,
        gone=frozenset(erased([one.person for one in targets])),
        cases=[one for one in (row.public_id, row.follows) if one],
    )


def _note_who_left(row: AuthorityDemand, order: Order) -> None:
    left = [key.pk for key, one in targets_of(row, granted_only=True) if one.person in order.gone]
    DemandTarget.objects.filter(pk__in=left).update(has_left=True)


def targets_of(row: AuthorityDemand, *, granted_only: bool = False) -> list[tuple[DemandTarget, Target]]:
    """Return whom a demand concerns, opened."""
    rows = DemandTarget.objects.filter(demand=row).order_by("id")
    found = []
    for one in rows.filter(is_granted=True) if granted_only else rows:
        who = one.who.open()
        if isinstance(who, dict):
            number = UUID(who["number"]) if who["number"] else None
            found.append((one, Target(UUID(who["person"]), number, str(who["named"]))))
    return found


def let_go(row: AuthorityDemand) -> None:
    """Delete the package of a demand, if there is one."""
    DemandPiece.objects.filter(demand=row, what=DemandPiece.PACKAGE).delete()


@action("authorities.run_out")
def run_out(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Let go of a package whose time is over: the demand is closed, or waits for another one if nobody fetched it."""
    row = AuthorityDemand.objects.select_for_update().filter(pk=demand, gone_at__lte=at).first()
    if row is None or row.state not in {DemandState.READY, DemandState.HANDED_OVER}:
        nothing_happened()
        return
    row.state = move_demand(row.state, DemandEvent.RUN_OUT)
    row.closed_at = at if row.state == DemandState.CLOSED else None
    row.ready_at = row.gone_at = None
    row.save()
    let_go(row)
    hands.note(row, state=str(row.state))


def require_fetchable(row: AuthorityDemand, most: int, at: datetime) -> None:
    """Raise Refusal for a package that is not there, is past its time, or was fetched as often as it may be."""
    if (
        row.state not in {DemandState.READY, DemandState.HANDED_OVER}
        or row.gone_at is None
        or row.gone_at <= at
    ):
        raise Refusal("demand.no_package", gettext_noop("There is no package to be fetched now."))
    if row.fetches >= most:
        raise Refusal("demand.fetched", gettext_noop("This package was fetched as often as it may be."))


def key_of(wanted: str) -> UUID | None:
    """Return the key of a demand by its public id, or None when there is no such demand."""
    try:
        key = parse(wanted, "dmd")
    except NotAPublicId:
        return None
    return key if AuthorityDemand.objects.filter(pk=key).exists() else None
