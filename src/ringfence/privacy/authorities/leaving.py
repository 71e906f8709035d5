"""Somebody a demand concerns deletes their account: the package goes with them; what was preserved stays nameable."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import hands, making
from ringfence.privacy.authorities.models import AuthorityDemand
from ringfence.privacy.authorities.rules import DemandEvent, DemandState, move_demand
from ringfence.privacy.authorities.scope import Target
from ringfence.privacy.keys.queries import erased

PACKED = (DemandState.READY, DemandState.HANDED_OVER)


def require_nobody_left(row: AuthorityDemand) -> None:
    """Raise Refusal for a package in which somebody is who was erased since it was made."""
    if is_stale(row):
        raise Refusal(
            "demand.somebody_left",
            gettext_noop(
                "Somebody in this package has deleted their account. It is made anew without them; try again soon."
            ),
        )


def is_stale(row: AuthorityDemand) -> bool:
    """Tell whether somebody was erased whose data, as it stood in its place, is in the package of a demand."""
    there = [one.person for key, one in making.targets_of(row, granted_only=True) if not key.has_left]
    return bool(erased(there))


def stale() -> list[UUID]:
    """Return the demands whose package has somebody in it who was erased since it was made."""
    rows = AuthorityDemand.objects.filter(state__in=PACKED).order_by("id")
    return [row.pk for row in rows if is_stale(row)]


@action("authorities.drop_package")
def drop(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Delete a package in which somebody is who leaves. One that nobody fetched is made anew, without them."""
    row = AuthorityDemand.objects.select_for_update().filter(pk=demand, state__in=PACKED).first()
    if row is None:
        nothing_happened()
        return
    making.let_go(row)
    row.state = move_demand(row.state, DemandEvent.RUN_OUT)
    is_over = row.state == DemandState.CLOSED
    row.closed_at, row.making_since = (at, None) if is_over else (None, at)
    row.ready_at = row.gone_at = None
    row.save()
    hands.note(row, state=str(row.state))


def release(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Delete the packages that name a person who is being erased; return how many.

    A sweep has them made anew once the keys are gone.
    """
    count = 0
    for row in AuthorityDemand.objects.filter(state__in=PACKED).order_by("id"):
        if any(one.person == subject for _key, one in making.targets_of(row, granted_only=True)):
            drop(demand=row.pk, by=by, at=at)
            count += 1
    return count


def concerned(people: Collection[UUID]) -> Collection[UUID]:
    """Return in whose erasure packages have to be looked at: in nobody's as long as there are none."""
    return people if AuthorityDemand.objects.filter(state__in=PACKED).exists() else ()


def named_before(case: str, line: str, number: UUID | None) -> list[Target]:
    """Return who was erased since an earlier case found them for a line of a demand; only there they can be found."""
    try:
        key = parse(case.strip(), "dmd")
    except NotAPublicId:
        return []
    row = AuthorityDemand.objects.filter(pk=key).first()
    found = [] if row is None else [one for _key, one in making.targets_of(row, granted_only=True)]
    meant = [one for one in found if _is_meant(one, line, number)]
    gone = erased([one.person for one in meant])
    return [one for one in meant if one.person in gone]


def _is_meant(target: Target, line: str, number: UUID | None) -> bool:
    if number is not None:
        return target.number == number
    return target.number is None and target.named.strip().casefold() == line.strip().casefold()
