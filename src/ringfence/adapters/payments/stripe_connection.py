"""How calls to Stripe leave the house: the official library over our own connection, and its errors in our words.

The connection sends the headers a call needs and no others: nothing about this machine, its software or its
operator, and no measurements. It honours no proxy of the environment and follows no redirect.
"""

import logging
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx

os.environ.pop("STRIPE_LOG", None)  # At "debug" the library would print whole payloads (clause 2.4).

import stripe

from ringfence.adapters import door
from ringfence.adapters.payments.trust import trusted
from ringfence.privacy.disclosure.door import Exit
from ringfence.shop.ports import (
    PaymentsError,
    PaymentsRefused,
    PaymentsUnavailable,
    PaymentUnknown,
)

API_VERSION: Final = "2026-10-28.endive"
"""The version of Stripe's API that every call names, whatever the account is set to.

It is the one the locked library was generated for, and a test says so: raising the library is a decision.
"""

API_ORIGIN: Final = "https://api.stripe.com"
RETRIES: Final = 2
"""Further tries of one call, with growing pauses. Each POST carries its key, so each may be repeated."""

EXIT: Final = Exit("stripe", to="payments")
_TIMEOUT: Final = httpx.Timeout(8.0, connect=2.0)
_TOO_MANY: Final = 429
_NOT_FOUND: Final = 404
_SENT: Final = ("authorization", "content-type", "idempotency-key", "stripe-version")
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)

stripe.enable_telemetry = False
logging.getLogger("stripe").setLevel(logging.WARNING)


class Connection(stripe.HTTPClient):
    """The library's way out, over one pool of connections. May be shared between threads."""

    name = "httpx"

    def __init__(self) -> None:
        """Connect to nothing yet."""
        super().__init__()
        self._http = door.client(EXIT, verify=trusted(), timeout=_TIMEOUT, headers={"User-Agent": "shop"})

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """One try. An answer that says "too many" is marked as worth another, which the library then makes."""
        sent = {name: value for name, value in (headers or {}).items() if name.lower() in _SENT}
        try:
            answer = self._http.request(method, url, headers=sent, content=post_data)
        except httpx.HTTPError as error:
            trouble = stripe.APIConnectionError(type(error).__name__, should_retry=True)  # type: ignore[no-untyped-call]
            raise trouble from None
        told = httpx.Headers(answer.headers)
        told.pop("stripe-notice", None)
        if answer.status_code == _TOO_MANY:
            told.setdefault("stripe-should-retry", "true")
        return answer.text, answer.status_code, told

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()


def client(secret_key: str, connection: Connection, *, api_origin: str = API_ORIGIN) -> stripe.StripeClient:
    """A client of its own: nothing of the library's global state is read."""
    return stripe.StripeClient(
        secret_key,
        stripe_version=API_VERSION,
        base_addresses={"api": api_origin},
        max_network_retries=RETRIES,
        http_client=connection,
    )


@contextmanager
def in_our_words() -> Iterator[None]:
    """Turns the library's errors into the port's. None of Stripe's sentences or payloads goes along."""
    try:
        yield
    except stripe.StripeError as error:
        raise _translated(error) from None


def _translated(error: stripe.StripeError) -> PaymentsError:
    if isinstance(error, stripe.IdempotencyError):
        return PaymentsRefused("key_reused")
    if isinstance(error, stripe.AuthenticationError):
        return PaymentsRefused("wrong_key")
    if isinstance(error, stripe.PermissionError):
        return PaymentsRefused("not_permitted")
    if isinstance(error, stripe.InvalidRequestError | stripe.CardError):
        if error.http_status == _NOT_FOUND or error.code == "resource_missing":
            return PaymentUnknown("the payment provider does not know this reference")
        word = str(error.code)
        return PaymentsRefused(word if error.code and _WORD.fullmatch(word) else "invalid_request")
    return PaymentsUnavailable(
        f"the payment provider did not answer: {type(error).__name__}, status {error.http_status}"
    )


def plain(said: object) -> dict[str, Any]:
    """An object of the library as a plain one. Raises PaymentsUnavailable when the answer is none."""
    if not isinstance(said, stripe.StripeObject):
        raise PaymentsUnavailable("the payment provider's answer is not what was agreed")
    return said.to_dict()


def rows(said: object, *, all_pages: bool = False) -> list[dict[str, Any]]:
    """The rows of a list, plain; its further pages are asked for with ``all_pages``. Raises as ``plain`` does."""
    if not isinstance(said, stripe.ListObject):
        raise PaymentsUnavailable("the payment provider's answer is not what was agreed")
    return [plain(one) for one in (said.auto_paging_iter() if all_pages else said.data)]
