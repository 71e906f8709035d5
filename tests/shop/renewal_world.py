"""A number that is renewed over weeks: time is what the test says, the provider is real."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from ringfence.accounts.models import OutgoingLetter
from ringfence.adapters.payments.rehearsal_provider.cards import Card
from ringfence.shop import actions, collecting, provider
from ringfence.shop.models import BookEntry, Mandate, Renewal, RenewalPayment, Subscription
from ringfence.shop.ports import HostedPage
from ringfence.shop.rules import Term
from ringfence.telephony import queries as telephony
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import Provider, Purchase, eventually

WAY_BACK = provider.WayBack("http://shop.example/done", "http://shop.example/not", "A number, renewed")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Renewed(Purchase):
    """A number in service, and its renewals."""

    def __init__(
        self, payments: Provider, subject: UUID, number: str, card: Card | None, term: Term = Term.MONTH
    ) -> None:
        super().__init__(subject, number)
        self.payments = payments
        self.check_out(term, keep_card=card is not None)
        payments.pay(self.page(), card or Card.SUCCEEDS)
        provider.ask(self.view.id, by=self.by, at=self.at)
        assert self.is_state("active")
        self.sweep(self.at + timedelta(minutes=3))
        assert (self.subscription.mandate_id is not None) == (card is not None)

    @property
    def subscription(self) -> Subscription:
        """The subscription."""
        return Subscription.objects.get(order=self.view.id)

    @property
    def renewals(self) -> list[Renewal]:
        """Every renewal so far."""
        return list(Renewal.objects.filter(subscription=self.subscription).order_by("number"))

    @property
    def first(self) -> Renewal:
        """The first renewal."""
        return self.renewals[0]

    @property
    def due(self) -> datetime:
        """When the first renewal is due."""
        return self.first.period_from

    @property
    def states(self) -> list[str]:
        """The state of each renewal."""
        return [row.state for row in self.renewals]

    def tries(self) -> list[RenewalPayment]:
        """Every payment of every renewal."""
        found = RenewalPayment.objects.filter(renewal__subscription=self.subscription)
        return list(found.order_by("renewal__number", "attempt"))

    def live(self, until: datetime) -> None:
        """Let time pass: the sweep runs at each moment something is due, and at the end."""
        for _step in range(60):
            due = Renewal.objects.filter(subscription=self.subscription, next_at__lte=until)
            first = due.order_by("next_at").values_list("next_at", flat=True).first()
            if first is None:
                break
            self.sweep(first)
        self.sweep(until)

    def pay_by_page(self, at: datetime, card: Card = Card.SUCCEEDS, *, keep: bool = False) -> HostedPage:
        """Pay the newest renewal at the provider's page; the news is asked for."""
        renewal = self.renewals[-1]
        from ringfence.kernel.public_ids import public_id

        page = collecting.open_pay_page(
            renewal=public_id("rnw", renewal.pk),
            way_back=WAY_BACK,
            language="en",
            keep_card=keep,
            by=self.by,
            at=at,
        )
        self.payments.pay(page, card)
        return page

    def letters(self) -> list[str]:
        """The kinds of letters about renewals, in the order they were queued."""
        found = OutgoingLetter.objects.filter(subject=self.subject, kind__startswith="renewal-")
        return list(found.order_by("made_at", "id").values_list("kind", flat=True))

    def number_state(self) -> NumberState:
        """The state of the number."""
        number = self.view.number
        offer = telephony.offer(number) if number else None
        assert offer is not None
        return offer.state

    def charges(self) -> list[dict[str, Any]]:
        """What the provider took in all, by its own events."""
        found, after = [], ""
        while batch := self.payments.call("GET", f"/v1/events?limit=100&after={after}").json()["events"]:
            found += [event for event in batch if event["data"]["order_id"].startswith("rnw_")]
            after = batch[-1]["id"]
        ours = {f"{row.reference}" for row in self.tries()}
        return [event for event in found if event["data"]["session"] in ours]


def sales() -> list[BookEntry]:
    """The invoices, in their order."""
    return list(BookEntry.objects.filter(kind="sale").order_by("serial"))


def mandates_left(payments: Provider) -> int:
    """How many cards the store still knows."""
    return Mandate.objects.count()


__all__ = ["DAY", "HOUR", "Card", "Renewed", "actions", "eventually", "mandates_left", "sales"]
