"""Whatever a customer may change of their own: the new value is everywhere, and the old one nowhere (clause 4.1).

A sealed field of any room that is the customer's own joins by itself: until it is said here how it is changed, or why
not, the test fails.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import connections
from pytest_django import DjangoCaptureOnCommitCallbacks

from ringfence.accounts import actions
from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.rules import LinkKind
from ringfence.kernel.actor import Actor
from ringfence.privacy import register
from ringfence.privacy.inventory import Category, DeclaredField, RetentionClass, Source, personal_fields
from ringfence.privacy.keys import keyring
from ringfence.privacy.sealed import SealedField
from ringfence.telephony.actions import message_forwarding, phones, route_settings, routes
from ringfence.telephony.models import Phone
from ringfence.telephony.opening_hours import Hours, SpecialDays
from tests import world
from tests.accounts.builders import customer, now
from tests.promises.test_canary import Canary, _tables_showing

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"]),
    pytest.mark.promise("4.1"),
]
OWN: Final = frozenset({Category.IDENTITY, Category.CONTACT, Category.CHOICE, Category.DEVICE})
NOT_CHANGED: Final = {
    "accounts.AddressChange.email": "the change itself, which goes when it is done",
    "accounts.Caller.email": "somebody at the door who has no account yet; they begin again",
    "telephony.NumberRouting.before": "how it stood before the last change, which the customer may undo",
}
"""Fields that are the customer's own and have no change of their own, and why."""


@dataclass
class Someone:
    """A customer with something in every field of their own, and a way to change it."""

    person: UUID
    number: UUID
    phone: UUID

    @property
    def by(self) -> Actor:
        """They themselves."""
        return Actor.customer(self.person)

    def profile(self, **given: Any) -> None:
        """Change details."""
        actions.set_profile(person=self.person, **given, by=self.by, at=now())

    def email(self, value: str) -> None:
        """Change the address as a customer does: by the links in the letters to both."""
        actions.ask_address_change(person=self.person, address=value, by=self.by, at=now())
        change = register_row("accounts.AddressChange", self.person)
        actions.answer_address_change(change=change.pk, by=self.by, at=now())
        for kind, side in (
            ("address-change-from", LinkKind.CHANGE_FROM),
            ("address-change-to", LinkKind.CHANGE_TO),
        ):
            letter = OutgoingLetter.objects.get(subject=self.person, kind=kind)
            token = letter.facts.open()["token"]
            actions.confirm_address_change(kind=side, token=token, by=Actor.stranger(), at=now())

    def hours(self, value: str) -> None:
        """Set opening hours with a day that has a name."""
        day = now().date() + timedelta(days=3)
        hours = Hours("Europe/Oslo", special=(SpecialDays(day, day, name=value),))
        route_settings.set_hours(number=self.number, hours=hours, by=self.by, at=now())

    def rings(self, value: str) -> None:
        """Let the number ring somewhere."""
        routes.set_destination(number=self.number, sip_uri=value, undoable=False, by=self.by, at=now())

    def forward(self, value: str) -> None:
        """Have messages sent on to an address."""
        message_forwarding.set_webhook(number=self.number, url=value, by=self.by, at=now())

    def rename(self, value: str) -> None:
        """Give the phone another name."""
        phones.rename(phone=self.phone, name=value, by=self.by, at=now())

    def send_letters(self) -> None:
        """Let every letter go out."""
        for letter in OutgoingLetter.objects.filter(subject=self.person):
            actions.letter_sent(letter=letter.pk, by=world.SYSTEM, at=now())


