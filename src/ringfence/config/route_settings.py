"""The settings of where numbers ring: what may be forwarded to, and how much at once."""

from dataclasses import dataclass

from ringfence.config import parsing
from ringfence.config.declaring import declare


@dataclass(frozen=True, kw_only=True)
class RouteSettings:
    """What an operator says about routes. Part of the one table of settings."""

    forward_countries: tuple[str, ...] = declare(
        "RINGFENCE_FORWARD_COUNTRIES",
        parsing.list_of(parsing.country),
        ("NO", "SE", "DK", "FI", "GB", "DE"),
        "Countries a customer may allow forwarding to, separated by commas; each is off until its customer allows it.",
    )
    forward_cooling_minutes: int = declare(
        "RINGFENCE_FORWARD_COOLING_MINUTES",
        parsing.count(0, 10080),
        60,
        "Minutes a new number to forward to waits before it is rung, while its letter can still undo it.",
    )
    forwards_per_minute: int = declare(
        "RINGFENCE_FORWARDS_PER_MINUTE",
        parsing.count(1, 1_000),
        6,
        "Forwarded calls a customer may start in one minute.",
    )
    forward_minutes_per_day: int = declare(
        "RINGFENCE_FORWARD_MINUTES_PER_DAY",
        parsing.count(1, 16_000),
        240,
        "Minutes of forwarded calls a customer may have in one day.",
    )
    number_calls_at_once: int = declare(
        "RINGFENCE_NUMBER_CALLS_AT_ONCE",
        parsing.count(1, 10_000),
        20,
        "Calls one number may have at once; its customer may set fewer.",
    )
    account_calls_at_once: int = declare(
        "RINGFENCE_ACCOUNT_CALLS_AT_ONCE",
        parsing.count(1, 10_000),
        60,
        "Calls all numbers of one customer may have at once.",
    )
    sip_private_destinations: tuple[str, ...] = declare(
        "RINGFENCE_SIP_PRIVATE_DESTINATIONS",
        parsing.list_of(parsing.ip_network),
        (),
        "Private networks customers' SIP addresses may lie in, separated by commas.",
    )
