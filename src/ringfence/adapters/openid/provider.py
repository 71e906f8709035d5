"""Signing in with an OpenID Connect provider (OpenID Connect Core 1.0, authorization code flow; RFC 7636, RFC 9207)."""

import base64
import hashlib
import secrets
import ssl
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlencode

import httpx
from django.conf import settings
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ringfence.accounts.ports import Departure, OutsideIdentityStated, ProviderUnavailable
from ringfence.adapters import door
from ringfence.privacy.disclosure.door import Exit

EXIT: Final = Exit("openid", to="sign-in")
PATIENCE = httpx.Timeout(8.0)
LEEWAY_SECONDS = 60
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
LONGEST_ANSWER = 200_000


def kept(issuer: str, claims: Mapping[str, Any]) -> OutsideIdentityStated:
    """Return what is kept of a statement: the id, and the address where the provider has verified it (clause 1.3)."""
    email = claims.get("email")
    verified = claims.get("email_verified") in (True, "true")
    return OutsideIdentityStated(
        issuer, str(claims["sub"]), email if verified and isinstance(email, str) else None
    )


def trial(word: str) -> list[OutsideIdentityStated]:
    """Keep what is kept of two statements that say a word in every part nobody declared."""
    dropped = (
        "name",
        "given_name",
        "family_name",
        "phone_number",
        "birthdate",
        "picture",
        "locale",
        "hd",
        "x",
    )
    said = {**dict.fromkeys(dropped, word), "sub": "one", "address": {"formatted": word}, "roles": [word]}
    proven = said | {"email": "one@example.com", "email_verified": True}
    unproven = said | {"email": f"{word}@example.com", "email_verified": False}
    return [kept("https://id.example.com", claims) for claims in (proven, unproven)]


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return what certificates are checked with: read once, since reading it takes some thirty milliseconds."""
    return httpx.create_ssl_context()


class OpenIdProvider:
    """The provider named by `RINGFENCE_OIDC_ISSUER`. Everything it says beyond id and verified address is dropped."""

    def __init__(self) -> None:
        environment = settings.ENVIRONMENT
        self.issuer = str(environment.oidc_issuer or "")
        self.client_id = str(environment.oidc_client_id or "")
        self.client_secret = environment.oidc_client_secret

    def depart(self, return_address: str) -> Departure:
        """See the port."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _value in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self.client_id,
            "redirect_uri": return_address,
            "scope": "openid email",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = str(self._configuration()["authorization_endpoint"])
        return Departure(
            f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", state, nonce, verifier
        )

    def arrive(
        self, code: str, return_address: str, departure: Departure, at: datetime
    ) -> OutsideIdentityStated:
        """See the port."""
        configuration = self._configuration()
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": return_address,
            "client_id": self.client_id,
            "code_verifier": departure.verifier,
        }
        basic = httpx.BasicAuth(self.client_id, self.client_secret) if self.client_secret else None
        answer = self._asked("POST", str(configuration["token_endpoint"]), data=form, auth=basic)
        keys = self._asked("GET", str(configuration["jwks_uri"]))
        claims = self._checked(str(answer.get("id_token", "")), keys, departure.nonce, at)
        return kept(self.issuer, claims)

    def _checked(self, token: str, keys: dict[str, Any], nonce: str, at: datetime) -> dict[str, Any]:
        """Return the claims of an ID token (OpenID Connect Core 1.0, section 3.1.3.7)."""
        now = int(at.timestamp())
        try:
            key_set = KeySet.import_key_set(keys)  # type: ignore[arg-type] # checked by the library
            claims = dict(jwt.decode(token, key_set, algorithms=ALGORITHMS).claims)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderUnavailable("the provider's statement does not check out") from error
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if (
            str(claims.get("iss", "")).rstrip("/") != self.issuer
            or self.client_id not in audiences
            or (len(audiences) > 1 and claims.get("azp") != self.client_id)
            or not secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
            or not isinstance(claims.get("exp"), int)
            or claims["exp"] + LEEWAY_SECONDS < now
            or not isinstance(claims.get("sub"), str)
            or not claims["sub"]
        ):
            raise ProviderUnavailable("the provider's statement is not meant for us, or not for now")
        return claims

    def _configuration(self) -> dict[str, Any]:
        found = self._asked("GET", f"{self.issuer}/.well-known/openid-configuration")
        if str(found.get("issuer", "")).rstrip("/") != self.issuer:
            raise ProviderUnavailable("the provider names itself otherwise than configured")
        return found

    def _asked(self, method: str, url: str, **options: Any) -> dict[str, Any]:
        try:
            with door.client(EXIT, verify=_trusted(), timeout=PATIENCE, trust_env=True) as client:
                answer = client.request(method, url, follow_redirects=False, **options)
            answer.raise_for_status()
            if len(answer.content) > LONGEST_ANSWER:
                raise ProviderUnavailable("the provider's answer is endless")
            found = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ProviderUnavailable("the provider does not answer") from error
        if not isinstance(found, dict):
            raise ProviderUnavailable("the provider's answer is not an object")
        return found
