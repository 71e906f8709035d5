"""The published test cards. No other number is taken, and none is ever kept: only the kind of card is.

The numbers begin with 9990. No international card issuer owns that range (ISO/IEC 7812 leaves 9 to national
use), so no real card can be meant, and a scan for card data does not mistake the page for a leak.
"""

from enum import StrEnum
from typing import Final


class Card(StrEnum):
    """What a test card makes happen."""

    SUCCEEDS = "succeeds"
    DECLINED = "declined"
    """Declined on the page; the buyer may try another card."""
    SLOW = "slow"
    """The buyer is sent back at once; the payment is decided some seconds later. A refund takes as long."""
    SLOW_DECLINED = "slow_declined"
    ABANDONED = "abandoned"
    """The buyer goes back to the shop without paying; the page stays open."""
    CHARGED_BACK = "charged_back"
    """Paid, and some seconds later taken back by the buyer's bank."""
    RENEWAL_REFUSED = "renewal_refused"
    """Good with the buyer present; refused when a renewal is charged."""
    RENEWAL_NEEDS_BUYER = "renewal_needs_buyer"
    """Good with the buyer present; for a renewal the bank wants to see the buyer."""
    RENEWAL_CHARGED_BACK = "renewal_charged_back"
    """Good with the buyer present; a renewal goes through and is taken back some seconds later."""


NUMBERS: Final[dict[Card, str]] = {
    Card.SUCCEEDS: "9990 0000 0000 0011",
    Card.DECLINED: "9990 0000 0000 0029",
    Card.SLOW: "9990 0000 0000 0037",
    Card.SLOW_DECLINED: "9990 0000 0000 0045",
    Card.ABANDONED: "9990 0000 0000 0052",
    Card.CHARGED_BACK: "9990 0000 0000 0060",
    Card.RENEWAL_REFUSED: "9990 0000 0000 0078",
    Card.RENEWAL_NEEDS_BUYER: "9990 0000 0000 0086",
    Card.RENEWAL_CHARGED_BACK: "9990 0000 0000 0094",
}
"""Each card's number, as printed on the page."""

_BY_DIGITS: Final = {number.replace(" ", ""): card for card, number in NUMBERS.items()}


def card_of(typed: str) -> Card | None:
    """The test card of this number, spaces and hyphens aside; ``None`` for anything else."""
    return _BY_DIGITS.get("".join(typed.split()).replace("-", ""))
