"""Handing over, and telling whom it was about: at once, or on the day a law lets us (clauses 2.5, 3.3)."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.db.models import Q

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities import hands, leaving, making, packaging, preserving, scope
from ringfence.privacy.authorities.models import AuthorityDemand, DemandTarget
from ringfence.privacy.authorities.rules import (
    MOST_FETCHES,
    DemandEvent,
    DemandState,
    move_demand,
    require_other_hand,
    require_quiet,
)
from ringfence.privacy.disclosure import quiet
from ringfence.privacy.disclosure.entering import entered
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
    leaving.require_nobody_left(row)
    row.fetches += 1
    if row.state == DemandState.READY:
        row.state, row.handed_over_at = move_demand(row.state, DemandEvent.HAND_OVER), at
        _enter(row, by, at)
    row.save()
    hands.note(row, fetch=row.fetches)


def _enter(row: AuthorityDemand, by: Actor, at: datetime) -> None:
    """Enter the exit, and tell its people unless the day before which that is forbidden is still to come.

    Whoever left while something of theirs was set aside has nowhere to read it: they are counted.
    """
    order = making.order_of(row)
    whose = list(dict.fromkeys(one.person for one in order.targets if one.person not in order.gone))
    left = packaging.whose_is_held(order, at) & order.gone
    quiet_until = row.quiet_until if row.quiet_until and row.quiet_until > at.date() else None
    row.people = len(whose) + len(left)
    entered(
        recipient=RECIPIENT,
        name=hands.text_of(row.authority),
        clause=CLAUSE,
        basis=BASIS,
        fields=row.granted_fields,
        subjects=whose,
        case=row.public_id,
        quiet_until=quiet_until,
    )
    if quiet_until is None:
        _write(row, by, at)


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


@action("authorities.ask_quiet")
def ask_quiet(*, demand: UUID, until: date, because: str, by: Actor, at: datetime) -> None:
    """Ask that the people of a demand be told on another day, as a law or an order forbids it until then.

    Somebody else has to confirm it; until then the day stays. Raises Refusal.
    """
    row = _quiet(demand, by)
    row.quiet_asked_because = require_quiet(until, because, at, row.confirmed_at)
    if row.handed_over_at is None and row.keep_until is not None and until > row.keep_until.date():
        raise Refusal(
            "demand.told_at_the_end",
            gettext_noop("They are told when nothing is preserved any more. Choose an earlier day."),
        )
    row.quiet_asked_until, row.quiet_asked_by = until, hands.hand_of(by)
    row.save()
    hands.note(row, until=str(until))


@action("authorities.keep_quiet")
def keep_quiet(*, demand: UUID, by: Actor, at: datetime) -> None:
    """Confirm, as a second person, that the people of a demand are told on another day. Raises Refusal."""
    row = _quiet(demand, by)
    if row.quiet_asked_until is None or row.quiet_asked_by is None:
        raise Refusal("demand.quiet_not_asked", gettext_noop("Nobody has asked for another day."))
    require_other_hand(hands.hand_of(by), bytes(row.quiet_asked_by))
    because, until = hands.text_of(row.quiet_asked_because), row.quiet_asked_until
    require_quiet(until, because, at, row.confirmed_at)
    row.quiet_because = "\n\n".join(filter(None, (hands.text_of(row.quiet_because), because)))
    row.quiet_until = until
    row.quiet_asked_until = row.quiet_asked_because = row.quiet_asked_by = None
    row.save()
    quiet.keep_quiet(row.public_id, until)
    hands.note(row, until=str(until))


def _quiet(demand: UUID, by: Actor) -> AuthorityDemand:
    """Return a demand, locked, whose people may not be told yet of what came of it. Raises Refusal."""
    hands.hand_of(by)
    row = hands.locked(demand)
    if not is_quiet(row):
        raise Refusal("demand.not_quiet", gettext_noop("There is no silence to review in this case."))
    return row


def is_quiet(row: AuthorityDemand) -> bool:
    """Tell whether the people of a demand may not be told yet of what was handed over, or is preserved."""
    is_kept = row.state == DemandState.PRESERVED and row.quiet_until is not None
    return row.told_at is None and (row.handed_over_at is not None or is_kept)


def quiet_ones() -> Q:
    """Return the condition on demands that their people were not told yet."""
    is_kept = Q(state=DemandState.PRESERVED, quiet_until__isnull=False)
    return Q(told_at=None) & (Q(handed_over_at__isnull=False) | is_kept)


def _tell(row: AuthorityDemand, by: Actor, at: datetime) -> None:
    row.quiet_asked_until = row.quiet_asked_because = row.quiet_asked_by = None
    if row.handed_over_at is None:
        preserving.reveal(row, by, at)
        row.told_at, whose = at, []
    else:
        whose = quiet.lift(row.public_id)
        _write(row, by, at, was_quiet=True)
    row.save()
    about(*whose, demand=row.public_id)


def untold(at: datetime) -> Q:
    """Return the condition on demands that their people are to be told by now what was handed over, or is preserved."""
    return quiet_ones() & (Q(quiet_until=None) | Q(quiet_until__lte=at.date()))


def _write(row: AuthorityDemand, by: Actor, at: datetime, *, was_quiet: bool = False) -> None:
    """Queue a letter to everybody whose data it was; whoever has no account any more cannot be told."""
    facts: dict[str, Said] = {
        "demand": row.public_id,
        "sort": row.sort,
        "authority": hands.text_of(row.authority),
        "handed_over": row.handed_over_at.isoformat() if row.handed_over_at else "",
        "was_quiet": was_quiet,
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
