"""Handing over, and telling whom it was about: at once, or on the day a law lets us (clauses 2.5, 3.3)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import hands, making, scope
from ringfence.privacy.authorities.models import AuthorityDemand, DemandTarget
from ringfence.privacy.authorities.rules import (
    MOST_FETCHES,
    DemandEvent,
    DemandState,
    move_demand,
    require_quiet,
)
from ringfence.privacy.disclosure import quiet
from ringfence.privacy.disclosure.entering import entered
from ringfence.privacy.keys.queries import erased
from ringfence.privacy.requests.ports import Said, people

RECIPIENT: Final = "authorities"
CLAUSE: Final = "3.3"
BASIS: Final = "GDPR art. 6(1)(c)"
LETTER: Final = "authority-told"


@action("authorities.hand_over")
def hand_over(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Let staff take a package out to its authority. Before its first byte the exit is entered, and people are told.

    A silence that a law demands keeps it from them until its day. Raises Refusal.
    """
    hands.hand_of(by)
    row = hands.locked(demand)
    making.require_fetchable(row, MOST_FETCHES, at)
    row.fetches += 1
    if row.state == DemandState.READY:
        row.state, row.handed_over_at = move_demand(row.state, DemandEvent.HAND_OVER), at
        whose = _whose(row)
        row.people = len(whose)
        entered(
            recipient=RECIPIENT,
            name=hands.text_of(row.authority),
            clause=CLAUSE,
            basis=BASIS,
            fields=row.granted_fields,
            subjects=whose,
            case=row.public_id,
            quiet_until=row.quiet_until,
        )
        if row.quiet_until is None:
            _write(row, by, at)
    row.save()
    hands.note(row, fetch=row.fetches)


def _whose(row: AuthorityDemand) -> list[UUID]:
    """Return whose data is handed over; of whom nothing can be read any more, nothing is."""
    targets = making.targets_of(row, granted_only=True)
    gone = erased([target.person for _key, target in targets])
    DemandTarget.objects.filter(pk__in=[key.pk for key, one in targets if one.person in gone]).update(
        has_left=True
    )
    return list(dict.fromkeys(one.person for _key, one in targets if one.person not in gone))


@action("authorities.tell")
def tell(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Tell the people of a demand what was handed over, as no law forbids it any more; once, whatever is repeated."""
    row = AuthorityDemand.objects.select_for_update().filter(untold(at), pk=demand).first()
    if row is None:
        nothing_happened()
        return
    _tell(row, by, at)


@action("authorities.tell")
def tell_now(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Tell the people of a demand before its day, as no law forbids it any more. Raises Refusal."""
    row = _quiet(demand, by)
    row.quiet_until = at.date()
    _tell(row, by, at)


@action("authorities.keep_quiet")
def keep_quiet(*, demand: UUID, until: date, because: str, by: Actor, at: datetime) -> None:
    """Have the people of a demand told on another day, as a law or an order forbids it until then. Raises Refusal."""
    row = _quiet(demand, by)
    row.quiet_because, row.quiet_until = require_quiet(until, because, at), until
    row.save()
    quiet.keep_quiet(row.public_id, until)
    hands.note(row, until=str(until))


def _quiet(demand: UUID, by: Actor) -> AuthorityDemand:
    """Return a demand, locked, whose people may not be told yet of what was handed over. Raises Refusal."""
    hands.hand_of(by)
    row = hands.locked(demand)
    if row.handed_over_at is None or row.told_at is not None:
        raise Refusal("demand.not_quiet", gettext_noop("There is no silence to review in this case."))
    return row


def _tell(row: AuthorityDemand, by: Actor, at: datetime) -> None:
    whose = quiet.lift(row.public_id)
    _write(row, by, at)
    row.save()
    about(*whose, demand=row.public_id)


def untold(at: datetime) -> Q:
    """Return the condition on demands that something was handed over of which its people are to be told by now."""
    is_over = Q(quiet_until=None) | Q(quiet_until__lte=at.date())
    return Q(handed_over_at__isnull=False, told_at=None) & is_over


def _write(row: AuthorityDemand, by: Actor, at: datetime) -> None:
    """Queue a letter to everybody whose data it was; whoever has no account any more cannot be told."""
    facts: dict[str, Said] = {
        "demand": row.public_id,
        "sort": row.sort,
        "authority": hands.text_of(row.authority),
        "handed_over": row.handed_over_at.isoformat() if row.handed_over_at else "",
        "was_quiet": row.quiet_until is not None,
        "kinds": [title for title, _fields in scope.labels(row.granted_fields)],
    }
    letters: dict[UUID, bool] = {}
    for key, target in making.targets_of(row, granted_only=True):
        if key.has_left:
            continue
        if target.person not in letters:
            letter = people().write(person=target.person, kind=LETTER, facts=facts, by=by, at=at)
            letters[target.person] = letter is not None
        is_told = letters[target.person]
        DemandTarget.objects.filter(pk=key.pk).update(told_at=at if is_told else None, has_left=not is_told)
    row.told_at = at
