"""A payment provider in this process, for tests that need thousands of payments: it keeps the contract of the port.

It takes money when a test says that a buyer pays, gives it back once for each key, and remembers every event. What
the real adapters do over the network is tested against real providers elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ringfence.kernel.money import Money
from ringfence.shop.ports import (
    CardPage,
    Charge,
    EventKind,
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


@dataclass
class Account:
    """One payment: who it is for, how it stands, and what went back."""

    order_id: str
    amount: Money
    keeps_mandate: bool
    status: PaymentStatus = PaymentStatus.OPEN
    back: list[Money] = field(default_factory=list)


class Bank:
    """The port `Payments`, kept in memory."""

    open_accounts: dict[str, Account]
    works: bool
    """Whether charges by a mandate go through."""

    def __init__(self) -> None:
        self.open_accounts, self.events = {}, []
        self.keys: dict[str, str] = {}
        self.works = True

    events: list[PaymentEvent]

    @classmethod
    def from_settings(cls) -> Payments:
        """The one bank of this process."""
        return THE_BANK[0]

    def _tell(self, kind: EventKind, reference: str) -> None:
        account = self.open_accounts[reference]
        name = f"evt_{len(self.events)}_{reference}"
        at = datetime.now(UTC)
        self.events.append(PaymentEvent(name, kind, reference, account.order_id, account.amount, at))

    def _account(self, reference: str) -> Account:
        if reference not in self.open_accounts:
            raise PaymentUnknown
        return self.open_accounts[reference]

    def _opened(self, key: str, order_id: str, amount: Money, *, keep: bool) -> str:
        if key not in self.keys:
            self.keys[key] = f"pay_{len(self.open_accounts)}_{order_id}"
            self.open_accounts[self.keys[key]] = Account(order_id, amount, keep)
        return self.keys[key]

    def open_page(
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
        """See the port."""
        reference = self._opened(idempotency_key, order_id, amount, keep=keep_mandate)
        return HostedPage(f"http://bank.example/{reference}", reference)

    def close_page(self, reference: str) -> PaymentState:
        """See the port."""
        account = self._account(reference)
        if account.status is PaymentStatus.OPEN:
            account.status = PaymentStatus.EXPIRED
            self._tell(EventKind.EXPIRED, reference)
        return self.look_up(reference)

    def look_up(self, reference: str) -> PaymentState:
        """See the port."""
        account = self._account(reference)
        back = sum(account.back, Money.zero(account.amount.currency))
        mandate = f"card of {reference}" if account.keeps_mandate else None
        return PaymentState(account.status, account.amount, back, mandate)

    def charge(
        self, *, mandate: str, renewal_id: str, amount: Money, description: str, idempotency_key: str
    ) -> Charge:
        """See the port."""
        is_new = idempotency_key not in self.keys
        reference = self._opened(idempotency_key, renewal_id, amount, keep=False)
        if is_new:
            self._account(reference).status = PaymentStatus.PAID if self.works else PaymentStatus.FAILED
            self._tell(EventKind.PAID if self.works else EventKind.FAILED, reference)
        return Charge(reference, self.look_up(reference))

    def forget_mandate(self, mandate: str) -> None:
        """See the port."""

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
        """See the port."""
        raise PaymentsRefused("not_here")

    def look_up_card(self, reference: str) -> CardPage:
        """See the port."""
        raise PaymentUnknown

    def refund(self, *, reference: str, amount: Money, idempotency_key: str) -> RefundState:
        """See the port."""
        account = self._account(reference)
        if idempotency_key not in self.keys:
            left = account.amount - sum(account.back, Money.zero(amount.currency))
            if account.status is not PaymentStatus.PAID or left < amount:
                raise PaymentsRefused("not_refundable")
            account.back.append(amount)
            self.keys[idempotency_key] = f"back_{reference}"
            self._tell(EventKind.REFUND_SUCCEEDED, reference)
        return RefundState(self.keys[idempotency_key], RefundStatus.SUCCEEDED, amount)

    def look_up_refund(self, reference: str) -> RefundState:
        """See the port."""
        account = self._account(reference.removeprefix("back_"))
        return RefundState(reference, RefundStatus.SUCCEEDED, account.back[0])

    def read_event(self, body: bytes, headers: Mapping[str, str], *, at: datetime) -> PaymentEvent | None:
        """Not used: events are handed over as they are."""
        raise NotImplementedError

    def decide(self, reference: str, status: PaymentStatus) -> bool:
        """Let a buyer pay, or their card be refused; whether that could be."""
        account = self._account(reference)
        if account.status is not PaymentStatus.OPEN:
            return False
        account.status = status
        self._tell(EventKind.PAID if status is PaymentStatus.PAID else EventKind.FAILED, reference)
        return True

    def take_back(self, reference: str) -> bool:
        """Let the buyer's bank take a payment back; whether that could be."""
        account = self._account(reference)
        if account.status is not PaymentStatus.PAID or account.back:
            return False
        account.status = PaymentStatus.CHARGED_BACK
        self._tell(EventKind.CHARGED_BACK, reference)
        return True


THE_BANK: list[Bank] = [Bank()]
