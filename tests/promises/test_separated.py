"""A receipt says what was removed and what was only separated from the person, truthfully (clause 2.9)."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.db import models
from django.test import Client
from pytest_django import Settings

from ringfence.config import messages
from ringfence.kernel.actor import Actor
from ringfence.privacy import register
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure import queries
from ringfence.privacy.erasure.models import Receipt
from ringfence.privacy.inventory import Personal, declared_fields
from ringfence.privacy.rules import Channel
from ringfence.shop.models import Order
from tests import world
from tests.accounts.builders import customer
from tests.installation import founded
from tests.interfaces import walkers

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("2.9"),
]
SYSTEM = Actor.system("tests")
SAYS_NOTHING = {
    *("state", "placed_at", "gross_minor", "currency", "language", "payment_reference"),
    *("filed_by_staff", "keep_card", "term", "period_minor"),
}
"""Personal while an order is somebody's. The provider's reference is opaque and needed for a refund under way."""


@pytest.fixture(autouse=True, scope="module")
def compiled() -> None:
    messages.compile_changed()


@pytest.fixture
def gone(settings: Settings) -> tuple[UUID, str]:
    """A customer with an order who was deleted, and the word the deletion is followed by."""
    settings.REHEARSAL_SECRET = "a secret that both sides share"
    at = datetime.now(UTC)
    founded(at)
    person = customer(name="Customer One", country="NO", consumer=True, time_zone="Europe/Oslo")
    walkers._paid(person, world.free_number().public_id, at)
    word = str(erasure.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=at))
    watched = queries.watched(word, at)
    assert watched is not None
    erasure.proceed(erasure=watched.id, by=SYSTEM, at=at)
    return person, word


def test_an_order_that_stays_is_not_called_removed(gone: tuple[UUID, str]) -> None:
    body = Receipt.objects.get().body
    assert Order.objects.count() == 1
    assert "shop.orders" not in body["erased"]["records"]
    assert body["separated"]["shop.orders"] == 1
    assert body["erased"]["records"]["accounts.profile"] >= 1
    for language, words in (("en", "What was separated from you"), ("nb", "Hva som ble skilt fra deg")):
        page = Client().get(f"/{language}/receipts/{gone[1]}/").content.decode()
        assert words in page, page


def test_what_is_called_removed_is_gone(gone: tuple[UUID, str]) -> None:
    removed = Receipt.objects.get().body["erased"]["records"]
    for holder in register.holders():
        if holder.name in removed:
            assert not any(register.rows_of(model, gone[0]).exists() for model in holder.models)


def test_nothing_on_the_order_leads_to_the_person(gone: tuple[UUID, str]) -> None:
    row = Order.objects.get()
    left = {name for name, value in _personal(row).items() if value not in {None, ""}}
    assert left <= SAYS_NOTHING | {"provided_at", "window_ends_at", "window_rule"}
    assert str(gone[0]) not in str(Order.objects.values().get())


def _personal(row: models.Model) -> dict[str, Any]:
    fields = declared_fields(type(row))
    return {
        name: getattr(row, register.model_attribute(row, name))
        for name, declared in fields.items()
        if isinstance(declared, Personal)
    }
