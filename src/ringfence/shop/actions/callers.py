"""Who is calling? A code goes to the address on file and is read out, or we call the number on file (clause 6.2).

By a code staff neither see it nor learn whether what was said fits anybody before it is confirmed; a caller who is
somebody else learns nothing at all. The number we call is the account's, never one that the caller names.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from ringfence.accounts.actions import look_at_customer, queue_letter
from ringfence.accounts.queries import find_by_address, is_customer
from ringfence.kernel.action import Fact, about, action, nothing_happened
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import NotAPublicId, new_id, parse, public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import queries as privacy
from ringfence.privacy.guarded import require_action
from ringfence.privacy.ports import key_store
from ringfence.privacy.requests import callers as requests
from ringfence.privacy.rules import RequestKind
from ringfence.shop.caller_rules import CODE_HOLDS, CONFIRMED_FOR, KEPT, MOST_CODES, MOST_TRIES, Way
from ringfence.shop.models import CallerCheck, Order
from ringfence.shop.rules import OrderState
from ringfence.telephony.lookups import whole_number

HAS_THE_NUMBER = (OrderState.ACTIVE, OrderState.PAID, OrderState.CHOOSING)


def over() -> Refusal:
    """Return the refusal for a check that is used up, too old, or somebody else's."""
    return Refusal("caller.over", gettext_noop("This check cannot be used any more. Begin anew."))


def not_confirmed() -> Refusal:
    """Return the refusal for filing something for a caller who has not shown who they are."""
    return Refusal(
        "caller.not_confirmed",
        gettext_noop("Confirm first who is calling: by a code that they read out, or by calling them back."),
    )


def _digest(check: UUID, code: str) -> bytes:
    return key_store().mac("caller-code", f"{check}:{code}".encode())


def _who(wanted: str) -> UUID | None:
    """Return the customer of an order, of a number in service, or of an address; None for nobody, or for several."""
    try:
        rows = Order.objects.filter(pk=parse(wanted.strip(), "ord"))
    except NotAPublicId:
        rows = Order.objects.filter(number__in=whole_number(wanted), state__in=HAS_THE_NUMBER)
    people = set(rows.exclude(subject=None).values_list("subject", flat=True))
    if not people and "@" in wanted:
        people = {find_by_address(wanted)}
    person = people.pop() if len(people) == 1 else None
    if person is None or not is_customer(person) or privacy.being_erased(person):
        return None
    return person


