"""The people of this room, as requests about personal data need them (`privacy.requests.ports`)."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.conf import settings

from ringfence.accounts import queries
from ringfence.accounts.actions import forget_places, queue_letter
from ringfence.accounts.actions.letters import withdraw_letters
from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.accounts.models.letters import GIVEN_UP, SENT
from ringfence.accounts.rules import PersonKind, PersonState, normalised, roles_of
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.requests import effects, ports
from ringfence.privacy.requests.ports import Said
from ringfence.privacy.rules import RequestKind

ANSWER_REQUESTS = frozenset({Role.PRIVACY, Role.ADMINISTRATOR})


class PeopleWithAccounts:
    """See the port."""

    def as_compared(self, address: str) -> str:
        """See the port."""
        return normalised(address)

    def customer_at(self, address: str) -> UUID | None:
        """See the port."""
        found = queries.find_by_address(address)
        return found if found is not None and queries.is_customer(found) else None

    def country_of(self, person: UUID) -> str:
        """See the port."""
        profile = queries.profile_of(person)
        return profile.country if profile else ""

    def write(
        self, *, person: UUID, kind: str, facts: Mapping[str, Said], by: Actor, at: datetime
    ) -> UUID | None:
        """See the port."""
        if not Person.objects.filter(pk=person, state=PersonState.ACTIVE).exists():
            return None
        return queue_letter(kind=kind, person=person, facts=facts, by=by, at=at)

    def write_to(
        self, *, address: str, language: str, kind: str, facts: Mapping[str, Said], by: Actor, at: datetime
    ) -> UUID:
        """See the port."""
        return queue_letter(kind=kind, address=address, language=language, facts=facts, by=by, at=at)

    def write_to_staff(self, *, kind: str, facts: Mapping[str, Said], by: Actor, at: datetime) -> int:
        """See the port. When nobody has the role, the address in Contacts gets it."""
        rows = Person.objects.filter(kind=PersonKind.STAFF, state=PersonState.ACTIVE).order_by("pk")
        staff = [row.pk for row in rows if roles_of(row.roles) & ANSWER_REQUESTS]
        for person in staff:
            queue_letter(kind=kind, person=person, facts=facts, by=by, at=at)
        if not staff:
            language = "nb" if settings.SELLER_COUNTRY == "NO" else "en"
            queue_letter(
                kind=kind, address=settings.CONTACT_EMAIL, language=language, facts=facts, by=by, at=at
            )
        return len(staff)

    def sent_at(self, letter: UUID) -> datetime | None:
        """See the port."""
        return OutgoingLetter.objects.filter(pk=letter, state=SENT).values_list("sent_at", flat=True).first()

    def given_up(self, letter: UUID) -> bool:
        """See the port."""
        return not OutgoingLetter.objects.filter(pk=letter).exclude(state=GIVEN_UP).exists()

    def take_back(self, *, letter: UUID, by: Actor, at: datetime) -> bool:
        """See the port."""
        row = OutgoingLetter.objects.select_for_update().filter(pk=letter).first()
        if row is not None and row.state == SENT:
            return False
        withdraw_letters(letters=[letter], by=by, at=at)
        return True


def enter() -> None:
    """Say who knows the people, and what an objection means here."""
    ports.install(PeopleWithAccounts())
    effects.on_stop("accounts.sign_ins", RequestKind.OBJECT, forget_places)
