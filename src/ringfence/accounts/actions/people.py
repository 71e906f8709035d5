"""Accounts themselves: made, changed, looked at, closed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ringfence.accounts import profiles
from ringfence.accounts.actions import links
from ringfence.accounts.models import Person, SignIn
from ringfence.accounts.queries import Profile, find_by_address, is_customer, shown
from ringfence.accounts.rules import (
    ADDRESS_INDEX,
    LEAVES_AFTER,
    NEXT_STATES,
    LinkKind,
    PersonKind,
    PersonState,
    normalised,
    require_good_password,
)
from ringfence.accounts.secrets import digest_of_password, known_bad_passwords
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import NotAPublicId, new_id, parse
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import register
from ringfence.privacy.keys import blind
from ringfence.privacy.policy.versions import acknowledge


@action("accounts.set_profile")
def set_profile(  # noqa: PLR0913 - each is a detail of a person
    *,
    person: UUID,
    by: Actor,
    at: datetime,
    name: str | None = None,
    phone: str | None = None,
    address: str | None = None,
    company: str | None = None,
    vat_number: str | None = None,
    country: str | None = None,
    time_zone: str | None = None,
    consumer: bool | None = None,
    language: str | None = None,
) -> None:
    """Change details (clause 4.1). None leaves a field as it is, an empty text clears it.

    Raises Refusal for a country, time zone or phone number that does not exist.
    """
    given: dict[str, Any] = {
        "name": name,
        "phone": profiles.phone(phone, country),
        "address": address,
        "company": company,
        "vat_number": vat_number,
        "country": profiles.country(country),
        "time_zone": profiles.time_zone(time_zone),
        "consumer": consumer,
        "language": profiles.language(language),
    }
    row = Person.objects.select_for_update().get(pk=person)
    before = shown(row)
    changed = [
        field for field, value in given.items() if value is not None and value != getattr(before, field)
    ]
    if not changed:
        nothing_happened()
        return
    for field in changed:
        value = given[field]
        setattr(row, field, value.strip() or None if isinstance(value, str) else value)
    row.save(update_fields=changed)
    register.changed(subject=person, fields={f"accounts.Person.{field}" for field in changed}, by=by, at=at)
    about(person, fields=", ".join(changed))


def add_customer(  # noqa: PLR0913 - each is a detail of a person
    *,
    email: str,
    password: str,
    language: str,
    by: Actor,
    at: datetime,
    name: str = "",
    country: str = "",
    time_zone: str = "",
    consumer: bool | None = None,
) -> UUID:
    """Make an account whose address counts as confirmed; for demo data. Return its id, also when it exists."""
    known = find_by_address(email)
    if known is not None:
        return known
    require_good_password(password, email, known_bad_passwords())
    person = _add(
        kind=PersonKind.CUSTOMER,
        roles=frozenset(),
        email=email,
        digest=digest_of_password(password),
        language=language,
        by=by,
        at=at,
    )
    set_profile(
        person=person, name=name, country=country, time_zone=time_zone, consumer=consumer, by=by, at=at
    )
    return person


@action("accounts.add")
def _add(
    *,
    kind: PersonKind,
    roles: frozenset[Role],
    email: str,
    digest: str | None,
    language: str,
    by: Actor,
    at: datetime,
) -> UUID:
    person = Person(
        id=new_id(),
        kind=kind,
        roles=" ".join(sorted(roles)),
        state=PersonState.ACTIVE,
        language=language,
        registered_at=at,
        email=normalised(email),
        password=digest,
    )
    try:
        blind.claim(ADDRESS_INDEX, normalised(email), person.pk)
    except blind.Taken:
        raise Refusal("address-has-account", gettext_noop("This address has an account already.")) from None
    person.save(force_insert=True)
    about(person.pk, kind=kind)
    acknowledge(subject=person.pk, moment="registration", by=by, at=at)
    return person.pk


@action("accounts.add_staff")
def add_staff(
    *, email: str, roles: frozenset[Role], language: str, by: Actor, at: datetime
) -> tuple[UUID, str]:
    """Make a member of staff, or give an existing one these roles; return the id and a one-time token to enter.

    Raises Refusal when the address is a customer's.
    """
    person = find_by_address(email)
    if person is None:
        person = _add(
            kind=PersonKind.STAFF, roles=roles, email=email, digest=None, language=language, by=by, at=at
        )
    elif is_customer(person):
        raise Refusal("address-has-account", gettext_noop("This address has an account already."))
    else:
        Person.objects.filter(pk=person).update(roles=" ".join(sorted(roles)))
    about(person, roles=", ".join(sorted(roles)))
    return person, links.make(LinkKind.STAFF_ENTRY, person, at)


@action("accounts.find_customer")
def find_customer(*, wanted: str, by: Actor, at: datetime) -> UUID | None:
    """Return the customer with exactly this e-mail address or customer number (clause 2.1: with a purpose)."""
    try:
        person = parse(wanted, "cus")
    except NotAPublicId:
        person = find_by_address(wanted) or new_id()
    if not is_customer(person):
        about(found=False)
        return None
    about(person, found=True)
    return person


@action("accounts.look_at_customer")
def look_at_customer(*, person: UUID, what: str, by: Actor, at: datetime) -> Profile:
    """Open a customer's account for staff with a purpose; the customer reads of it (clause 2.1). Raises LookupError."""
    row = Person.objects.filter(pk=person, state=PersonState.ACTIVE).first()
    if row is None:
        raise LookupError("there is no such customer")
    about(person, what=what)
    return shown(row)


@action("accounts.close")
def close_account(*, person: UUID, by: Actor, at: datetime) -> None:
    """Close an account: nobody signs in to it again, and thirty days later it is erased. Raises Refusal when closed."""
    row = Person.objects.select_for_update().get(pk=person)
    if PersonState.CLOSED not in NEXT_STATES[PersonState(row.state)]:
        raise Refusal("account-closed", gettext_noop("This account is closed."))
    Person.objects.filter(pk=person).update(state=PersonState.CLOSED, leaves_at=at + LEAVES_AFTER)
    SignIn.objects.filter(person=person).delete()
    about(person)
