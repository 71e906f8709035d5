"""What the shop needs from outside: somebody who takes payments on a page of their own (clause 2.4).

The shop hands over an order id, an amount, a description and a language, and nothing about the buyer. It gets
back one opaque reference. Card and bank data never pass through here, in either direction.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Protocol, cast

from django.conf import settings
from django.utils.module_loading import import_string

from ringfence.kernel.money import Money

EVENT_TOLERANCE_SECONDS: Final = 300
"""How far the signed time of an event may lie from the receiver's clock, either way."""


class PaymentStatus(StrEnum):
    """Where a payment stands. ``open`` is the only one that is not decided yet."""

    OPEN = "open"
    """Not decided: the page waits for the buyer, or the provider works on it. Ask again later."""
    PAID = "paid"
    """The money is taken, or as good as taken."""
    FAILED = "failed"
    """Refused for good. A card that is declined while the buyer may still try another leaves the payment
    open."""
    EXPIRED = "expired"
    """The page was closed before anybody paid; it cannot be paid any more."""
    CHARGED_BACK = "charged_back"
    """It was paid, and the buyer's bank took the money back. It cannot be refunded."""


class RefundStatus(StrEnum):
    """Where a refund stands."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class EventKind(StrEnum):
    """What an event says has happened."""

    PAID = "payment.paid"
    FAILED = "payment.failed"
    EXPIRED = "payment.expired"
    CHARGED_BACK = "payment.charged_back"
    REFUND_SUCCEEDED = "refund.succeeded"
    REFUND_FAILED = "refund.failed"


@dataclass(frozen=True, slots=True)
class HostedPage:
    """The provider's own page: where to send the buyer, and the payment's one opaque reference."""

    url: str
    reference: str


@dataclass(frozen=True, slots=True)
class PaymentState:
    """What the provider says of a payment: its status, what it asks for, and what of it went back so far.

    ``mandate`` is an opaque token of the provider's by which it may be asked to take later payments the same way;
    ``None`` when the buyer did not leave one. ``needs_buyer`` says of a failed charge that the buyer's bank wants to
    see the buyer: trying again is useless, a hosted page is not.
    """

    status: PaymentStatus
    amount: Money
    refunded: Money
    mandate: str | None = None
    needs_buyer: bool = False


@dataclass(frozen=True, slots=True)
class Charge:
    """A payment taken without the buyer, by a mandate: its own opaque reference, and how it stands."""

    reference: str
    state: PaymentState


@dataclass(frozen=True, slots=True)
class CardPage:
    """How a page stands where a buyer leaves another card and pays nothing: ``mandate`` once that is done."""

    is_open: bool
    mandate: str | None


@dataclass(frozen=True, slots=True)
class RefundState:
    """What the provider says of a refund. ``reference`` is the refund's own, for ``look_up_refund``."""

    reference: str
    status: RefundStatus
    amount: Money


@dataclass(frozen=True, slots=True)
class PaymentEvent:
    """All that is kept of a provider's event (clause 2.4: by allow-list, the rest of the payload is dropped).

    ``reference`` is the payment's, also when the event is about a refund of it. ``order_id`` is what was
    given to ``open_page``, or the ``renewal_id`` given to ``charge``. ``amount`` is what the event is about: the
    payment, or the refund. An event is a reason to look, not the truth: it may come twice, late, or after a younger
    one, so ask ``look_up`` where it matters.
    """

    event_id: str
    kind: EventKind
    reference: str
    order_id: str
    amount: Money
    occurred_at: datetime


class PaymentsError(Exception):
    """The provider did not do what was asked.

    Its text is for staff and never holds payload or personal data.
    """


class PaymentsUnavailable(PaymentsError):
    """No answer, or an answer that says "later".

    Whether the call took effect is unknown: repeat it with its key.
    """


class PaymentUnknown(PaymentsError):
    """The provider knows no payment or refund by this reference."""


class PaymentsRefused(PaymentsError):
    """The provider understood and refused; repeating will not help.

    ``code`` is one of the provider's words.
    """

    def __init__(self, code: str) -> None:
        """Say with what word it was refused."""
        super().__init__(f"the payment provider refused: {code}")
        self.code = code


