"""What a copy costs: nothing where the GDPR applies and it is the first; else what the operator set (clause 7.3).

A fee is announced, then accepted by the person, and owed only when the copy was made.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.conf import settings

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Kind
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.privacy.requests.effect_models import CopyFee
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.requests.ports import people
from ringfence.privacy.rules import RequestKind

A_YEAR: Final = timedelta(days=365)
"""Copies within it count as earlier ones: whoever asks once a year never pays."""

_LANDS: Final = """
    AT BE BG CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK
"""
UNDER_GDPR: Final = frozenset(_LANDS.split())
"""Countries in which the GDPR, or the same text as national law, applies."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What the rule looked at, and the fee it gives; None is free."""

    fee: Money | None
    under_gdpr: bool
    earlier_copies: int


@dataclass(frozen=True, slots=True)
class FeeView:
    """A fee as a page shows it."""

    amount: Money
    announced_at: datetime
    accepted_at: datetime | None
    owed_at: datetime | None


def under_gdpr(seller_country: str, country: str) -> bool:
    """Tell whether the GDPR applies: to all customers of a seller established there, and to all who live there.

    Somebody whose country is unknown counts as living there.
    """
    return not country or country in UNDER_GDPR or seller_country in UNDER_GDPR


def decide(seller_country: str, country: str, earlier_copies: int, set_fees: dict[str, Money]) -> Rule:
    """Return the fee for one more copy: none for a first one under the GDPR, else what is set for the country."""
    applies = under_gdpr(seller_country, country)
    free = applies and earlier_copies == 0
    fee = None if free else set_fees.get(country)
    return Rule(fee if fee and fee.minor > 0 else None, applies, earlier_copies)


def rule_for(subject: UUID, at: datetime) -> Rule:
    """Return what a copy would cost a person now."""
    done = SubjectRequest.objects.filter(
        subject=subject, kind=RequestKind.COPY, carried_out_at__gt=at - A_YEAR
    )
    set_fees: dict[str, Money] = settings.COPY_FEES
    country = people().country_of(subject) if set_fees else ""
    return decide(settings.SELLER_COUNTRY, country, done.count(), set_fees)


def fee_of(request: UUID) -> FeeView | None:
    """Return the fee that was announced for a request, or None."""
    row = CopyFee.objects.filter(request=request).first()
    if row is None:
        return None
    return FeeView(Money(row.minor, row.currency), row.announced_at, row.accepted_at, row.owed_at)


@action("privacy.announce_fee")
def announce(*, request: UUID, by: Actor, at: datetime) -> Money | None:
    """Say what a copy will cost, before anything is owed; None when it is free. A repeat says the same."""
    found = SubjectRequest.objects.select_for_update().get(pk=request)
    known = fee_of(request)
    if known or found.subject is None or found.kind != RequestKind.COPY:
        nothing_happened()
        return known.amount if known else None
    rule = rule_for(found.subject, at)
    if rule.fee is None:
        nothing_happened()
        return None
    CopyFee.objects.create(
        request=found,
        subject=found.subject,
        minor=rule.fee.minor,
        currency=rule.fee.currency,
        under_gdpr=rule.under_gdpr,
        earlier_copies=rule.earlier_copies,
        announced_at=at,
    )
    found.waiting_since = at
    found.save(update_fields=["waiting_since"])
    about(found.subject, request=public_id("req", found.pk), minor=rule.fee.minor, currency=rule.fee.currency)
    return rule.fee


@action("privacy.accept_fee")
def accept(*, request: UUID, by: Actor, at: datetime) -> None:
    """Accept an announced fee. Only the person can. Raises Refusal."""
    row = CopyFee.objects.select_for_update().filter(request=request).first()
    if row is None or by.kind is not Kind.CUSTOMER or by.person != row.subject:
        raise Refusal("no_fee", gettext_noop("There is no fee to accept here."))
    if row.accepted_at is not None:
        nothing_happened()
        return
    row.accepted_at = max(at, row.announced_at)
    row.save(update_fields=["accepted_at"])
    SubjectRequest.objects.filter(pk=request).update(waiting_since=None)
    about(row.subject, request=public_id("req", request))


def require_accepted(found: SubjectRequest, *, by: Actor, at: datetime) -> None:
    """Raise Refusal when a copy costs something that the person has not accepted."""
    require_action("a fee")
    if found.subject is None:
        return
    known = fee_of(found.pk)
    if known is None and rule_for(found.subject, at).fee is None:
        return
    if known is None or known.accepted_at is None:
        raise Refusal(
            "fee_not_accepted",
            gettext_noop(
                "A further copy costs a fee. See it under your requests, and accept it there first."
            ),
        )


def owe(found: SubjectRequest, *, by: Actor, at: datetime) -> None:
    """Make an accepted fee owed, now that the copy was made; in the running action."""
    require_action("a fee")
    row = CopyFee.objects.select_for_update().filter(request=found).exclude(accepted_at=None).first()
    if row is not None and row.accepted_at is not None and row.owed_at is None:
        row.owed_at = max(at, row.accepted_at)
        row.save(update_fields=["owed_at"])


def waits_for_a_yes(request: UUID) -> bool:
    """Tell whether a fee was announced for a request and is not accepted yet."""
    return CopyFee.objects.filter(request=request, accepted_at=None).exists()


def is_accepted(request: UUID) -> bool:
    """Tell whether a fee that was announced for a request has been accepted."""
    return CopyFee.objects.filter(request=request).exclude(accepted_at=None).exists()
