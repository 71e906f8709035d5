"""What a step may ring: SIP addresses and phone numbers, read from what a customer typed."""

from ipaddress import ip_address, ip_network

import phonenumbers
from django.conf import settings

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony.carriers import is_carriers
from ringfence.telephony.numbering import NumberType, place
from ringfence.telephony.sip_addresses import (
    host_of,
    is_destination,
    is_internal,
    is_itself,
    is_loopback,
    is_odd,
)

MAY_BE_FORWARDED_TO = frozenset({NumberType.FIXED, NumberType.MOBILE, NumberType.FIXED_OR_MOBILE})
"""Numbers of which a call costs what calls cost. Whoever earns by being called has one of the others."""


def read_sip_address(text: str) -> str:
    """Return the SIP URI a customer typed, with or without `sip:`. Raises Refusal that says what is wrong."""
    written = text.strip()
    uri = written if written.lower().startswith("sip:") else f"sip:{written}"
    uri = f"sip:{uri[4:]}"
    if written.lower().startswith(("sips:", "tel:", "http:", "https:", "mailto:")):
        raise Refusal(
            "destination.scheme",
            gettext_noop("That is not a SIP address. A SIP address looks like sip:office@pbx.example."),
        )
    if "@" not in uri and "." not in uri:
        raise Refusal(
            "destination.no_host",
            gettext_noop(
                "The address has no server. Write it as name@server, for example office@pbx.example."
            ),
        )
    if not is_destination(uri) or is_odd(uri):
        raise Refusal(
            "destination.unreadable",
            gettext_noop(
                "This SIP address cannot be called. Write it as name@server or name@server:port, without spaces,"
                " passwords or further parameters."
            ),
        )
    _refuse_what_is_not_theirs(uri)
    return uri


def _refuse_what_is_not_theirs(uri: str) -> None:
    """Refuse what leads into the house, back here, or out through a carrier."""
    if is_internal(uri) and not _is_let_in(uri):
        raise Refusal(
            "destination.internal",
            gettext_noop("This address cannot be reached from the internet, so no call can ring there."),
        )
    if is_itself(
        uri, address=str(settings.SIP_ADDRESS), port=settings.SIP_PORT, advertised=settings.SIP_ADVERTISED
    ):
        raise Refusal(
            "destination.itself",
            gettext_noop(
                "This is our own address, so the call would go round in a circle. Give your own server's."
            ),
        )
    if is_carriers(uri):
        raise Refusal(
            "destination.carrier",
            gettext_noop(
                "This server belongs to a carrier of ours, and calls do not go there by its address. Give your own"
                " server's; to ring a phone number, choose to forward to it."
            ),
        )


def _is_let_in(uri: str) -> bool:
    """Whether the operator lets calls into this private network; on a developer's machine, to itself."""
    if is_loopback(uri) and ip_address(str(settings.SIP_ADDRESS)).is_loopback:
        return True
    try:
        host = ip_address(host_of(uri))
    except ValueError:
        return False
    return any(host in ip_network(network) for network in settings.SIP_PRIVATE_DESTINATIONS)


def read_phone_number(text: str, country: str) -> str:
    """Return a phone number to forward to, as E.164; without a country code it is one of `country`.

    Raises Refusal: only fixed and mobile numbers that exist, of a country; never premium, shared-cost, satellite.
    """
    try:
        number = phonenumbers.parse(text.strip(), country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number) or number.extension:
        raise Refusal(
            "forward.unreadable",
            gettext_noop(
                "This is not a phone number. Write it with its country code, such as +44 20 7946 0100."
            ),
        )
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    try:
        placed = place(e164)
    except Refusal as refusal:
        if refusal.code == "number.no_country":
            raise Refusal(
                "forward.no_country",
                gettext_noop(
                    "This number belongs to a satellite or worldwide service, and calls there are not forwarded."
                    " Give a fixed or mobile number."
                ),
            ) from None
        raise Refusal(
            "forward.invalid",
            gettext_noop("There is no such phone number. Check the digits and the country code."),
        ) from None
    if placed.type not in MAY_BE_FORWARDED_TO:
        raise Refusal(
            "forward.kind",
            gettext_noop(
                "Calls are forwarded to fixed and mobile numbers only, not to numbers with prices of their own."
                " Give another number."
            ),
        )
    return e164


def country_of(e164: str) -> str:
    """Return the country of a number that `read_phone_number` has read; empty where it has none now."""
    try:
        return place(e164).country
    except Refusal:
        return ""
