"""Stripe Checkout behind the port ``Payments``: Stripe's own page, opened with nothing about the buyer (clause 2.4).

The reference of a payment is its Checkout Session's id. Named in the settings as
``ringfence.adapters.payments.stripe_checkout.StripeCheckout``; an installation that names another adapter never
loads this module or the library.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Self

from django.conf import settings
from stripe import IdempotencyError, InvalidRequestError
from stripe.params.checkout import SessionCreateParams

from ringfence.adapters.payments.stripe_answers import (
    OTHER_UNITS,
    PAYMENT,
    REFERENCE,
    Taken,
    has_taken_money,
    is_marked,
    is_plain,
    refund_state,
    sum_of,
    taken_at_page,
    value,
)
from ringfence.adapters.payments.stripe_connection import (
    API_ORIGIN,
    Connection,
    client,
    in_our_words,
    plain,
    rows,
)
from ringfence.adapters.payments.stripe_events import news, proven
from ringfence.adapters.payments.stripe_mandates import LOCALES, MOST, Mandates
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    HostedPage,
    PaymentEvent,
    Payments,
    PaymentsRefused,
    PaymentState,
    PaymentStatus,
    PaymentUnknown,
    RefundState,
    RefundStatus,
)

PAGE_STEP_SECONDS: Final = 30 * 60
"""A page ends at a round half hour, so that repeating a call within it repeats the same call."""
PAGE_LEAST_SECONDS: Final = 35 * 60
"""Stripe refuses to open a page for less than 30 minutes; the rest is for clocks that differ. The shop closes the
page when the hold lapses (``close_page``); this is the end if it cannot."""

_EXPAND: Final = ["payment_intent.latest_charge"]


class StripeCheckout(Mandates):
    """The port ``Payments``, spoken to Stripe. May be shared between threads."""

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        api_origin: str = API_ORIGIN,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Connect to nothing yet. `secret_key` is a secret or restricted key, `webhook_secret` the endpoint's."""
        self._webhook_secret = webhook_secret
        self._is_live = secret_key[3:].startswith("live_")
        self._clock = clock
        self._connection = Connection()
        self._api = client(secret_key, self._connection, api_origin=api_origin).v1

    @classmethod
    def from_settings(cls) -> Payments:
        """The adapter that the settings describe; one for each process."""
        return _shared(settings.STRIPE_SECRET_KEY, settings.STRIPE_WEBHOOK_SECRET)

    def __enter__(self) -> Self:
        """For use in a ``with`` block."""
        return self

    def __exit__(self, *_: object) -> None:
        """Closes the connections."""
        self._connection.close()

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
        """See ``Payments.open_page``. A kept card needs a customer of Stripe's, made of what is typed there."""
        if amount.currency in OTHER_UNITS:
            raise PaymentsRefused("wrong_currency")
        asked: SessionCreateParams = {
            "mode": "payment",
            "client_reference_id": order_id,
            "customer_creation": "always" if keep_mandate else "if_required",
            "adaptive_pricing": {"enabled": False},
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": amount.currency.lower(),
                        "unit_amount": amount.minor,
                        "product_data": {"name": description},
                    },
                }
            ],
            "payment_intent_data": {"metadata": {"order": order_id}},
            "locale": LOCALES.get(language, "auto"),
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        if keep_mandate:
            asked["payment_intent_data"]["setup_future_usage"] = "off_session"
        said = self._opened(asked, idempotency_key)
        return HostedPage(url=value(said, "url", str), reference=value(said, "id", str))

    def close_page(self, reference: str) -> PaymentState:
        """See ``Payments.close_page``. Stripe refuses to close what is not open; then it is asked how things stand."""
        _require_reference(reference)
        with in_our_words(), suppress(InvalidRequestError):
            self._api.checkout.sessions.expire(reference)
        return self.look_up(reference)

    def look_up(self, reference: str) -> PaymentState:
        """See ``Payments.look_up``. What went back counts once it has arrived."""
        taken = self._taken(reference)
        status, refunded, charge = taken.status, 0, taken.charge
        if charge is not None and status is PaymentStatus.PAID:
            if value(charge, "amount_refunded", int):
                refunded = sum_of(self._refunds(taken.payment), RefundStatus.SUCCEEDED)
            if value(charge, "disputed", bool) and self._is_charged_back(taken.payment):
                status = PaymentStatus.CHARGED_BACK
        return PaymentState(
            status=status,
            amount=taken.amount,
            refunded=Money(refunded, taken.amount.currency),
            mandate=taken.mandate,
            needs_buyer=taken.needs_buyer,
        )

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> RefundState:
        """See ``Payments.refund``.

        The key is also written on the refund, and looked for first: Stripe forgets keys after some days, and the
        money must not go back twice even then.
        """
        taken = self._taken(reference)
        if taken.status is not PaymentStatus.PAID:
            raise PaymentsRefused("not_paid")
        payment, paid = taken.payment, taken.amount
        earlier = self._refunds(payment)
        done = next((one for one in earlier if is_marked(one, idempotency_key)), None)
        if done is not None:
            state = refund_state(done)
            if state.amount != amount:
                raise PaymentsRefused("key_reused")
            return state
        if amount.currency != paid.currency:
            raise PaymentsRefused("wrong_currency")
        if amount.minor > paid.minor - sum_of(earlier, RefundStatus.SUCCEEDED, RefundStatus.PENDING):
            raise PaymentsRefused("too_much")
        charge = taken.charge
        if charge and value(charge, "disputed", bool) and self._is_charged_back(payment):
            raise PaymentsRefused("not_paid")
        with in_our_words():
            made = self._api.refunds.create(
                {"payment_intent": payment, "amount": amount.minor, "metadata": {"key": idempotency_key}},
                {"idempotency_key": idempotency_key},
            )
        return refund_state(plain(made))

    def look_up_refund(self, reference: str) -> RefundState:
        """See ``Payments.look_up_refund``."""
        if not is_plain(reference):
            raise PaymentUnknown("this is not a reference of the payment provider")
        with in_our_words():
            return refund_state(plain(self._api.refunds.retrieve(reference)))

    def read_event(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> PaymentEvent | None:
        """See ``Payments.read_event``. Stripe is asked for the session where a refund or a dispute does not name it.

        A charge is called refunded when a refund begins; it is believed when one of that amount has arrived.
        """
        told = news(proven(body, headers, secret=self._webhook_secret, at=at), is_live=self._is_live)
        if told is None:
            return None
        session, order_id = told.session, told.order_id
        if not session:
            session, order_id = self._session_of(told.payment)
        if not session:
            session, order_id = self._renewal_of(told.payment)
        if not session or (told.is_claim and not self._has_arrived(told.payment, told.amount)):
            return None
        return PaymentEvent(
            event_id=told.event_id,
            kind=told.kind,
            reference=session,
            order_id=order_id,
            amount=told.amount,
            occurred_at=told.occurred_at,
        )

    def _opened(self, asked: SessionCreateParams, key: str) -> dict[str, Any]:
        """Opens a page that ends at the next round half hour but one.

        The end is part of the call, and Stripe refuses a key with another call. So a repeat that crosses the half
        hour is refused, and then means the page that ends half an hour earlier.
        """
        ends = (
            -(-(int(self._clock().timestamp()) + PAGE_LEAST_SECONDS) // PAGE_STEP_SECONDS) * PAGE_STEP_SECONDS
        )
        create = self._api.checkout.sessions.create
        with in_our_words():
            try:
                made = create({**asked, "expires_at": ends}, {"idempotency_key": key})
            except IdempotencyError:
                made = create({**asked, "expires_at": ends - PAGE_STEP_SECONDS}, {"idempotency_key": key})
        return plain(made)

    def _taken(self, reference: str) -> Taken:
        if PAYMENT.fullmatch(reference):
            return self._charge_taken(reference)
        _require_reference(reference)
        with in_our_words():
            said = self._api.checkout.sessions.retrieve(reference, {"expand": _EXPAND})
        return taken_at_page(plain(said))

    def _session_of(self, payment: str) -> tuple[str, str]:
        """The session and the order of a payment; empty when it is none of the shop's."""
        with in_our_words():
            found = rows(self._api.checkout.sessions.list({"payment_intent": payment, "limit": 1}))
        for one in found:
            session, order = value(one, "id", str), one.get("client_reference_id")
            if is_plain(order) and REFERENCE.fullmatch(session):
                return session, str(order)
        return "", ""

    def _refunds(self, payment: str) -> list[dict[str, Any]]:
        with in_our_words():
            return rows(self._api.refunds.list({"payment_intent": payment, "limit": MOST}), all_pages=True)

    def _is_charged_back(self, payment: str) -> bool:
        with in_our_words():
            found = rows(self._api.disputes.list({"payment_intent": payment, "limit": MOST}))
        return any(has_taken_money(value(one, "status", str)) for one in found)

    def _has_arrived(self, payment: str, amount: Money) -> bool:
        states = map(refund_state, self._refunds(payment))
        return any(one.status is RefundStatus.SUCCEEDED and one.amount == amount for one in states)


@lru_cache(maxsize=4)
def _shared(secret_key: str, webhook_secret: str) -> StripeCheckout:
    return StripeCheckout(secret_key=secret_key, webhook_secret=webhook_secret)


def _require_reference(reference: str) -> None:
    if not REFERENCE.fullmatch(reference):
        raise PaymentUnknown("this is not a reference of the payment provider")
