"""What the accounts room needs from outside: a post that takes letters, and a sign-in provider."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

IDENTITY_PROVIDER = "ringfence.adapters.openid.provider.OpenIdProvider"


class PostUnavailable(RuntimeError):
    """The post does not take letters at the moment; try again later."""


class LetterDeferred(RuntimeError):
    """The post does not take this letter at the moment, and may take others; try again later."""


class LetterRejected(RuntimeError):
    """The post will never take this letter: the address is refused, or the kind has no text."""


class AddressUnknown(LetterRejected):
    """The address itself is refused for good: no letter will ever arrive there."""


@dataclass(frozen=True, slots=True, repr=False)
class LetterToSend:
    """A letter, opened for the post. `id` makes a repeat recognisable as one."""

    id: UUID
    kind: str
    address: str
    language: str
    time_zone: str
    facts: Mapping[str, Any]
    at: datetime


class Post(Protocol):
    """Writes a letter out in the reader's language and hands it over."""

    def send(self, letter: LetterToSend) -> None:
        """Send. Raises PostUnavailable, LetterDeferred, or LetterRejected."""


class ProviderUnavailable(RuntimeError):
    """The sign-in provider does not answer, or answers what cannot be trusted."""


@dataclass(frozen=True, slots=True)
class Departure:
    """A trip to the provider: where the browser goes, and what must be remembered until it is back."""

    url: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True, repr=False)
class OutsideIdentityStated:
    """All that is taken from a provider's answer (clause 1.3). `email` only when the provider has verified it."""

    issuer: str
    key: str
    email: str | None


class IdentityProvider(Protocol):
    """An OpenID Connect provider (authorization code flow with PKCE, RFC 7636)."""

    def depart(self, return_address: str) -> Departure:
        """Begin. Raises ProviderUnavailable."""

    def arrive(
        self, code: str, return_address: str, departure: Departure, at: datetime
    ) -> OutsideIdentityStated:
        """Exchange the code, check what comes back, and drop all but what is declared. Raises ProviderUnavailable."""


def post() -> Post:
    """Return the configured post."""
    return cast("Post", import_string(settings.ENVIRONMENT.mail)())


def identity_provider() -> IdentityProvider | None:
    """Return the configured sign-in provider, or None when there is none."""
    if not settings.ENVIRONMENT.oidc_issuer:
        return None
    return cast("IdentityProvider", import_string(IDENTITY_PROVIDER)())
