"""Cards that Stripe keeps for renewals: taken at its own page, charged off session, deleted when they are let go.

A mandate is a customer of Stripe's and the way of paying kept with it, both opaque: ``cus_…:pm_…``. Each page makes
a customer of its own, so that letting one go deletes nothing else. No name and no address of the buyer is sent.
"""

import re
from typing import Any, Final

import stripe
from stripe import CardError, InvalidRequestError
from stripe.params import PaymentIntentCreateParams
from stripe.params.checkout import SessionCreateParams

from ringfence.adapters.payments.stripe_answers import (
    NEEDS_BUYER,
    OTHER_UNITS,
    PAYMENT,
    PLAIN,
    REFERENCE,
    Taken,
    intent_state,
    is_marked,
    mandate_of,
    taken_by_charge,
    value,
)
from ringfence.adapters.payments.stripe_connection import in_our_words, plain, rows
from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    CardPage,
    Charge,
    HostedPage,
    PaymentsRefused,
    PaymentsUnavailable,
    PaymentUnknown,
)

_MANDATE: Final = re.compile(r"(cus_[A-Za-z0-9]{1,90}):([a-z]{1,6}_[A-Za-z0-9]{1,90})", re.ASCII)
LOCALES: Final = {"nb": "nb", "en": "en"}
MOST: Final = 100


class Mandates:
    """The half of the adapter that has to do with kept cards. Who inherits it has the API and can open pages."""

    _api: "stripe.V1Services"

    def _opened(self, asked: SessionCreateParams, key: str) -> dict[str, Any]:
        raise NotImplementedError

    def charge(
        self, *, mandate: str, renewal_id: str, amount: Money, description: str, idempotency_key: str
    ) -> Charge:
        """See ``Payments.charge``.

        The key is also written on the payment, and looked for first: Stripe forgets keys after some days, and a
        card must not be charged twice even then.
        """
        customer, method = _parts(mandate)
        if amount.currency in OTHER_UNITS:
            raise PaymentsRefused("wrong_currency")
        earlier = self._charged_before(customer, idempotency_key)
        if earlier is not None:
            return _charge(earlier, amount)
        asked: PaymentIntentCreateParams = {
            "amount": amount.minor,
            "currency": amount.currency.lower(),
            "customer": customer,
            "payment_method": method,
            "off_session": True,
            "confirm": True,
            "error_on_requires_action": True,
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "description": description,
            "metadata": {"renewal": renewal_id, "key": idempotency_key},
        }
        with in_our_words():
            try:
                made = plain(self._api.payment_intents.create(asked, {"idempotency_key": idempotency_key}))
            except CardError as refused:
                made = _of_refusal(refused)
        return _charge(made, amount)

    def find_charge(self, *, mandate: str, idempotency_key: str) -> Charge | None:
        """See ``Payments.find_charge``."""
        customer, _method = _parts(mandate)
        found = self._charged_before(customer, idempotency_key)
        return None if found is None else Charge(reference=value(found, "id", str), state=intent_state(found))

    def _charged_before(self, customer: str, key: str) -> dict[str, Any] | None:
        with in_our_words():
            found = rows(
                self._api.payment_intents.list({"customer": customer, "limit": MOST}), all_pages=True
            )
        return next((one for one in found if is_marked(one, key)), None)

    def forget_mandate(self, mandate: str) -> None:
        """See ``Payments.forget_mandate``: the customer of Stripe's is deleted, and every card with it."""
        customer, _method = _parts(mandate)
        with in_our_words():
            try:
                self._api.customers.delete(customer)
            except InvalidRequestError as refused:
                if refused.code != "resource_missing":
                    raise

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
        asked: SessionCreateParams = {
            "mode": "setup",
            "client_reference_id": subscription_id,
            "customer_creation": "always",
            "currency": currency.lower(),
            "locale": LOCALES.get(language, "auto"),
            "success_url": success_url,
            "cancel_url": cancel_url,
        }
        said = self._opened(asked, idempotency_key)
        return HostedPage(url=value(said, "url", str), reference=value(said, "id", str))

    def look_up_card(self, reference: str) -> CardPage:
        """See ``Payments.look_up_card``."""
        if not REFERENCE.fullmatch(reference):
            raise PaymentUnknown("this is not a reference of the payment provider")
        with in_our_words():
            said = plain(self._api.checkout.sessions.retrieve(reference, {"expand": ["setup_intent"]}))
        intent = said.get("setup_intent")
        kept = (
            mandate_of(intent) if isinstance(intent, dict) and intent.get("status") == "succeeded" else None
        )
        return CardPage(is_open=value(said, "status", str) == "open", mandate=kept)

    def _charge_taken(self, reference: str) -> Taken:
        with in_our_words():
            found = self._api.payment_intents.retrieve(reference, {"expand": ["latest_charge"]})
        return taken_by_charge(plain(found))

    def _renewal_of(self, payment: str) -> tuple[str, str]:
        """A charge and its renewal; empty when the payment is none of the shop's charges."""
        try:
            with in_our_words():
                said = plain(self._api.payment_intents.retrieve(payment))
        except PaymentUnknown:
            return "", ""
        marks = said.get("metadata")
        renewal = marks.get("renewal") if isinstance(marks, dict) else None
        return (payment, renewal) if isinstance(renewal, str) and PLAIN.fullmatch(renewal) else ("", "")


def _parts(mandate: str) -> tuple[str, str]:
    found = _MANDATE.fullmatch(mandate)
    if found is None:
        raise PaymentUnknown("this is not a mandate of the payment provider")
    return found[1], found[2]


def _of_refusal(refused: CardError) -> dict[str, Any]:
    """The payment inside a refusal of the card; a refusal without one is passed on."""
    body = refused.json_body
    error = body.get("error") if isinstance(body, dict) else None
    made = error.get("payment_intent") if isinstance(error, dict) else None
    if not isinstance(made, dict):
        raise refused
    return made | ({"last_payment_error": {"code": refused.code}} if refused.code in NEEDS_BUYER else {})


def _charge(made: dict[str, Any], amount: Money) -> Charge:
    reference, state = value(made, "id", str), intent_state(made)
    if not PAYMENT.fullmatch(reference):
        raise PaymentsUnavailable("the payment provider's answer has no id")
    if state.amount != amount:
        raise PaymentsRefused("key_reused")
    return Charge(reference=reference, state=state)
