"""Passkeys: what a browser is asked, and the check of what it answers (W3C WebAuthn level 3)."""

import json
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from django.conf import settings
from webauthn.helpers import base64url_to_bytes
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialDescriptor,
    PublicKeyCredentialRequestOptions,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ringfence.accounts.models import Passkey
from ringfence.accounts.queries import passkey_ids_of
from ringfence.accounts.rules import PersonState
from ringfence.kernel.refusal import Refusal, gettext_noop

MAX_ANSWER = 20_000
TRANSPORTS = {transport.value for transport in AuthenticatorTransport}


@dataclass(frozen=True, slots=True, repr=False)
class Question:
    """What the browser is asked, as JSON, and the challenge it must answer, as base64url."""

    options: str
    challenge: str


@dataclass(frozen=True, slots=True, repr=False)
class NewPasskey:
    """A passkey that was just made and checked."""

    credential: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A passkey that was just shown and checked."""

    person: UUID
    passkey: UUID
    sign_count: int


def _host() -> str:
    return urlsplit(settings.PUBLIC_ORIGIN).hostname or "localhost"


def _descriptors(person: UUID) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=credential,
            transports=[AuthenticatorTransport(name) for name in transports if name in TRANSPORTS],
        )
        for credential, transports in passkey_ids_of(person)
    ]


def _question(options: PublicKeyCredentialCreationOptions | PublicKeyCredentialRequestOptions) -> Question:
    text = webauthn.options_to_json(options)
    return Question(text, str(json.loads(text)["challenge"]))


def ask_for_new(person: UUID, name: str) -> Question:
    """Ask for a new passkey that knows whose it is, so that it signs in without an address."""
    return _question(
        webauthn.generate_registration_options(
            rp_id=_host(),
            rp_name=str(settings.SITE_NAME),
            user_id=person.bytes,
            user_name=name,
            user_display_name=name,
            exclude_credentials=_descriptors(person),
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
        )
    )


def ask_for_known(person: UUID | None = None) -> Question:
    """Ask for a passkey: one of a person's, or any that the device has for this site."""
    return _question(
        webauthn.generate_authentication_options(
            rp_id=_host(),
            allow_credentials=_descriptors(person) if person else None,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
    )


def check_new(answer: str, challenge: str) -> NewPasskey:
    """Check a new passkey. Raises Refusal `passkey-wrong`."""
    try:
        parsed = json.loads(answer[:MAX_ANSWER])
        checked = webauthn.verify_registration_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(),
            expected_origin=settings.PUBLIC_ORIGIN,
            require_user_verification=True,
        )
        transports = [name for name in parsed["response"].get("transports", []) if name in TRANSPORTS]
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _wrong() from error
    return NewPasskey(checked.credential_id, checked.credential_public_key, checked.sign_count, transports)


def check_known(answer: str, challenge: str, person: UUID | None = None) -> Shown:
    """Check a passkey that was shown; with `person` it must be theirs. Raises Refusal `passkey-wrong`."""
    try:
        parsed = json.loads(answer[:MAX_ANSWER])
        raw_id = base64url_to_bytes(parsed["rawId"])
        handle = parsed["response"].get("userHandle")
        owner = UUID(bytes=base64url_to_bytes(handle)) if handle else person
        passkey = _passkey(owner, raw_id) if owner and person in {None, owner} else None
        if passkey is None:
            raise _wrong()
        checked = webauthn.verify_authentication_response(
            credential=parsed,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=_host(),
            expected_origin=settings.PUBLIC_ORIGIN,
            credential_public_key=passkey.public_key.open(),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _wrong() from error
    return Shown(passkey.person_id, passkey.pk, checked.new_sign_count)


def _passkey(owner: UUID, raw_id: bytes) -> Passkey | None:
    rows = Passkey.objects.filter(person=owner, person__state=PersonState.ACTIVE).order_by("pk")
    return next((row for row in rows if row.credential.open() == raw_id), None)


def _wrong() -> Refusal:
    return Refusal(
        "passkey-wrong", gettext_noop("This passkey could not be checked. Try again, or use another way.")
    )
