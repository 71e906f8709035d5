"""Signing in with an OpenID Connect provider: only an id and a verified address are taken (clause 1.3)."""

from datetime import datetime
from uuid import UUID

from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.models import OutsideIdentity, Passkey, Person
from ringfence.accounts.ports import OutsideIdentityStated
from ringfence.accounts.rules import ADDRESS_INDEX, OUTSIDE_INDEX, PersonKind, PersonState, normalised
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.keys import blind
from ringfence.privacy.payment_data import cleaned
from ringfence.privacy.payment_watch.removing import Channel, count_removed
from ringfence.privacy.policy.versions import acknowledge
from ringfence.privacy.ports import key_store


@action("accounts.enter_from_outside")
def enter_from_outside(*, stated: OutsideIdentityStated, language: str, by: Actor, at: datetime) -> UUID:
    """Return whose outside identity it is, with a new account when it is nobody's yet.

    An account that exists is never joined by its address alone: its owner signs in and connects the provider.
    Raises Refusal `address-unverified`, `address-has-account` or `account-closed`.
    """
    stated = _without_payment_data(stated, by, at)
    found = blind.find(OUTSIDE_INDEX, _index(stated))
    if found is not None:
        if not Person.objects.filter(pk=found, state=PersonState.ACTIVE).exists():
            raise Refusal("account-closed", gettext_noop("This account is closed."))
        about(found, known=True)
        return found
    if stated.email is None:
        raise Refusal(
            "address-unverified",
            gettext_noop(
                "The provider has not confirmed your e-mail address. Register with your address instead."
            ),
        )
    email = normalised(stated.email)
    if blind.find(ADDRESS_INDEX, email) is not None:
        raise Refusal(
            "address-has-account",
            gettext_noop(
                "You already have an account. Sign in to it and connect the provider under Signing in."
            ),
        )
    person = Person(
        id=new_id(),
        kind=PersonKind.CUSTOMER,
        state=PersonState.ACTIVE,
        language=language,
        registered_at=at,
        email=email,
    )
    person.save(force_insert=True)
    blind.claim(ADDRESS_INDEX, email, person.pk)
    _keep(person.pk, stated, email, at)
    about(person.pk, known=False, source="third party")
    acknowledge(subject=person.pk, moment="registration", by=Actor.customer(person.pk), at=at)
    return person.pk


@action("accounts.connect_outside")
def connect_outside(*, person: UUID, stated: OutsideIdentityStated, by: Actor, at: datetime) -> None:
    """Connect a provider to an account whose owner is signed in. Raises Refusal `identity-taken`."""
    about(person, source="third party")
    stated = _without_payment_data(stated, by, at)
    OutsideIdentity.objects.filter(person=person, issuer=stated.issuer).delete()
    _keep(person, stated, normalised(stated.email) if stated.email else None, at)
    queue_letter(kind="provider-connected", person=person, by=by, at=at)


@action("accounts.disconnect_outside")
def disconnect_outside(*, person: UUID, by: Actor, at: datetime) -> None:
    """Disconnect the providers. Raises Refusal when nothing would be left to sign in with."""
    about(person)
    row = Person.objects.select_for_update().get(pk=person)
    if row.password is None and not Passkey.objects.filter(person=person).exists():
        raise Refusal(
            "last-means", gettext_noop("Set a password first; otherwise you could not sign in again.")
        )
    for identity in OutsideIdentity.objects.filter(person=person).order_by("pk"):
        blind.release(OUTSIDE_INDEX, f"{identity.issuer} {identity.key.open()}", person)
        identity.delete()


def _without_payment_data(stated: OutsideIdentityStated, by: Actor, at: datetime) -> OutsideIdentityStated:
    """Return what a provider states without payment data (clause 2.4).

    An id must stay what it is for its owner to come in again: one that could be a card number is known by a keyed
    digest. An address is either right or none.
    """
    key, email = cleaned(stated.key), cleaned(stated.email or "")
    removed = key.removed + email.removed
    if not removed:
        return stated
    count_removed(channel=Channel.OPENID, removed=removed, by=by, at=at)
    return OutsideIdentityStated(
        stated.issuer,
        key_store().mac("outside-id", stated.key.encode()).hex() if key.removed else stated.key,
        None if email.removed else stated.email,
    )


def _keep(person: UUID, stated: OutsideIdentityStated, email: str | None, at: datetime) -> None:
    try:
        blind.claim(OUTSIDE_INDEX, _index(stated), person)
    except blind.Taken:
        raise Refusal(
            "identity-taken", gettext_noop("This sign-in is connected to another account already.")
        ) from None
    identity = OutsideIdentity(
        person_id=person, issuer=stated.issuer, key=stated.key, email=email, made_at=at
    )
    identity.save(force_insert=True)


def _index(stated: OutsideIdentityStated) -> str:
    return f"{stated.issuer} {stated.key}"
