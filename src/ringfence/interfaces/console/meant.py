"""Whom, or which number, a member of staff means who types it: whole values, since sealed ones cannot be searched."""

from uuid import UUID

from ringfence.accounts import queries as accounts
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.telephony import lookups


def customer(wanted: str) -> UUID | None:
    """Return the customer of a number (cus_…) or an e-mail address; None when there is none."""
    wanted = wanted.strip()
    try:
        person: UUID | None = parse(wanted, "cus")
    except NotAPublicId:
        person = accounts.find_by_address(wanted)
    return person if person is not None and accounts.is_customer(person) else None


def number(wanted: str) -> UUID | None:
    """Return the number that some digits are; None when we have none such, or several."""
    digits = "".join(letter for letter in wanted if letter.isdigit())
    found = [key for _e164, key in lookups.whole(digits)] if digits else []
    return found[0] if len(found) == 1 else None
