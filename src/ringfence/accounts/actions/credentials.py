"""Passwords, passkeys, code apps and recovery codes."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import pyotp

from ringfence.accounts.actions.letters import queue_letter
from ringfence.accounts.models import Authenticator, OutsideIdentity, Passkey, Person, RecoveryCodes
from ringfence.accounts.rules import new_recovery_codes, require_good_password
from ringfence.accounts.secrets import digest_of_code, digest_of_password, known_bad_passwords, same
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.sealed import RawBytes

STEP = 30
"""Seconds a one-time code lives (RFC 6238 section 4.1)."""


def set_password(*, person: UUID, password: str, by: Actor, at: datetime) -> None:
    """Set a new password and tell the owner by letter. Raises Refusal."""
    row = Person.objects.get(pk=person)
    require_good_password(password, str(row.email.open()), known_bad_passwords())
    _store_password(person=person, digest=digest_of_password(password), by=by, at=at)


@action("accounts.set_password")
def _store_password(*, person: UUID, digest: str, by: Actor, at: datetime) -> None:
    row = Person.objects.select_for_update().get(pk=person)
    row.password = digest
    row.save(update_fields=["password"])
    about(person)
    queue_letter(kind="password-changed", person=person, by=by, at=at)


@action("accounts.add_passkey")
def add_passkey(  # noqa: PLR0913 - each is a part of a passkey
    *,
    person: UUID,
    label: str,
    credential: bytes,
    public_key: bytes,
    sign_count: int,
    transports: Sequence[str],
    by: Actor,
    at: datetime,
) -> UUID:
    """Store a passkey that was just checked; tell the owner by letter. Return its id."""
    row = Passkey(
        person_id=person,
        label=label,
        credential=RawBytes(credential),
        public_key=RawBytes(public_key),
        transports=list(transports),
        sign_count=sign_count,
        made_at=at,
    )
    row.save(force_insert=True)
    about(person)
    queue_letter(kind="passkey-added", person=person, by=by, at=at)
    return row.pk


@action("accounts.rename_passkey")
def rename_passkey(*, person: UUID, passkey: UUID, label: str, by: Actor, at: datetime) -> None:
    """Give a passkey another name."""
    row = Passkey.objects.select_for_update().get(pk=passkey, person=person)
    row.label = label
    row.save(update_fields=["label"])
    about(person)


@action("accounts.remove_passkey")
def remove_passkey(*, person: UUID, passkey: UUID, by: Actor, at: datetime) -> None:
    """Remove a passkey. Raises Refusal when nothing would be left to sign in with."""
    about(person)
    row = Person.objects.select_for_update().get(pk=person)
    keys = Passkey.objects.filter(person=person).exclude(pk=passkey)
    others = keys.exists() or OutsideIdentity.objects.filter(person=person).exists()
    if row.password is None and not others:
        raise Refusal(
            "last-means", gettext_noop("Set a password first; otherwise you could not sign in again.")
        )
    count, _by_model = Passkey.objects.filter(pk=passkey, person=person).delete()
    if count:
        queue_letter(kind="passkey-removed", person=person, by=by, at=at)


@action("accounts.use_passkey")
def use_passkey(*, person: UUID, passkey: UUID, sign_count: int, by: Actor, at: datetime) -> None:
    """Note the use of a passkey whose answer was just checked."""
    about(person)
    Passkey.objects.filter(pk=passkey, person=person).update(sign_count=sign_count, used_at=at)


@action("accounts.begin_code_app")
def begin_code_app(*, person: UUID, by: Actor, at: datetime) -> str:
    """Return the secret for a code app, the same one until a first code confirms it. Raises Refusal once set up.

    Nothing has happened for the person until then, so the record says nothing of it.
    """
    nothing_happened()
    row = Authenticator.objects.select_for_update().filter(pk=person).first()
    if row is not None and row.confirmed_at is not None:
        raise Refusal("code-app-exists", gettext_noop("A code app is set up already. Remove it first."))
    if row is None:
        row = Authenticator(person_id=person, secret=pyotp.random_base32(), last_step=0, made_at=at)
        row.save(force_insert=True)
    return str(row.secret.open())


@action("accounts.confirm_code_app")
def confirm_code_app(*, person: UUID, code: str, by: Actor, at: datetime) -> None:
    """Put a code app to use once its first code is right. Raises Refusal `code-wrong`."""
    row = Authenticator.objects.select_for_update().get(pk=person)
    _require_code(row, code, at)
    Authenticator.objects.filter(pk=person).update(confirmed_at=at)
    about(person)
    queue_letter(kind="code-app-added", person=person, by=by, at=at)


@action("accounts.remove_code_app")
def remove_code_app(*, person: UUID, by: Actor, at: datetime) -> None:
    """Stop using the code app, and tell the owner by letter."""
    about(person)
    count, _by_model = Authenticator.objects.filter(pk=person).delete()
    if count:
        queue_letter(kind="code-app-removed", person=person, by=by, at=at)


@action("accounts.use_code")
def use_code(*, person: UUID, code: str, by: Actor, at: datetime) -> None:
    """Accept a code of the app, once. Raises Refusal `code-wrong`."""
    row = Authenticator.objects.select_for_update().filter(pk=person, confirmed_at__isnull=False).first()
    if row is None:
        raise _wrong()
    _require_code(row, code, at)
    about(person)


def _require_code(row: Authenticator, code: str, at: datetime) -> None:
    """Accept the code of this time step or a neighbour, newer than the last one used (RFC 6238 section 5.2)."""
    digits = "".join(character for character in code if character in "0123456789")
    app = pyotp.TOTP(str(row.secret.open()), interval=STEP)
    now = int(at.timestamp()) // STEP
    for step in (now - 1, now, now + 1):
        if step > row.last_step and same(app.at(step * STEP), digits):
            Authenticator.objects.filter(pk=row.pk).update(last_step=step)
            return
    raise _wrong()


def _wrong() -> Refusal:
    return Refusal("code-wrong", gettext_noop("This code is not right, or it has been used already."))


@action("accounts.make_recovery_codes")
def make_recovery_codes(*, person: UUID, by: Actor, at: datetime) -> list[str]:
    """Make fresh recovery codes and return them, this one time; earlier ones stop working."""
    codes = new_recovery_codes()
    RecoveryCodes.objects.filter(pk=person).delete()
    digests = [digest_of_code(str(person), code) for code in codes]
    RecoveryCodes(person_id=person, digests=digests, made_at=at).save(force_insert=True)
    about(person)
    queue_letter(kind="recovery-codes-made", person=person, by=by, at=at)
    return codes


@action("accounts.use_recovery_code")
def use_recovery_code(*, person: UUID, code: str, by: Actor, at: datetime) -> int:
    """Accept a recovery code, once; return how many are left. Raises Refusal `code-wrong`."""
    row = RecoveryCodes.objects.select_for_update().filter(pk=person).first()
    digests: list[str] = row.digests.open() if row is not None else []
    given = digest_of_code(str(person), code)
    left = [digest for digest in digests if not same(digest, given)]
    if row is None or len(left) == len(digests):
        raise _wrong()
    row.digests = left
    row.save(update_fields=["digests"])
    about(person, left=len(left))
    queue_letter(kind="recovery-code-used", person=person, facts={"left": len(left)}, by=by, at=at)
    return len(left)


@action("accounts.forget_second_step")
def forget_second_step(*, person: UUID, by: Actor, at: datetime) -> None:
    """Remove passkeys, code app and recovery codes of somebody who lost them all; tell them by letter."""
    about(person)
    for model in (Passkey, Authenticator, RecoveryCodes):
        model.objects.filter(person=person).delete()
    queue_letter(kind="second-step-removed", person=person, by=by, at=at)
