"""Who acts in a demand, and what every action of one needs."""

from typing import Any
from uuid import UUID

from ringfence.kernel.action import about
from ringfence.kernel.actor import Actor, Kind, Role
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.authorities.models import AuthorityDemand, DemandJudgement
from ringfence.privacy.authorities.rules import Judged, Question, Verdict
from ringfence.privacy.authorities.scope import Scope
from ringfence.privacy.guarded import require_action
from ringfence.privacy.ports import key_store
from ringfence.privacy.sealed import Erased


def hand_of(by: Actor) -> bytes:
    """Return the digest by which a member of staff is known again, and nobody is named. Raises Refusal for others."""
    if by.kind is not Kind.STAFF or by.person is None or not by.has(Role.PRIVACY):
        raise Refusal(
            "demand.staff_only", gettext_noop("Demands of authorities are for staff who look after privacy.")
        )
    return key_store().mac("demand-staff", by.person.bytes)


def digest_of(person: UUID, number: UUID | None) -> bytes:
    """Return the digest by which a demand knows a person, or a number of theirs, again."""
    return key_store().mac("demand-about", person.bytes + (number.bytes if number else b""))


def locked(demand: UUID) -> AuthorityDemand:
    """Return a demand, locked. Raises Refusal `demand.unknown`."""
    require_action("a demand")
    found = AuthorityDemand.objects.select_for_update().filter(pk=demand).first()
    if found is None:
        raise Refusal("demand.unknown", gettext_noop("There is no such demand."))
    return found


def note(row: AuthorityDemand, **facts: str | int | bool) -> None:
    """Write into the line of the running action which demand it is about: whom that concerns, no line says."""
    about(demand=row.public_id, **facts)


def judged(row: AuthorityDemand) -> list[Judged]:
    """Return what was judged of a demand, in the order in which it was."""
    rows = DemandJudgement.objects.filter(demand=row).order_by("judged_at", "id")
    return [
        Judged(Question(question), Verdict(verdict), bytes(hand))
        for question, verdict, hand in rows.values_list("question", "verdict", "judged_by")
    ]


def demanded(row: AuthorityDemand) -> Scope:
    """Return what a demand asks for."""
    return Scope(frozenset(row.fields), row.since, row.until)


def granted(row: AuthorityDemand) -> Scope:
    """Return what was granted of a demand."""
    return Scope(frozenset(row.granted_fields), row.granted_since, row.granted_until)


def text_of(value: Any) -> str:
    """Return a sealed text, opened; empty where there is none, or none any more."""
    found = value.open() if hasattr(value, "open") else value
    return "" if found is None or isinstance(found, Erased) else str(found)
