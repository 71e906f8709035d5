"""Digests of passwords, tokens and codes; nothing here touches the database."""

import hmac
import secrets
from collections.abc import Collection
from functools import lru_cache

from django.contrib.auth.hashers import check_password, get_hasher, make_password
from django.contrib.auth.password_validation import CommonPasswordValidator

from ringfence.accounts.rules import bare_code
from ringfence.privacy.ports import key_store


def digest_of_password(password: str) -> str:
    """Return the digest that is stored, sealed, for a password. Takes some 50 ms by design."""
    return make_password(password)


@lru_cache(maxsize=4)
def _decoy(algorithm: str) -> str:
    return make_password(secrets.token_urlsafe(24))


def password_matches(password: str, digest: str | None) -> bool:
    """Tell whether a password is right. Without a digest the same work is done, and the answer is no."""
    decoy = _decoy(get_hasher().algorithm)
    return check_password(password, digest or decoy) and digest is not None


@lru_cache(maxsize=1)
def known_bad_passwords() -> Collection[str]:
    """Return 20,000 passwords that everybody tries."""
    return frozenset(CommonPasswordValidator().passwords)


def new_token() -> str:
    """Return a fresh token of 256 random bits, for an address."""
    return secrets.token_urlsafe(32)


def digest_of_token(token: str) -> bytes:
    """Return the keyed digest under which a token is stored."""
    return key_store().mac("one-time-link", token.encode())


def digest_of_code(person: str, code: str) -> str:
    """Return the keyed digest of a person's recovery code, in hex."""
    return key_store().mac("recovery-code", f"{person}:{bare_code(code)}".encode()).hex()


def digest_of_try(gate: str, who: str) -> bytes:
    """Return the keyed digest under which tries at a gate are counted, for a network address or an account."""
    return key_store().mac("tries", f"{gate}:{who}".encode())


def same(one: str, other: str) -> bool:
    """Compare two digests without telling how much of them is alike."""
    return hmac.compare_digest(one, other)
