"""The life of a legal hold: asked for by one member of staff, confirmed by another, ended by its date, or by two."""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.holds import HoldView
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import (
    CLASS_NAMES,
    HoldArticle,
    HoldState,
    moved,
    require_reason,
    require_sound_hold,
)

PLACED: Final = "hold-placed"
TOLD_LATER: Final = "hold-told"
"""The letters about a hold: when it takes effect, and after a secret one, when it has ended."""

Tell = Callable[..., bool]
_tellers: list[Tell] = []


def install_teller(tell: Tell) -> None:
    """Enter who writes to the people a hold concerns: `tell(person, number, kind, facts, by=, at=)`.

    It runs inside the action, and says whether it wrote to anybody.
    """
    if tell not in _tellers:
        _tellers.append(tell)


@action("holds.ask")
def ask(  # noqa: PLR0913 - each is a part of a hold
    *,
    classes: Collection[str],
    article: HoldArticle,
    reason: str,
    until: datetime,
    by: Actor,
    at: datetime,
    person: UUID | None = None,
    number: UUID | None = None,
    reference: str = "",
    case: str = "",
    begins_at: datetime | None = None,
    is_secret: bool = False,
) -> LegalHold:
    """Ask for a hold on a person, or on a number; it takes effect when somebody else confirms it. Raises Refusal."""
    _require_one_and_why(person, number, reason)
    begins_at = max(begins_at or at, at)
    require_sound_hold(classes=classes, of_a_number=person is None, begins_at=begins_at, until=until, at=at)
    subject = new_id() if is_secret or person is None else person
    target = {"person": person.hex} if person else {"number": number.hex if number else ""}
    made = LegalHold(
        subject=subject,
        covers=holds.covered_by(person, number),
        of_a_number=person is None,
        target=target,
        classes=sorted(classes),
        article=HoldArticle(article),
        reason=reason.strip(),
        reference=reference.strip() or None,
        case=case,
        is_secret=is_secret,
        state=HoldState.ASKED,
        asked_at=at,
        asked_by=_hand(by),
        begins_at=begins_at,
        until=until,
    )
    made.save(force_insert=True)
    about(made.subject, hold=made.public_id, classes=",".join(made.classes))
    return made


def _require_one_and_why(person: UUID | None, number: UUID | None, reason: str) -> None:
    if (person is None) == (number is None):
        raise Refusal("hold.of_whom", gettext_noop("Say which customer, or which number, the hold is about."))
    require_reason(reason)


@action("holds.confirm")
def confirm(*, hold: UUID, by: Actor, at: datetime) -> None:
    """Put a hold into effect, as a second person. Raises Refusal for the first one, and for a hold that is over."""
    found = LegalHold.objects.select_for_update().get(pk=hold)
    state = moved(found.state, HoldState.ACTIVE)
    hand = _hand(by)
    if bytes(found.asked_by) == hand:
        raise Refusal(
            "hold.same_hand", gettext_noop("You asked for this hold. Somebody else has to confirm it.")
        )
    if found.until <= at:
        raise Refusal("hold.over", gettext_noop("Choose an end that is still to come, after the beginning."))
    found.state, found.confirmed_at, found.confirmed_by = state, at, hand
    if not found.is_secret:
        found.told_at = _tell(found, PLACED, by, at)
    found.save()
    about(found.subject, hold=found.public_id, until=f"{found.until:%Y-%m-%d}")


@action("holds.reveal")
def reveal(*, hold: UUID, by: Actor, at: datetime) -> None:
    """Make a secret hold in force an open one, and tell whom it is about, as no law forbids it any more."""
    found = (
        LegalHold.objects.select_for_update().filter(pk=hold, state=HoldState.ACTIVE, is_secret=True).first()
    )
    if found is None:
        nothing_happened()
        return
    found.is_secret = False
    found.told_at = _tell(found, PLACED, by, at)
    found.save()
    about(found.subject, *_person_of(found), hold=found.public_id)


def _person_of(found: LegalHold) -> list[UUID]:
    target: Any = found.target.open()
    person = target.get("person") if isinstance(target, dict) else None
    return [UUID(person)] if person else []


@action("holds.ask_end")
def ask_end(*, hold: UUID, by: Actor, at: datetime) -> None:
    """Ask that a hold in force end before its time; until somebody else agrees it stays. Raises Refusal."""
    found = LegalHold.objects.select_for_update().get(pk=hold)
    _require_ours(found)
    moved(found.state, HoldState.ENDED)
    if found.end_asked_by is not None:
        nothing_happened()
        return
    found.end_asked_at, found.end_asked_by = at, _hand(by)
    found.save()
    about(found.subject, hold=found.public_id)


@action("holds.keep")
def keep(*, hold: UUID, by: Actor, at: datetime) -> None:
    """Say no to the early end of a hold, or take it back: the hold stays until its date. Raises Refusal."""
    found = LegalHold.objects.select_for_update().get(pk=hold)
    _require_ours(found)
    moved(found.state, HoldState.ENDED)
    _hand(by)
    if found.end_asked_by is None:
        nothing_happened()
        return
    found.end_asked_at = found.end_asked_by = None
    found.save()
    about(found.subject, hold=found.public_id)


