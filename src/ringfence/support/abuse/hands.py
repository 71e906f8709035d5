"""Who acts in a case, and what every action of one needs."""

from typing import Any
from uuid import UUID

from ringfence.accounts.queries import is_customer
from ringfence.kernel.action import about
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.privacy.ports import key_store
from ringfence.support.abuse_models import AbuseCase


def hand_of(by: Actor) -> bytes:
    """Return the digest by which a member of staff is known again, and nobody is named. Raises Refusal for others."""
    if by.kind is not Kind.STAFF or by.person is None:
        raise Refusal("abuse.staff_only", gettext_noop("Cases are decided by members of staff."))
    return key_store().mac("abuse-staff", by.person.bytes)


def locked(case: UUID) -> AbuseCase:
    """Return a case, locked. Raises Refusal `abuse.unknown`."""
    require_action("a case")
    found = AbuseCase.objects.select_for_update().filter(pk=case).first()
    if found is None:
        raise unknown()
    return found


def unknown() -> Refusal:
    """Return what is said of a case that is not there, or not theirs."""
    return Refusal("abuse.unknown", gettext_noop("There is no such case."))


def note(row: AbuseCase, **facts: str | int | bool) -> None:
    """Write into the line of the running action which case it is about, and which customer, where there is one."""
    about(*([row.subject] if is_customer(row.subject) else []), case=row.public_id, **facts)


def text_of(value: Any) -> str:
    """Return a sealed text, opened; a plain one, as it is in a row that is not saved yet, as it is."""
    found = value.open() if hasattr(value, "open") else value
    return str(found) if found else ""
