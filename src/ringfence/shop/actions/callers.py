"""Who is calling? A code goes to the address on file, and the caller reads it out (clause 6.2).

Staff neither see the code nor learn whether an order and an address belong together before it is confirmed; a
caller who is somebody else learns nothing at all.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from ringfence.accounts.actions import queue_letter
from ringfence.accounts.queries import find_by_address
from ringfence.kernel.action import Fact, about, action, nothing_happened
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import NotAPublicId, new_id, parse, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import queries as privacy
from ringfence.privacy.guarded import require_action
from ringfence.privacy.ports import key_store
from ringfence.shop.models import CallerCheck, Order

CODE_HOLDS: Final = timedelta(minutes=15)
"""How long a code may be read out."""

CONFIRMED_FOR: Final = timedelta(minutes=30)
"""How long after that a cancellation may be filed."""

MOST_TRIES: Final = 5
MOST_CODES: Final = 3
"""How many codes an order gets within an hour, so that nobody is flooded with letters."""

KEPT: Final = timedelta(days=1)
"""How long a caller is remembered for whom nothing was filed."""


def over() -> Refusal:
    """Return the refusal for a check that is used up, too old, or somebody else's."""
    return Refusal(
        "caller.over",
        gettext_noop("This code cannot be used any more. Begin anew, and a fresh one is sent."),
    )


def not_confirmed() -> Refusal:
    """Return the refusal for filing something for a caller who has not shown who they are."""
    return Refusal(
        "caller.not_confirmed",
        gettext_noop("Confirm first who is calling: a code is sent to the customer, who reads it out."),
    )


def _digest(check: UUID, code: str) -> bytes:
    return key_store().mac("caller-code", f"{check}:{code}".encode())


def _order_of(order: str, email: str) -> Order | None:
    try:
        row = Order.objects.filter(pk=parse(order, "ord"), subject__isnull=False).first()
    except NotAPublicId:
        return None
    if row is None or row.subject is None or row.subject != find_by_address(email):
        return None
    return None if privacy.being_erased(row.subject) else row


@action("caller.ask")
def ask_caller(*, order: str, email: str, by: Actor, at: datetime) -> UUID:
    """Begin to check a caller, and return the check. When order and address fit, a code is sent to the customer."""
    if not by.has(Role.SUPPORT) or by.person is None:
        raise not_confirmed()
    row = _order_of(order, email)
    if (
        row
        and CallerCheck.objects.filter(order=row, asked_at__gt=at - timedelta(hours=1)).count() >= MOST_CODES
    ):
        row = None
    check, code = new_id(), f"{secrets.randbelow(10**6):06d}"
    CallerCheck.objects.create(pk=check, order=row, staff=by.person, digest=_digest(check, code), asked_at=at)
    if row is None or row.subject is None:
        about(found=False)
        return check
    facts: dict[str, Fact] = {"order": public_id("ord", row.pk), "code": code}
    facts["minutes"] = int(CODE_HOLDS.total_seconds() // 60)
    queue_letter(kind="caller-code", person=row.subject, facts={**facts}, by=by, at=at)
    about(row.subject, order=public_id("ord", row.pk))
    return check


@action("caller.confirm")
def confirm_caller(*, check: UUID, code: str, by: Actor, at: datetime) -> bool:
    """Compare what the caller read out; answer whether it is the code. Raises Refusal `caller.over`.

    A wrong code is counted and says nothing about what was wrong.
    """
    row = CallerCheck.objects.select_for_update(of=("self",)).select_related("order").filter(pk=check).first()
    if row is None or row.staff != by.person or not by.has(Role.SUPPORT):
        raise over()
    if row.confirmed_at is not None:
        nothing_happened()
        return True
    if row.tries >= MOST_TRIES or at >= row.asked_at + CODE_HOLDS:
        raise over()
    typed = "".join(character for character in code if character.isdecimal())
    is_right = hmac.compare_digest(bytes(row.digest), _digest(row.pk, typed)) and row.order is not None
    CallerCheck.objects.filter(pk=check).update(tries=row.tries + 1, confirmed_at=at if is_right else None)
    order = row.order
    if is_right and order is not None and order.subject is not None:
        about(order.subject, order=public_id("ord", order.pk))
    else:
        about(found=False)
    return is_right


def use_confirmation(row: Order, by: Actor, at: datetime) -> None:
    """Use up a caller's confirmation for an order, in the running action. Raises Refusal `caller.not_confirmed`."""
    require_action("a confirmation")
    if by.person is None:
        raise not_confirmed()
    confirmed = CallerCheck.objects.select_for_update().filter(
        order=row, staff=by.person, confirmed_at__gt=at - CONFIRMED_FOR, filed_at=None
    )
    found = confirmed.order_by("-confirmed_at", "id").first()
    if found is None:
        raise not_confirmed()
    CallerCheck.objects.filter(pk=found.pk).update(filed_at=at)
    row.filed_by_staff = True


@action("caller.sweep")
def sweep_callers(*, by: Actor, at: datetime) -> int:
    """Forget callers for whom nothing was filed; return how many."""
    nothing_happened()
    count, _by_model = CallerCheck.objects.filter(filed_at=None, asked_at__lte=at - KEPT).delete()
    return count
