"""What the accounts room adds to the promises: tables of what comes from outside, purposes, addresses compared."""

from datetime import datetime
from typing import Final

from ringfence.accounts.models import OutsideIdentity, Person
from ringfence.accounts.rules import ADDRESS_INDEX, PURPOSES, PersonState, normalised
from ringfence.kernel.public_ids import new_id
from ringfence.privacy import outside, reach
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import blind, keyring
from ringfence.privacy.looks import check as looks

SAMPLE: Final = 200
"""People whose address is compared, from a place among the keys that is chosen anew each time."""


def enter() -> None:
    """Enter the table of outside identities, the purposes customers can read, and the index of addresses."""
    outside.enter(OutsideIdentity, "id", "person_id", "issuer", "key", "email", "made_at")
    looks.enter_purposes(PURPOSES)
    reach.compare("accounts.addresses", compare_addresses)


def compare_addresses(_at: datetime) -> reach.Compared:
    """Compare what the index of addresses says with the address in the account, for a sample of people."""
    active = Person.objects.filter(state=PersonState.ACTIVE).only("email", "state").order_by("pk")
    somewhere = new_id()
    rows = list(active.filter(pk__gte=somewhere)[:SAMPLE])
    rows += active.filter(pk__lt=somewhere)[: SAMPLE - len(rows)]
    sample = {row.pk: row for row in rows}
    keyring.prefetch(sample, RetentionClass.ACCOUNT)
    known = {pk: str(row.email.open() or "") for pk, row in sample.items()}
    wanted = {blind.digest(ADDRESS_INDEX, normalised(email)): pk for pk, email in known.items() if email}
    found = blind.owners(ADDRESS_INDEX, wanted)
    return reach.Compared(len(wanted), sum(found.get(digest) != pk for digest, pk in wanted.items()))
