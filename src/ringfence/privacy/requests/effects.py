"""What a restriction and an objection do, from the moment they are approved until the person lifts them.

A restriction (GDPR art. 18) closes the person's data to our staff, but for what the person asks for themselves, papers
they sent, abuse of a number, and duties by law: the unit of work of every action refuses the rest. Nothing goes by
itself while it is in force: what reaches its end is set aside (`retention.restricted`). An objection (art. 21) ends
what we do on the ground of our own interest; rooms enter what that means for them, such as noting where somebody signs
in from.

Whoever has either in force is not counted in statistics (`statistics.counting`). Nothing else that is stored is used
for improving quality, and no letter is written that the service does not need. Whoever declares the first such field
enters here what stops it.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from ringfence.kernel.action import Line, about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests.effect_models import StoppedUse
from ringfence.privacy.rules import WHILE_RESTRICTED, RequestKind


class OnStop(Protocol):
    """What a room does once a use is stopped, or allowed again; runs in an action and may be repeated."""

    def __call__(self, *, subject: UUID, by: Actor, at: datetime) -> object:
        """Do it."""


_on_stop: dict[tuple[str, RequestKind], OnStop] = {}
_on_lift: dict[tuple[str, RequestKind], OnStop] = {}


def on_stop(name: str, kind: RequestKind, act: OnStop) -> None:
    """Enter what a room does, such as letting go of something, when a person restricts or objects."""
    _on_stop[name, kind] = act


def on_lift(name: str, kind: RequestKind, act: OnStop) -> None:
    """Enter what a room does when a person lifts it."""
    _on_lift[name, kind] = act


def _do(entered: Mapping[tuple[str, RequestKind], OnStop], what: RequestKind, **of: Any) -> None:
    for (_name, kind), act in sorted(entered.items()):
        if kind is what:
            act(**of)


def is_stopped(subject: UUID, kind: RequestKind) -> bool:
    """Tell whether a person's restriction or objection is in force."""
    return StoppedUse.objects.filter(subject=subject, kind=kind, lifted_at=None).exists()


def who_stopped(people: Collection[UUID], kinds: Collection[RequestKind]) -> set[UUID]:
    """Return those of some people of whom a stop of one of these kinds is in force."""
    found = StoppedUse.objects.filter(subject__in=people, kind__in=kinds, lifted_at=None)
    return set(found.values_list("subject", flat=True))


def stopped_uses(subject: UUID) -> dict[str, datetime]:
    """Return what a person has stopped, each with the moment since when."""
    return dict(StoppedUse.objects.filter(subject=subject, lifted_at=None).values_list("kind", "since"))


def begin(*, request: UUID, subject: UUID, by: Actor, at: datetime) -> str:
    """Carry out an approved restriction or objection, which takes effect at once."""
    found = requests.locked(request)
    stop(subject=subject, kind=RequestKind(found.kind), by=by, at=at)
    requests.carry_out(request=request, by=by, at=at)
    requests.close(request=request, by=by, at=at)
    return ""


@action("privacy.stop_use")
def stop(*, subject: UUID, kind: RequestKind, by: Actor, at: datetime) -> None:
    """Stop a use of somebody's data; a repeat changes nothing."""
    _row, made = StoppedUse.objects.get_or_create(
        subject=subject, kind=kind, lifted_at=None, defaults={"since": at}
    )
    if not made:
        nothing_happened()
        return
    _do(_on_stop, kind, subject=subject, by=by, at=at)
    about(subject, kind=str(kind))


@action("privacy.lift_use")
def lift(*, subject: UUID, kind: RequestKind, by: Actor, at: datetime) -> None:
    """Lift a restriction or an objection. Only the person can. Raises Refusal."""
    if by.kind is not Kind.CUSTOMER or by.person != subject:
        raise Refusal("request_not_yours", gettext_noop("Only the person who asked can take a request back."))
    row = StoppedUse.objects.select_for_update().filter(subject=subject, kind=kind, lifted_at=None).first()
    if row is None:
        nothing_happened()
        return
    row.lifted_at = max(at, row.since)
    row.save(update_fields=["lifted_at"])
    _do(_on_lift, kind, subject=subject, by=by, at=at)
    about(subject, kind=str(kind))


def require_open_to_staff(line: Line) -> None:
    """Raise Refusal when staff did or saw something about somebody who restricted it, for a purpose of our own."""
    if line.by.kind is not Kind.STAFF or line.by.purpose in WHILE_RESTRICTED:
        return
    others = [subject for subject in line.subjects if subject != line.by.person]
    restricted = StoppedUse.objects.filter(subject__in=others, kind=RequestKind.RESTRICT, lifted_at=None)
    if others and restricted.exists():
        raise Refusal(
            "restricted",
            gettext_noop(
                "This customer has restricted the use of their data. It is open only for what they ask for themselves,"
                " for documents they sent, for a report of abuse, and for a duty by law."
            ),
        )