@action("caller.ask")
def ask_caller(*, wanted: str, by: Actor, at: datetime, way: Way = Way.CODE) -> UUID:
    """Begin to check a caller who names an order, a number or an address, and return the check.

    When it is a customer's, a code is sent to them, unless they are to be called back.
    """
    if not by.has(Role.SUPPORT) or by.person is None:
        raise not_confirmed()
    person, check, code = _who(wanted), new_id(), f"{secrets.randbelow(10**6):06d}"
    if person is not None and way is Way.CODE and _has_enough(person, at):
        person = None
    CallerCheck.objects.create(
        pk=check, subject=person, way=way, staff=by.person, digest=_digest(check, code), asked_at=at
    )
    if person is None:
        about(found=False)
        return check
    about(person, way=str(way))
    if way is Way.CODE:
        facts: dict[str, Fact] = {"code": code, "minutes": int(CODE_HOLDS.total_seconds() // 60)}
        queue_letter(kind="caller-code", person=person, facts=facts, by=by, at=at)
    return check


def _has_enough(person: UUID, at: datetime) -> bool:
    sent = CallerCheck.objects.filter(subject=person, way=Way.CODE, filed_at=None)
    return sent.filter(asked_at__gt=at - timedelta(hours=1)).count() >= MOST_CODES


@action("caller.confirm")
def confirm_caller(*, check: UUID, code: str, by: Actor, at: datetime) -> bool:
    """Compare what the caller read out; answer whether it is the code. Raises Refusal `caller.over`.

    A wrong code is counted and says nothing about what was wrong.
    """
    row = _own(check, Way.CODE, by)
    if row.confirmed_at is not None:
        nothing_happened()
        return True
    if row.tries >= MOST_TRIES or at >= row.asked_at + CODE_HOLDS:
        raise over()
    typed = "".join(character for character in code if character.isdecimal())
    is_right = hmac.compare_digest(bytes(row.digest), _digest(row.pk, typed)) and row.subject is not None
    CallerCheck.objects.filter(pk=check).update(tries=row.tries + 1, confirmed_at=at if is_right else None)
    if is_right and row.subject is not None:
        about(row.subject)
    else:
        about(found=False)
    return is_right


@action("caller.show_number")
def number_to_call(*, check: UUID, by: Actor, at: datetime) -> str:
    """Return the phone number on file of whom to call back; empty where there is none. The customer reads of it."""
    row = _own(check, Way.CALLED_BACK, by)
    if row.subject is None or at >= row.asked_at + CODE_HOLDS:
        about(found=False)
        return ""
    about(row.subject)
    return look_at_customer(person=row.subject, what="phone", by=by, at=at).phone


@action("caller.called_back")
def called_back(*, check: UUID, by: Actor, at: datetime) -> None:
    """Say that the number on file was called and the customer answered. Raises Refusal `caller.over`.

    Refused too where the account has no number: there was nothing to call.
    """
    row = _own(check, Way.CALLED_BACK, by)
    if row.confirmed_at is not None:
        nothing_happened()
        return
    if row.subject is None or at >= row.asked_at + CODE_HOLDS:
        raise over()
    if not look_at_customer(person=row.subject, what="phone", by=by, at=at).phone:
        raise not_confirmed()
    CallerCheck.objects.filter(pk=check).update(confirmed_at=at)
    about(row.subject)


def _own(check: UUID, way: Way, by: Actor) -> CallerCheck:
    row = CallerCheck.objects.select_for_update().filter(pk=check, way=way, filed_at=None).first()
    if row is None or row.staff != by.person or not by.has(Role.SUPPORT):
        raise over()
    return row


def shown(*, subject: UUID, staff: UUID, at: datetime) -> str:
    """Return the way by which this member of staff was shown that a customer is calling, or nothing."""
    found = _confirmed(subject, staff, at)
    return found.way if found else ""


def _confirmed(subject: UUID | None, staff: UUID | None, at: datetime) -> CallerCheck | None:
    if subject is None or staff is None:
        return None
    rows = CallerCheck.objects.filter(
        subject=subject, staff=staff, filed_at=None, confirmed_at__gt=at - CONFIRMED_FOR
    )
    return rows.order_by("-confirmed_at", "id").first()


def _note(
    check: CallerCheck, at: datetime, *, order: Order | None = None, request: UUID | None = None
) -> None:
    """Note beside a confirmed check what was filed by it."""
    CallerCheck.objects.create(
        subject=check.subject,
        way=check.way,
        order=order,
        request=request,
        staff=check.staff,
        digest=check.digest,
        tries=check.tries,
        asked_at=check.asked_at,
        confirmed_at=check.confirmed_at,
        filed_at=at,
    )


def use_confirmation(row: Order, by: Actor, at: datetime) -> None:
    """Note by which check an order is cancelled for a caller, in the running action. Raises `caller.not_confirmed`."""
    require_action("a confirmation")
    found = _confirmed(row.subject, by.person, at)
    if found is None:
        raise not_confirmed()
    _note(found, at, order=row)
    row.filed_by_staff = True


@action("caller.file_request")
def file_request(*, check: UUID, kind: RequestKind, asked: str, by: Actor, at: datetime) -> str:
    """File what a confirmed caller asks about their data; return the number of the request. Raises Refusal."""
    row = CallerCheck.objects.filter(pk=check).first()
    found = _confirmed(row.subject, by.person, at) if row else None
    if found is None or found.subject is None:
        raise not_confirmed()
    made = requests.file_for_caller(subject=found.subject, kind=kind, asked=asked, by=by, at=at)
    _note(found, at, request=made.pk)
    number = public_id("req", made.pk)
    about(found.subject, request=number, kind=str(kind))
    return number


@action("caller.sweep")
def sweep_callers(*, by: Actor, at: datetime) -> int:
    """Forget callers for whom nothing was filed; return how many."""
    nothing_happened()
    count, _by_model = CallerCheck.objects.filter(filed_at=None, asked_at__lte=at - KEPT).delete()
    return count


def forget_caller(subject: UUID) -> None:
    """Take a customer out of the checks that remain, in the running action."""
    rows = CallerCheck.objects.filter(subject=subject)
    rows.filter(order=None).delete()
    rows.update(subject=None)
