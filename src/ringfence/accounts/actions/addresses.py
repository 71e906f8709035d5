"""Changing the e-mail address: confirmed at the old one and at the new one (clause 4.1)."""

from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from ringfence.accounts.actions import links
from ringfence.accounts.actions.door import claim_address
from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.models import AddressChange, Person
from ringfence.accounts.rules import ADDRESS_INDEX, LinkKind, normalised
from ringfence.accounts.work import defer
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import register
from ringfence.privacy.keys import blind


@action("accounts.ask_address_change")
def ask_address_change(*, person: UUID, address: str, by: Actor, at: datetime) -> None:
    """Begin to change an address. The answer is the same whether or not the new one has an account.

    Raises Refusal for a malformed address, or for the one the account has.
    """
    email = normalised(address)
    row = Person.objects.select_for_update().get(pk=person)
    if email == row.email.open():
        raise Refusal("address-same", gettext_noop("This is the address your account has already."))
    AddressChange.objects.filter(person=person).delete()
    change = AddressChange(person=row, email=email, asked_at=at)
    change.save(force_insert=True)
    about(person)
    defer("accounts.answer_address_change", change=str(change.pk))


@action("accounts.answer_address_change")
def answer_address_change(*, change: UUID, by: Actor, at: datetime) -> None:
    """Write to both addresses. Doing it again does nothing."""
    row = AddressChange.objects.select_for_update().filter(pk=change, answered_at=None).first()
    if row is None:
        nothing_happened()
        return
    person, email = row.person, str(row.email.open())
    about(person.pk)
    old = links.make(LinkKind.CHANGE_FROM, person.pk, at, target=row.pk)
    queue_letter(kind="address-change-from", person=person.pk, facts={"token": old}, by=by, at=at)
    theirs = blind.find(ADDRESS_INDEX, email)
    if theirs is None:
        new = links.make(LinkKind.CHANGE_TO, person.pk, at, target=row.pk)
        queue_letter(
            kind="address-change-to", person=person.pk, address=email, facts={"token": new}, by=by, at=at
        )
    else:
        queue_letter(
            kind="already-registered", subject=theirs, address=email, language=person.language, by=by, at=at
        )
    AddressChange.objects.filter(pk=change).update(answered_at=at)


@action("accounts.let_address_go")
def release_address(*, address: str, person: UUID, by: Actor, at: datetime) -> None:
    """Free an address that was the person's and is not any more."""
    row = Person.objects.filter(pk=person).first()
    if row is None or str(row.email.open()) != address:
        blind.release(ADDRESS_INDEX, address, person)
    nothing_happened()


def _let_go(address: str, person: UUID, by: Actor, at: datetime) -> None:
    """Free the old address once the new one stands; the databases commit one after the other."""
    release_address(address=address, person=person, by=by, at=at)


@action("accounts.confirm_address_change")
def confirm_address_change(*, kind: LinkKind, token: str, by: Actor, at: datetime) -> bool:
    """Confirm one side of a change; return whether the address has changed now. Raises Refusal `link-used`."""
    link = links.take(kind, token, at)
    waiting = AddressChange.objects.select_for_update()
    row = waiting.filter(pk=link.target).first() if link.target else None
    if row is None:
        raise Refusal("link-used", gettext_noop("This link has been used already, or it is too old."))
    about(row.person_id)
    if kind is LinkKind.CHANGE_FROM:
        row.old_confirmed_at = at
    else:
        row.new_confirmed_at = at
    link.delete()
    if row.old_confirmed_at is None or row.new_confirmed_at is None:
        row.save(update_fields=["old_confirmed_at", "new_confirmed_at"])
        return False
    person = Person.objects.select_for_update().get(pk=row.person_id)
    before, after = str(person.email.open()), str(row.email.open())
    claim_address(after, person.pk)
    transaction.on_commit(partial(_let_go, before, person.pk, by, at))
    person.email, person.unreachable_at = after, None
    person.save(update_fields=["email", "unreachable_at"])
    row.delete()
    register.changed(subject=person.pk, fields={"accounts.Person.email"}, by=by, at=at)
    for address in (before, after):
        queue_letter(kind="address-changed", person=person.pk, address=address, by=by, at=at)
    return True
