"""The shop's side of the rehearsal payment provider.

Settings: ``REHEARSAL_URL``, the provider's base address, and the secret that both share, as
``REHEARSAL_SECRET`` or in the file ``REHEARSAL_SECRET_FILE``.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

import httpx
from django.conf import settings

from ringfence.adapters.payments.rehearsal_provider.keys import (
    SIGNATURE_HEADER,
    api_key,
    signing_key,
)
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    EVENT_TOLERANCE_SECONDS,
    EventKind,
    EventRejected,
    HostedPage,
    PaymentEvent,
    Payments,
    PaymentsRefused,
    PaymentState,
    PaymentStatus,
    PaymentsUnavailable,
    PaymentUnknown,
    RefundState,
    RefundStatus,
    Rejection,
)

_TIMEOUT: Final = httpx.Timeout(8.0, connect=2.0)
_PAUSES_SECONDS: Final = (0.2, 0.6)
"""The waits between the tries of one call: three tries in all. Every call is idempotent, so each may be
repeated."""
_LATER: Final = frozenset({429, 500, 502, 503, 504})
_NOT_FOUND: Final = 404
_STATUS: Final = {"processing": PaymentStatus.OPEN, **{status.value: status for status in PaymentStatus}}
_REFERENCE: Final = re.compile(r"[A-Za-z0-9_-]{1,100}")
_SIGNATURE: Final = re.compile(r"t=([0-9]{1,12}),v1=([0-9a-f]{64})", re.ASCII)
_LARGEST_EVENT: Final = 64 * 1024


class RehearsalPayments:
    """The port ``Payments``, spoken to a rehearsal provider at ``url``. May be shared between threads."""

    def __init__(self, *, url: str, secret: str) -> None:
        """Connect to nothing yet; ``secret`` is the one both sides share."""
        self._signing_key = signing_key(secret)
        self._http = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT,
            headers={"Authorization": f"Bearer {api_key(secret)}", "User-Agent": "shop"},
            trust_env=False,
        )

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

    def open_page(
        self,
        *,
        order_id: str,
        amount: Money,
        description: str,
        language: str,
        success_url: str,
        cancel_url: str,
        idempotency_key: str,
    ) -> HostedPage:
        """See ``Payments.open_page``."""
        asked = {
            "order_id": order_id,
            "description": description,
            "language": language,
            "success_url": success_url,
            "cancel_url": cancel_url,
            **_money_json(amount),
        }
        said = self._call("POST", "/v1/sessions", asked, idempotency_key)
        return HostedPage(url=_text(said, "url"), reference=_text(said, "id"))

    def close_page(self, reference: str) -> PaymentState:
        """See ``Payments.close_page``."""
        return _payment_state(self._call("POST", f"/v1/sessions/{_in_path(reference)}/expire"))

    def look_up(self, reference: str) -> PaymentState:
        """See ``Payments.look_up``."""
        return _payment_state(self._call("GET", f"/v1/sessions/{_in_path(reference)}"))

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> RefundState:
        """See ``Payments.refund``."""
        asked = {"session": reference, **_money_json(amount)}
        return _refund_state(self._call("POST", "/v1/refunds", asked, idempotency_key))

    def look_up_refund(self, reference: str) -> RefundState:
        """See ``Payments.look_up_refund``."""
        return _refund_state(self._call("GET", f"/v1/refunds/{_in_path(reference)}"))

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
        return _event(body)

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
    if not _REFERENCE.fullmatch(reference):
        message = "this is not a reference of the payment provider"
        raise PaymentUnknown(message)
    return quote(reference, safe="")


def _money_json(amount: Money) -> dict[str, Any]:
    return {"amount": amount.minor, "currency": amount.currency}


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said.get(name)
    if not isinstance(value, str) or not value:
        message = f"the payment provider's answer has no {name}"
        raise PaymentsUnavailable(message)
    return value


def _money(said: Mapping[str, Any], name: str = "amount") -> Money:
    try:
        return Money(said[name], said["currency"])
    except (KeyError, TypeError, ValueError):
        message = f"the payment provider's answer has no {name}"
        raise PaymentsUnavailable(message) from None


def _payment_state(said: Mapping[str, Any]) -> PaymentState:
    status = _STATUS.get(_text(said, "status"))
    if status is None:
        message = "the payment provider's answer has an unknown status"
        raise PaymentsUnavailable(message)
    return PaymentState(status=status, amount=_money(said), refunded=_money(said, "refunded"))


def _refund_state(said: Mapping[str, Any]) -> RefundState:
    try:
        status = RefundStatus(_text(said, "status"))
    except ValueError:
        message = "the payment provider's answer has an unknown status"
        raise PaymentsUnavailable(message) from None
    return RefundState(reference=_text(said, "id"), status=status, amount=_money(said))


def _event(body: bytes) -> PaymentEvent | None:
    """Takes the six known values out of a proven payload; everything else in it ends here (clause 2.4)."""
    try:
        payload = json.loads(body)
        if payload["type"] not in list(EventKind):
            return None
        data = payload["data"]
        event = PaymentEvent(
            event_id=payload["id"],
            kind=EventKind(payload["type"]),
            reference=data["session"],
            order_id=data["order_id"],
            amount=Money(data["amount"], data["currency"]),
            occurred_at=datetime.fromtimestamp(payload["created"], UTC),
        )
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        raise EventRejected(Rejection.MALFORMED) from None
    texts = (event.event_id, event.reference, event.order_id)
    if not all(isinstance(text, str) and _REFERENCE.fullmatch(text) for text in texts):
        raise EventRejected(Rejection.MALFORMED)
    return event
