"""The shop's side of the rehearsal payment provider.

Settings: ``REHEARSAL_URL``, the provider's base address, and the secret that both share, as
``REHEARSAL_SECRET`` or in the file ``REHEARSAL_SECRET_FILE``.
"""

import hashlib
import hmac
import re
import time
import weakref
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
from django.conf import settings

from ringfence.adapters import door
from ringfence.adapters.payments.rehearsal_answers import (
    REFERENCE,
    event_of,
    payment_state,
    refund_state,
    text_of,
)
from ringfence.adapters.payments.rehearsal_provider.keys import (
    SIGNATURE_HEADER,
    api_key,
    signing_key,
)
from ringfence.adapters.payments.trust import trusted
from ringfence.kernel.money import Money
from ringfence.privacy.disclosure.door import Exit
from ringfence.shop.ports import (
    EVENT_TOLERANCE_SECONDS,
    CardPage,
    Charge,
    EventRejected,
    HostedPage,
    PaymentEvent,
    Payments,
    PaymentsRefused,
    PaymentState,
    PaymentsUnavailable,
    PaymentUnknown,
    RefundState,
    Rejection,
)

EXIT: Final = Exit("rehearsal", to="payments")
_TIMEOUT: Final = httpx.Timeout(8.0, connect=2.0)
_PAUSES_SECONDS: Final = (0.2, 0.6)
"""The waits between the tries of one call: three tries in all. Every call is idempotent, so each may be
repeated."""
_LATER: Final = frozenset({429, 500, 502, 503, 504})
_NOT_FOUND: Final = 404
_SIGNATURE: Final = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)
_LARGEST_EVENT: Final = 64 * 1024