class Rejection(StrEnum):
    """Why an event is rejected."""

    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad_signature"
    TOO_OLD = "too_old"
    MALFORMED = "malformed"


class EventRejected(PaymentsError):
    """An event is not proven genuine, or is not shaped as agreed: nothing of it may be used."""

    def __init__(self, code: Rejection) -> None:
        """Say why."""
        super().__init__(f"the event is rejected: {code}")
        self.code = code


class Payments(Protocol):
    """A payment provider with a hosted page.

    Every call but ``read_event`` goes over the network, so none belongs inside a transaction. Each raises
    ``PaymentsUnavailable`` when trying again later may help, and ``PaymentsRefused`` when it will not. Calls
    that change something take an ``idempotency_key`` (at most 200 characters, no personal data): the same key
    with the same arguments gives the same result and changes nothing a second time, with other arguments it
    is refused.
    """

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
        """Opens a hosted page for one order. ``language`` is ``nb`` or ``en``; the addresses lead back.

        ``order_id`` may also be a renewal's. With ``keep_mandate`` the provider keeps the way of paying for later
        charges, and its page says so.

        Reaching ``success_url`` proves nothing: the payment may still be open, and anybody can type an
        address.
        """
        ...

    def close_page(self, reference: str) -> PaymentState:
        """Closes an unpaid page so that nobody can pay there any more; answers how things stand after that.

        A payment that is decided or under way is left as it is. May be repeated.
        """
        ...

    def look_up(self, reference: str) -> PaymentState:
        """How a payment, from a page or charged, stands now. Raises ``PaymentUnknown``."""
        ...

    def charge(
        self, *, mandate: str, renewal_id: str, amount: Money, description: str, idempotency_key: str
    ) -> Charge:
        """Takes a payment by a mandate, without the buyer.

        A refused card is an answer, not an error: the state says failed. ``renewal_id`` comes back in events as
        ``order_id``. Raises ``PaymentUnknown`` when the mandate is not, or no longer, known.
        """
        ...

    def find_charge(self, *, mandate: str, idempotency_key: str) -> Charge | None:
        """The charge that was made by a mandate with this key, or ``None`` when there was none. Takes nothing."""
        ...

    def forget_mandate(self, mandate: str) -> None:
        """Has the provider delete a mandate and the card behind it. May be repeated; an unknown one is fine."""
        ...

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
        """Opens a hosted page where a buyer leaves a card for later charges and pays nothing."""
        ...

    def look_up_card(self, reference: str) -> CardPage:
        """How such a page stands. Raises ``PaymentUnknown``."""
        ...

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> RefundState:
        """Sends ``amount`` of a payment back the way it came (clause 6.2).

        Raises ``PaymentUnknown``, and ``PaymentsRefused`` when it was not paid or that much is not left.
        """
        ...

    def look_up_refund(self, reference: str) -> RefundState:
        """How a refund stands now, by the refund's own reference. Raises ``PaymentUnknown``."""
        ...

    def read_event(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> PaymentEvent | None:
        """The event in a webhook's raw ``body``, once its signature is proven.

        ``at`` is the receiver's time, aware. ``None`` is a genuine event of a kind the shop does not use:
        answer it with success. Raises ``EventRejected`` otherwise, and ``PaymentsUnavailable`` when an
        adapter has to ask its provider and cannot: answer that so that the provider sends it again. Header
        names may be in any case.
        """
        ...


class PaymentsAdapter(Protocol):
    """What ``settings.PAYMENTS_ADAPTER`` names: a class that builds itself from the settings."""

    @classmethod
    def from_settings(cls) -> Payments:
        """The adapter as configured."""
        ...


def payments() -> Payments:
    """The configured payment provider.

    ``settings.PAYMENTS_ADAPTER`` is the dotted path of its adapter class.
    """
    adapter = cast("PaymentsAdapter", import_string(settings.PAYMENTS_ADAPTER))
    return adapter.from_settings()
