"""Kill -9 before every commit of a deletion: it goes on where it was, and ends right (clause 2.9).

What is true after one commit is true until the next: dying before each is dying everywhere.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pytest_django import Settings

from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.privacy.disclosure.entering import entered
from ringfence.privacy.disclosure.onward_models import PassedOn
from ringfence.privacy.disclosure.rules import Cause
from ringfence.privacy.erasure import actions, receipts, search
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.keys import keyring
from ringfence.privacy.rules import Channel, ErasureStep
from tests.accounts.builders import customer
from tests.mortals import Mortals

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.9"),
    pytest.mark.timeout(180),
]
SYSTEM = Actor.system("tests")


@pytest.fixture
def mortals() -> Iterator[Mortals]:
    made = Mortals("tests.privacy.mortal")
    yield made
    made.end()


@action("tests.hand_over")
def hand_over(*, subjects: list[UUID], by: Actor, at: datetime) -> list[UUID]:
    """Enter that a company of the group got somebody's name."""
    said = {"recipient": "group", "name": "Example AS", "clause": "0.1", "basis": "GDPR art. 6(1)(f)"}
    return entered(**said, fields=["accounts.Person.name"], subjects=subjects)


def asked(number: int) -> tuple[UUID, UUID, str]:
    """Make a customer who asks for their deletion; return person, erasure and address."""
    address, at = f"planted{number}@example.org", datetime.now(UTC)
    person = customer(email=address)
    hand_over(subjects=[person], by=SYSTEM, at=at)
    actions.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=at)
    return person, Erasure.objects.get(subject=person).pk, address


def test_a_deletion_killed_at_every_commit_ends_right(mortals: Mortals, settings: Settings) -> None:
    settings.GROUP_COMPANIES = ("Example AS",)
    steps: set[str] = set()
    people: dict[UUID, tuple[UUID, str]] = {}
    for moment in range(1, 100, 2):
        person, erasure, address = asked(moment)
        people[erasure] = (person, address)
        if not mortals.kill_at(moment, erasure=str(erasure)):
            break
        steps.add(Erasure.objects.get(pk=erasure).step)
    assert steps == set(ErasureStep), "it died at every step, and after the last one"
    told = PassedOn.objects.filter(answered_at=None, cause=Cause.ERASURE)
    assert told.count() == len(people), "whoever got their data is told of every deletion"
    keyring.forget()
    actions.proceed_all(erasures=list(people), by=SYSTEM, at=datetime.now(UTC))
    found = search.search_for({person: search.Wanted([address]) for person, address in people.values()})
    assert not [one.places for one in found.values() if one.places]
    assert set(Erasure.objects.values_list("step", flat=True)) == {ErasureStep.DONE}
    documents = [receipts.document(one) for one in Receipt.objects.all()]
    assert len(documents) == len(people)
    assert all(receipts.faults(one) == [] for one in documents)