class RehearsalPayments:
    """The port ``Payments``, spoken to a rehearsal provider at ``url``. May be shared between threads."""

    def __init__(self, *, url: str, secret: str) -> None:
        """Connect to nothing yet; ``secret`` is the one both sides share."""
        self._signing_key = signing_key(secret)
        self._http = door.client(
            EXIT,
            base_url=url,
            verify=trusted(),
            timeout=_TIMEOUT,
            headers={"Authorization": f"Bearer {api_key(secret)}", "User-Agent": "shop"},
        )
        weakref.finalize(self, self._http.close)

    @classmethod
    def from_settings(cls) -> Payments:
        """The adapter that the settings describe; one for each process."""
        return _shared(settings.REHEARSAL_URL, _configured_secret())

    def __enter__(self) -> Self:
        """For use in a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the connections."""
        self._http.close()

    def open_page(  # noqa: PLR0913 - each is a part of a page
        self,
        *,
        order_id: str,
        amount: Money,
        description: str,
        language: str,
        success_url: str,
        cancel_url: str,
        keep_mandate: bool = False,
        idempotency_key: str,
    ) -> HostedPage:
        """See ``Payments.open_page``."""
        asked = {
            "order_id": order_id,
            "description": description,
            "language": language,
            "success_url": success_url,
            "cancel_url": cancel_url,
            "keep": keep_mandate,
            **_money_json(amount),
        }
        said = self._call("POST", "/v1/sessions", asked, idempotency_key)
        return HostedPage(url=text_of(said, "url"), reference=text_of(said, "id"))

    def close_page(self, reference: str) -> PaymentState:
        """See ``Payments.close_page``."""
        return payment_state(self._call("POST", f"/v1/sessions/{_in_path(reference)}/expire"))

    def look_up(self, reference: str) -> PaymentState:
        """See ``Payments.look_up``."""
        return payment_state(self._call("GET", f"/v1/sessions/{_in_path(reference)}"))

    def charge(
        self, *, mandate: str, renewal_id: str, amount: Money, description: str, idempotency_key: str
    ) -> Charge:
        """See ``Payments.charge``."""
        asked = {
            "mandate": _in_path(mandate),
            "order_id": renewal_id,
            "description": description,
            **_money_json(amount),
        }
        said = self._call("POST", "/v1/charges", asked, idempotency_key)
        return Charge(reference=text_of(said, "id"), state=payment_state(said))

    def find_charge(self, *, mandate: str, idempotency_key: str) -> Charge | None:
        """See ``Payments.find_charge``."""
        try:
            said = self._call("GET", f"/v1/charges?key={quote(idempotency_key, safe='')}")
        except PaymentUnknown:
            return None
        return Charge(reference=text_of(said, "id"), state=payment_state(said))

    def forget_mandate(self, mandate: str) -> None:
        """See ``Payments.forget_mandate``."""
        self._call("DELETE", f"/v1/mandates/{_in_path(mandate)}")

    def open_card_page(
        self,
        *,
        subscription_id: str,
        currency: str,
        language: str,
        success_url: str,
        cancel_url: str,
        idempotency_key: str,
    ) -> HostedPage:
        """See ``Payments.open_card_page``."""
        asked = {
            "subscription_id": subscription_id,
            "currency": currency,
            "language": language,
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        said = self._call("POST", "/v1/card-pages", asked, idempotency_key)
        return HostedPage(url=text_of(said, "url"), reference=text_of(said, "id"))

    def look_up_card(self, reference: str) -> CardPage:
        """See ``Payments.look_up_card``."""
        said = self._call("GET", f"/v1/card-pages/{_in_path(reference)}")
        is_open = text_of(said, "status") == "open"
        return CardPage(is_open=is_open, mandate=None if is_open else text_of(said, "mandate"))

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> RefundState:
        """See ``Payments.refund``."""
        asked = {"session": reference, **_money_json(amount)}
        return refund_state(self._call("POST", "/v1/refunds", asked, idempotency_key))

    def look_up_refund(self, reference: str) -> RefundState:
        """See ``Payments.look_up_refund``."""
        return refund_state(self._call("GET", f"/v1/refunds/{_in_path(reference)}"))

    def read_event(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> PaymentEvent | None:
        """See ``Payments.read_event``. The signature covers the time and the raw body."""
        signed = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE_HEADER.lower())
        match = _SIGNATURE.fullmatch(signed or "")
        if match is None or len(body) > _LARGEST_EVENT:
            raise EventRejected(Rejection.MALFORMED if signed else Rejection.UNSIGNED)
        expected = hmac.new(self._signing_key, f"{match[1]}.".encode() + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, match[2]):
            raise EventRejected(Rejection.BAD_SIGNATURE)
        if abs(at.timestamp() - int(match[1])) > EVENT_TOLERANCE_SECONDS:
            raise EventRejected(Rejection.TOO_OLD)
        return event_of(body)

    def _call(
        self, method: str, path: str, asked: dict[str, Any] | None = None, key: str = ""
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        for pause in (*_PAUSES_SECONDS, None):
            try:
                response = self._http.request(method, path, json=asked, headers=headers)
            except httpx.TransportError as error:
                trouble = type(error).__name__
            else:
                if response.status_code not in _LATER:
                    return _said(response)
                trouble = f"status {response.status_code}"
            if pause is not None:
                time.sleep(pause)
        message = f"the payment provider did not answer: {trouble}"
        raise PaymentsUnavailable(message)


@lru_cache(maxsize=4)
def _shared(url: str, secret: str) -> RehearsalPayments:
    return RehearsalPayments(url=url, secret=secret)


def _configured_secret() -> str:
    if secret := getattr(settings, "REHEARSAL_SECRET", ""):
        return str(secret)
    try:
        return Path(settings.REHEARSAL_SECRET_FILE).read_text().strip()
    except OSError:
        message = "the secret shared with the rehearsal provider cannot be read"
        raise PaymentsUnavailable(message) from None


def _said(response: httpx.Response) -> dict[str, Any]:
    try:
        said = response.json()
    except ValueError:
        said = None
    if not isinstance(said, dict):
        message = f"the payment provider's answer is not what was agreed (status {response.status_code})"
        raise PaymentsUnavailable(message)
    if response.is_success:
        return said
    error = said.get("error")
    code = str(error.get("code"))[:40] if isinstance(error, dict) else "unknown"
    if response.status_code == _NOT_FOUND:
        message = "the payment provider does not know this reference"
        raise PaymentUnknown(message)
    raise PaymentsRefused(code)


def _in_path(reference: str) -> str:
    if not REFERENCE.fullmatch(reference):
        message = "this is not a reference of the payment provider"
        raise PaymentUnknown(message)
    return quote(reference, safe="")


def _money_json(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}
