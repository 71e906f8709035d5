"""Every way in which personal data goes leaves what a legal hold covers set aside, whatever room it is of (2.8).

A model of any room joins by itself, and so does every field that a hold may name. That nothing goes past the models
unannounced is in `tests/house/test_deleters`.
"""

import base64
import binascii
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import models
from django.db.models.deletion import ProtectedError, RestrictedError

from ringfence.accounts.models import Caller
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.privacy import register, retention
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.inventory import DeclaredField
from ringfence.privacy.keys import keyring
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import CLASSES_OF_A_PERSON
from ringfence.privacy.rules import RequestState
from ringfence.privacy.sealed import RawBytes, SealedBytes, SealedJSON
from tests.privacy.test_holds import placed
from tests.promises.test_canary import Canary
from tests.promises.test_every_field import AT, SYSTEM, models_about_people, plant, sealed_fields

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.8")]
DAY = timedelta(days=1)
LATER = AT + timedelta(hours=1)
"""A moment at which the hold is in force, whichever of two modules was read first."""

Planted = tuple[UUID, Canary, LegalHold]


def kept_fields() -> list[DeclaredField]:
    """Return every sealed field that a hold on a person may keep."""
    return [
        field
        for field in sealed_fields()
        if field.model is not Caller
        and holds.is_kept(field.declaration, CLASSES_OF_A_PERSON)
        and field.name not in _never_handed_out(field.model)
    ]


def _never_handed_out(model: type[models.Model]) -> frozenset[str]:
    found = getattr(model, "withheld", None)
    return found if isinstance(found, frozenset) else frozenset()


@action("tests.make_sound")
def make_sound(*, by: Actor, at: Any) -> None:
    """Have nobody at the door who has an account too, and no request open: neither can be."""
    Caller.objects.all().delete()
    SubjectRequest.objects.update(state=RequestState.CLOSED, closed_at=at)
    about(count=1)


@pytest.fixture
def planted() -> Planted:
    """A row of every model about one person, and a secret hold on everything that one may cover."""
    person, canary = uuid4(), Canary()
    plant(canary=canary, person=person, by=SYSTEM, at=AT)
    make_sound(by=SYSTEM, at=AT)
    keyring.forget()
    hold = placed(person, classes=list(CLASSES_OF_A_PERSON), until=AT + 360 * DAY, is_secret=True)
    return person, canary, hold


def kept(hold: LegalHold) -> dict[str, set[str]]:
    """Return what a hold keeps, opened, by field."""
    keyring.forget()
    found: dict[str, set[str]] = {}
    for row in HeldRow.objects.filter(hold=hold):
        for name, value in row.content.open().items():
            found.setdefault(f"{row.kind}.{name}", set()).add(_said(value))
    return found


def _said(value: Any) -> str:
    try:
        return (
            base64.b64decode(value, validate=True).decode() if isinstance(value, str) else json.dumps(value)
        )
    except (binascii.Error, UnicodeDecodeError):
        return str(value)


def lost(planted: Planted, fields: list[DeclaredField]) -> list[str]:
    """Return the fields whose planted value is not among what the hold keeps."""
    _person, canary, hold = planted
    found = kept(hold)
    return [
        str(field)
        for field in fields
        if not any(canary.planted[str(field)] in value for value in found.get(str(field), ()))
    ]


@action("tests.delete_rows")
def delete(*, rows: "models.QuerySet[Any]", one_by_one: bool, by: Actor, at: Any) -> None:
    """Delete rows as any room does: all at once, or each by itself."""
    for row in rows if one_by_one else ():
        row.delete()
    rows.delete()
    about(count=1)


def test_no_row_is_deleted_without_what_a_hold_covers(planted: Planted) -> None:
    """Every other model's rows go each by itself; some go with those of another model."""
    person, _canary, _hold = planted
    waiting = [model for model in models_about_people() if model not in {LegalHold, HeldRow}]
    for _turn in range(4):
        refused = []
        for place, model in enumerate(waiting):
            try:
                delete(rows=register.rows_of(model, person), one_by_one=bool(place % 2), by=SYSTEM, at=LATER)
            except (ProtectedError, RestrictedError):
                refused.append(model)
        waiting = refused
    assert waiting == []
    assert lost(planted, kept_fields()) == []


@action("tests.change_value")
def change(*, field: DeclaredField, person: UUID, by: Actor, at: Any) -> None:
    """Write over a value as any room does."""
    row = register.rows_of(field.model, person).get()
    column = field.model._meta.get_field(field.name)
    other: Any = {"other": 1} if isinstance(column, SealedJSON) else "other"
    setattr(row, field.name, RawBytes(b"other") if isinstance(column, SealedBytes) else other)
    row.save(update_fields=[field.name])
    about(count=1)


def test_no_value_is_written_over_without_what_a_hold_covers(planted: Planted) -> None:
    person, _canary, hold = planted
    fields = kept_fields()
    for field in fields:
        change(field=field, person=person, by=SYSTEM, at=LATER)
    assert lost(planted, fields) == []
    rows = HeldRow.objects.filter(hold=hold).count()
    keyring.forget()
    change(field=fields[0], person=person, by=SYSTEM, at=LATER)
    assert HeldRow.objects.filter(hold=hold).count() == rows, "the same value once more is no change"


def test_a_deletion_leaves_what_a_hold_covers(planted: Planted) -> None:
    person, _canary, _hold = planted
    erasure.begin(subject=person, request=None, by=SYSTEM, at=LATER)
    erasure.proceed(erasure=Erasure.objects.get(subject=person).pk, by=SYSTEM, at=LATER)
    assert lost(planted, kept_fields()) == []


def test_what_reaches_its_end_is_kept_by_a_hold(planted: Planted) -> None:
    person, _canary, _hold = planted
    retention.let_go(by=SYSTEM, at=AT + 359 * DAY)
    keyring.forget()
    gone = [field for field in kept_fields() if not register.rows_of(field.model, person).exists()]
    assert {str(field.declaration.retention) for field in gone} >= {"access", "traffic", "messages"}
    assert lost(planted, gone) == []