@action("holds.end")
def end(*, hold: UUID, by: Actor, at: datetime) -> None:
    """End a hold, or say no to one that was asked for: what it kept goes at once, with its key.

    What is in force ends at its date by itself, and before only by somebody else than who asked for that. Raises
    Refusal.
    """
    found = LegalHold.objects.select_for_update().get(pk=hold)
    _require_ours(found)
    was_in_force = found.state == HoldState.ACTIVE
    if was_in_force and at < found.until:
        found.ended_by = _second_hand(found, by)
    found.state = moved(found.state, HoldState.ENDED if was_in_force else HoldState.WITHDRAWN)
    found.ended_at = at
    if was_in_force and found.is_secret:
        found.told_at = _tell(found, TOLD_LATER, by, at)
    found.save()
    of_others = HeldRow.objects.filter(hold=found.pk, subject=found.pk).exists()
    kept = HeldRow.objects.filter(hold=found.pk).delete()[0]
    about(found.subject, hold=found.public_id, kept=kept, state=str(found.state))
    _forget_key(found.subject, by, at, own=_is_hidden(found))
    if of_others:
        _forget_key(found.pk, by, at, own=True)


@action("holds.look_at")
def look_at(*, hold: UUID, by: Actor, at: datetime) -> HoldView:
    """Open a hold for staff, with a line of it; that of an open one is read by the customer. Raises LookupError."""
    found = LegalHold.objects.filter(pk=hold).first()
    if found is None:
        raise LookupError("there is no such hold")
    about(found.subject, hold=found.public_id)
    return holds.opened(found)


def expire(*, by: Actor, at: datetime) -> int:
    """End every hold whose time is over, confirmed or not; return how many."""
    over = LegalHold.objects.filter(ended_at=None, until__lte=at).exclude(article=HoldArticle.RESTRICTED)
    due = list(over.order_by("until", "id").values_list("pk", flat=True))
    for hold in due:
        end(hold=hold, by=by, at=at)
    return len(due)


@action("holds.forget")
def forget_notes(*, by: Actor, at: datetime) -> int:
    """Delete the notes of holds that ended a month ago; return how many."""
    old = list(LegalHold.objects.filter(ended_at__lte=at - holds.NOTE_KEPT))
    LegalHold.objects.filter(pk__in=[one.pk for one in old]).delete()
    for one in old:
        _forget_key(one.subject, by, at, own=_is_hidden(one))
    about(count=len(old))
    if not old:
        nothing_happened()
    return len(old)


def _forget_key(subject: UUID, by: Actor, at: datetime, *, own: bool) -> None:
    """Destroy the key of what was held, unless another hold of the same person still needs it.

    An id of a hold's `own` has no account: what the ledger knows it by goes along.
    """
    if LegalHold.objects.filter(subject=subject, ended_at=None).exists():
        return
    classes = [RetentionClass.HELD] if not own else [RetentionClass.HELD, RetentionClass.ACCOUNT]
    keys.destroy(subject=subject, classes=classes, by=by, at=at)


def _hand(by: Actor) -> bytes:
    if by.kind is not Kind.STAFF or by.person is None:
        raise Refusal(
            "hold.staff_only", gettext_noop("A hold is asked for and confirmed by two members of staff.")
        )
    return holds.of_staff(by.person)


def _require_ours(found: LegalHold) -> None:
    """Raise Refusal for the hold of a restriction, which staff neither end nor keep."""
    if found.article == HoldArticle.RESTRICTED:
        raise Refusal(
            "hold.not_yours", gettext_noop("The customer restricted it, and only they can lift it.")
        )


def _second_hand(found: LegalHold, by: Actor) -> bytes:
    """Return who agrees to an early end. Raises Refusal when nobody asked for it, or only they themselves."""
    hand = _hand(by)
    if found.end_asked_by is None:
        raise Refusal(
            "hold.end_not_asked",
            gettext_noop("Nobody has asked yet that this hold end before its date. Ask first."),
        )
    if bytes(found.end_asked_by) == hand:
        raise Refusal(
            "hold.same_hand_ends",
            gettext_noop("You asked that this hold end. Somebody else has to agree to it."),
        )
    return hand


def _is_hidden(found: LegalHold) -> bool:
    """Tell whether a hold goes by an id of its own: a line of the ledger names that, and leads to nobody."""
    is_apart = bytes(found.covers) != holds.covered_by(found.subject, None)
    return found.is_secret or found.of_a_number or is_apart


def _tell(found: LegalHold, kind: str, by: Actor, at: datetime) -> datetime | None:
    """Have the people it concerns written to; return the moment when anybody was."""
    target: Any = found.target.open()
    person, number = target.get("person"), target.get("number")
    facts = {
        "hold": found.public_id,
        "article": found.article,
        "classes": [CLASS_NAMES[name] for name in found.classes],
        "begins": found.begins_at.isoformat(),
        "until": found.until.isoformat(),
    }
    told = [
        tell(UUID(person) if person else None, UUID(number) if number else None, kind, facts, by=by, at=at)
        for tell in _tellers
    ]
    return at if any(told) else None
