"""At the door: registering and resetting a password, without telling anybody which addresses have an account.

A page hands over what was typed and answers; it never looks. The worker looks afterwards and writes a letter, which
only the owner of the address reads.
"""

from datetime import datetime
from uuid import UUID

from ringfence.accounts.actions import links
from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.models import Caller, OneTimeLink, Person, SignIn
from ringfence.accounts.rules import (
    ADDRESS_INDEX,
    Errand,
    LinkKind,
    PersonKind,
    PersonState,
    normalised,
    require_good_password,
)
from ringfence.accounts.secrets import digest_of_password, known_bad_passwords, password_matches
from ringfence.accounts.work import defer
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import new_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import blind
from ringfence.privacy.policy.versions import acknowledge


def call_at_door(
    *, errand: Errand, address: str, language: str, by: Actor, at: datetime, password: str = ""
) -> None:
    """Take in a wish to register, or to reset a password. Always the same work, whoever the address belongs to.

    Raises Refusal for a malformed address or a poor password, which say nothing about accounts.
    """
    email = normalised(address)
    digest = None
    if errand is Errand.REGISTER:
        require_good_password(password, email, known_bad_passwords())
        digest = digest_of_password(password)
    _take_in(errand=errand, email=email, digest=digest, language=language, by=by, at=at)


@action("accounts.call_at_door")
def _take_in(
    *, errand: Errand, email: str, digest: str | None, language: str, by: Actor, at: datetime
) -> None:
    caller = Caller(
        subject=new_id(), errand=errand, language=language, asked_at=at, email=email, password=digest
    )
    caller.save(force_insert=True)
    about(errand=errand)
    defer("accounts.answer_caller", caller=str(caller.pk))


@action("accounts.answer_caller")
def answer_caller(*, caller: UUID, by: Actor, at: datetime) -> None:
    """Look whose address it is and write the letter that fits. Doing it again does nothing."""
    row = Caller.objects.select_for_update().filter(pk=caller, answered_at=None).first()
    if row is None:
        nothing_happened()
        return
    email = str(row.email.open())
    found = blind.find(ADDRESS_INDEX, email)
    person = Person.objects.filter(pk=found, state=PersonState.ACTIVE).first() if found else None
    about(errand=row.errand)
    if person is not None:
        about(person.pk)
    if row.errand == Errand.REGISTER and found is None:
        token = links.make(LinkKind.CONFIRM_ADDRESS, row.subject, at)
        queue_letter(
            kind="confirm-address",
            subject=row.subject,
            address=email,
            language=row.language,
            facts={"token": token},
            by=by,
            at=at,
        )
        Caller.objects.filter(pk=caller).update(answered_at=at)
        return
    if row.errand == Errand.REGISTER:
        _write("already-registered", person, row, {}, by, at)
    elif person is None:
        _write("no-account", None, row, {}, by, at)
    else:
        token = links.make(LinkKind.RESET_PASSWORD, person.pk, at)
        _write("reset-password", person, row, {"token": token}, by, at)
    forget_caller(row, by, at)


def _write(
    kind: str, person: Person | None, row: Caller, facts: dict[str, str], by: Actor, at: datetime
) -> None:
    """Write to the account when there is one, otherwise to the bare address in the language of the page."""
    if person is not None:
        queue_letter(kind=kind, person=person.pk, facts={**facts}, by=by, at=at)
    else:
        queue_letter(
            kind=kind, address=str(row.email.open()), language=row.language, facts={**facts}, by=by, at=at
        )


def forget_caller(row: Caller, by: Actor, at: datetime) -> None:
    """Delete what was typed at the door, with its keys."""
    OneTimeLink.objects.filter(subject=row.subject).delete()
    Caller.objects.filter(pk=row.pk).delete()
    keys.destroy(subject=row.subject, classes=frozenset(RetentionClass), by=by, at=at)


@action("accounts.register")
def confirm_address(*, token: str, password: str, by: Actor, at: datetime) -> UUID:
    """Turn a confirmed registration into an account and return the person's id.

    The password chosen at registration is asked for again, so that nobody can have an account prepared for an
    address that is not theirs. Raises Refusal `link-used` or `password-wrong`.
    """
    link = links.take(LinkKind.CONFIRM_ADDRESS, token, at)
    caller = Caller.objects.select_for_update().get(subject=link.subject)
    digest = caller.password.open()
    if not password_matches(password, digest or None):
        raise Refusal(
            "password-wrong", gettext_noop("This is not the password you chose when you registered.")
        )
    person = Person(
        id=caller.subject,
        kind=PersonKind.CUSTOMER,
        state=PersonState.ACTIVE,
        language=caller.language,
        registered_at=at,
        email=caller.email.open(),
        password=digest,
    )
    claim_address(str(caller.email.open()), caller.subject)
    person.save(force_insert=True)
    about(person.pk)
    link.delete()
    caller.delete()
    acknowledge(subject=person.pk, moment="registration", by=Actor.customer(person.pk), at=at)
    return person.pk


def claim_address(email: str, person: UUID) -> None:
    """Give an address to a person. Raises Refusal when it became somebody else's in the meantime."""
    try:
        blind.claim(ADDRESS_INDEX, email, person)
    except blind.Taken:
        raise Refusal(
            "link-used", gettext_noop("This link has been used already, or it is too old.")
        ) from None


def reset_password(*, token: str, password: str, by: Actor, at: datetime) -> UUID:
    """Set a new password from a link, sign out everywhere, and tell the owner. Raises Refusal."""
    require_good_password(password, "", known_bad_passwords())
    return _reset(token=token, digest=digest_of_password(password), by=by, at=at)


@action("accounts.reset_password")
def _reset(*, token: str, digest: str, by: Actor, at: datetime) -> UUID:
    link = links.take(LinkKind.RESET_PASSWORD, token, at)
    person = Person.objects.select_for_update().filter(pk=link.subject, state=PersonState.ACTIVE).first()
    if person is None:
        raise Refusal("link-used", gettext_noop("This link has been used already, or it is too old."))
    person.password = digest
    person.save(update_fields=["password"])
    link.delete()
    SignIn.objects.filter(person=person).delete()
    about(person.pk)
    queue_letter(kind="password-changed", person=person.pk, by=by, at=at)
    return person.pk
