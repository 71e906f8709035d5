"""The guard against toll fraud on our side: what may be forwarded to at all, by operator and by customer. Pure."""

from collections.abc import Collection
from enum import StrEnum

from django.conf import settings

from ringfence.telephony.carriers import is_carriers
from ringfence.telephony.ports import StepKind
from ringfence.telephony.sip_addresses import is_odd
from ringfence.telephony.targets import country_of


class WhyNot(StrEnum):
    """Why a call is not forwarded to a number."""

    NO_TRUNK = "no_trunk"
    """The operator has no line by which calls leave."""
    COUNTRY_CLOSED = "country_closed"
    """The operator does not let calls be forwarded to that country."""
    COUNTRY_OFF = "country_off"
    """The customer has not allowed that country."""
    CARRIER = "carrier"
    """The address belongs to a carrier of the operator by now, so a call there would pass by all of these."""


def is_possible() -> bool:
    """Whether calls can leave at all: only where the operator has set a trunk for them."""
    return bool(settings.SIP_OUTBOUND)


def countries_to_choose() -> tuple[str, ...]:
    """Return the countries that a customer may allow, as the operator has set them."""
    return tuple(settings.FORWARD_COUNTRIES)


def why_not(e164: str, allowed: Collection[str]) -> WhyNot | None:
    """Return why a number is not forwarded to, given the countries its customer has allowed; None when it is."""
    if not is_possible():
        return WhyNot.NO_TRUNK
    country = country_of(e164)
    if country not in countries_to_choose():
        return WhyNot.COUNTRY_CLOSED
    return None if country in allowed else WhyNot.COUNTRY_OFF


def why_not_rung(kind: StepKind, target: str, allowed: Collection[str]) -> WhyNot | None:
    """Return why a step is passed over, by the settings of now; None when it is not. `allowed` as for `why_not`."""
    if kind is StepKind.FORWARD:
        return why_not(target, allowed)
    return WhyNot.CARRIER if kind is StepKind.SIP and (is_odd(target) or is_carriers(target)) else None
