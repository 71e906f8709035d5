"""What telephony holds about people, how it is handed over, and how it is let go."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.accounts import actions as accounts
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import register
from ringfence.privacy.retention import customers
from ringfence.privacy.retention.actions import install_teller
from ringfence.telephony import call_retention
from ringfence.telephony.actions import numbers, phones
from ringfence.telephony.models import (
    CallRecord,
    ForwardCountry,
    Message,
    MessageDelivery,
    MessageForwarding,
    MissedNotice,
    Number,
    NumberRouting,
    Phone,
    RouteStep,
    Tenure,
)
from ringfence.telephony.rules import NumberState


def let_numbers_rest(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Let every number rest that the person has, and let go of what is held for them; calls get 410 within seconds.

    Whose they were goes along (`go_first`): a record that comes late is nobody's then, and is not stored.
    """
    mine = list(Number.objects.filter(holder=subject).order_by("id").values_list("id", "state"))
    for number, state in mine:
        if state == NumberState.HELD:
            numbers.release(number=number, by=by, at=at)
        else:
            numbers.rest(number=number, by=by, at=at)
    return len(mine)


def who_has_a_number(people: Collection[UUID]) -> set[UUID]:
    """Return those of some people who have a number."""
    have = Number.objects.filter(holder__in=[*people]).values_list("holder", flat=True)
    return {holder for holder in have if holder}


def who_has_a_phone(people: Collection[UUID]) -> set[UUID]:
    """Return those of some people who have a phone."""
    return set(Phone.objects.filter(subject__in=[*people]).values_list("subject", flat=True))


def no_number_is_left(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Numbers are stock: their rows stay, and since the release none names the person any more."""
    return Number.objects.filter(holder=subject).update(holder=None)


def take_phones_away(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Take every phone of the person away, and have the switch forget it, so that none can register any more."""
    return phones.remove_all(subject=subject, by=by, at=at)


def numbers_in_stock(values: Collection[str]) -> set[str]:
    """Return which of some values are numbers of ours: a customer may call from one."""
    return set(Number.objects.filter(e164__in=[*values]).values_list("e164", flat=True))


def tell_holder(
    _person: UUID | None, number: UUID | None, kind: str, facts: Mapping[str, Any], *, by: Actor, at: datetime
) -> bool:
    """Write to whoever has a number that a legal hold is about; say whether anybody has it."""
    holder = Number.objects.filter(pk=number).values_list("holder", flat=True).first() if number else None
    if holder is None or not accounts.can_be_written_to(holder):
        return False
    accounts.queue_letter(kind=kind, person=holder, facts=facts, by=by, at=at)
    return True


customers.enter("telephony.numbers", "holder", lambda: Number.objects.exclude(holder=None))
install_teller(tell_holder)
register.add_values_of_the_house(numbers_in_stock)
register.add_models(
    "telephony.numbers",
    gettext_noop("Your numbers"),
    Number,
    release=let_numbers_rest,
    concerned=who_has_a_number,
    go_first=(Tenure,),
    erase=no_number_is_left,
)
register.add_models(
    "telephony.destinations",
    gettext_noop("Where your numbers ring"),
    RouteStep,
    NumberRouting,
    ForwardCountry,
)
register.add_models(
    "telephony.phones",
    gettext_noop("Your phones"),
    Phone,
    release=take_phones_away,
    concerned=who_has_a_phone,
)
register.add_models("telephony.calls", gettext_noop("Your calls"), CallRecord, Tenure, MissedNotice)
register.add_models("telephony.messages", gettext_noop("Your messages"), Message, MessageDelivery)
register.add_models(
    "telephony.forwarding", gettext_noop("Where your messages are sent on to"), MessageForwarding
)
call_retention.enter()