Change = Callable[[Someone, Any], None]
CHANGES: Final[dict[str, tuple[Change, Any, Any]]] = {
    "accounts.Person.email": (Someone.email, "before@example.com", "after@example.com"),
    "accounts.Person.name": (lambda one, value: one.profile(name=value), "Customer Before", "Customer After"),
    "accounts.Person.phone": (lambda one, value: one.profile(phone=value), "+442079460111", "+442079460222"),
    "accounts.Person.address": (
        lambda one, value: one.profile(address=value),
        "Before Road 1",
        "After Road 2",
    ),
    "accounts.Person.company": (lambda one, value: one.profile(company=value), "Before Ltd", "After Ltd"),
    "accounts.Person.vat_number": (
        lambda one, value: one.profile(vat_number=value),
        "GB000000111",
        "GB000000222",
    ),
    "accounts.Person.country": (lambda one, value: one.profile(country=value), "GB", "NO"),
    "accounts.Person.consumer": (lambda one, value: one.profile(consumer=value), True, False),
    "accounts.Person.time_zone": (
        lambda one, value: one.profile(time_zone=value),
        "Europe/London",
        "Europe/Oslo",
    ),
    "telephony.MessageForwarding.url": (
        Someone.forward,
        "https://before.example.com/in",
        "https://after.example.com/in",
    ),
    "telephony.NumberRouting.hours": (Someone.hours, "the party before", "the party after"),
    "telephony.RouteStep.target": (Someone.rings, "sip:before@pbx.example.com", "sip:after@pbx.example.com"),
    "telephony.Phone.name": (Someone.rename, "phone before", "phone after"),
}
"""How each field is changed, what it holds before, and what after."""


def own_fields() -> list[DeclaredField]:
    """Return every sealed field that is the customer's own: given by them, for as long as the account lasts."""
    return [
        field
        for field in personal_fields()
        if isinstance(field.model._meta.get_field(field.name), SealedField)
        and field.declaration.category in OWN
        and field.declaration.retention is RetentionClass.ACCOUNT
        and field.declaration.source is not Source.THIRD_PARTY
    ]


def register_row(label: str, person: UUID) -> Any:
    model = next(m for holder in register.holders() for m in holder.models if m._meta.label == label)
    return register.rows_of(model, person).get()


@pytest.fixture
def someone() -> Someone:
    person = customer(email="before@example.com")
    number = world.number_of(person, now())
    phones.add(subject=person, name="phone before", by=Actor.customer(person), at=now())
    made = Someone(person, number.id, Phone.objects.get(subject=person).pk)
    for label, (change, before, _after) in CHANGES.items():
        if label not in {"accounts.Person.email", "telephony.Phone.name"}:
            change(made, before)
    actions.queue_letter(kind="password-changed", person=person, by=world.SYSTEM, at=now())
    made.send_letters()
    actions.queue_letter(kind="password-changed", person=person, by=world.SYSTEM, at=now())
    return made


def test_it_is_said_of_every_field_how_it_is_changed() -> None:
    assert {str(field) for field in own_fields()} == CHANGES.keys() | NOT_CHANGED.keys()


@pytest.mark.parametrize("label", CHANGES)
def test_a_change_reaches_everywhere(
    label: str, someone: Someone, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    change, before, after = CHANGES[label]
    assert label in where(someone.person, before)
    with django_capture_on_commit_callbacks(execute=True):
        change(someone, after)
    someone.send_letters()
    keyring.forget()
    assert label in where(someone.person, after)
    assert where(someone.person, before) - NOT_CHANGED.keys() == set()
    if isinstance(before, str) and len(before) > len("GB"):
        nothing_shows(before)


def where(person: UUID, value: Any) -> set[str]:
    """Return the sealed fields of a person in which a value stands."""
    found = set()
    for holder in register.holders():
        for model in holder.models:
            for record in register.records_of(model, person):
                for name, said in record.items():
                    label = f"{model._meta.label}.{name}"
                    is_same = (
                        said == value if isinstance(value, bool) or len(value) == 2 else value in str(said)
                    )
                    if name not in {"kind", "id"} and is_same and _is_sealed(model, name):
                        found.add(label)
    return found


def _is_sealed(model: Any, name: str) -> bool:
    return isinstance(model._meta.get_field(name), SealedField)


class Said(Canary):
    """A search for one value in every form in which it could stand in a table."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.word = word


def nothing_shows(value: str) -> None:
    assert [table for alias in connections for table in _tables_showing(Said(value), alias)] == []
