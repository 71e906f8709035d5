"""A customer who bought a number that needs papers, and pictures to send."""

from datetime import datetime
from io import BytesIO
from uuid import UUID

from PIL import Image

from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.money import Money
from ringfence.kernel.public_ids import new_id
from ringfence.shop import actions, paper_queries, queries
from ringfence.shop.paper_queries import PapersView
from ringfence.shop.ports import EventKind, PaymentEvent
from ringfence.telephony import queries as telephony
from ringfence.telephony.actions import stock
from ringfence.telephony.models import Number
from ringfence.telephony.number_blocks import Block, parse_blocks
from tests.shop.conftest import SYSTEM, a_customer, now
from tests.world import to_pay

REVIEWER = Actor.staff(new_id(), {Role.SUPPORT}).for_purpose("papers")
HEADER = "first,last,capabilities,monthly,setup,currency,documents"


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **saved: object) -> bytes:
    """A picture of shades, the same each time."""
    out = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(out, kind, **saved)
    return out.getvalue()


def noise(size: tuple[int, int]) -> bytes:
    """A picture that is large however it is packed."""
    out = BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, "PNG")
    return out.getvalue()


def number_with_papers(number: str = "+442079461500", documents: str = "identity address") -> str:
    """Put a number into stock that needs papers; return its public id."""
    for block in parse_blocks([HEADER, f"{number},,voice,49,0,NOK,{documents}"]):
        assert isinstance(block, Block), block
        stock.take_in(block=block, by=SYSTEM, at=now())
    return Number.objects.get(e164=number).public_id


class Sale:
    """One customer, one order of a number that needs papers, paid."""

    def __init__(
        self, number: str = "+442079461500", *, subject: UUID | None = None, at: datetime | None = None
    ) -> None:
        self.subject, self.at = subject or a_customer(), at or now()
        self.by = Actor.customer(self.subject)
        self.number = number_with_papers(number)
        self.order = self.placed(self.at)
        self.news(EventKind.PAID)

    def placed(self, at: datetime) -> str:
        """Order the number; the order's public id."""
        order = actions.place(subject=self.subject, number=self.number, by=self.by, at=at)
        actions.check_out(order=order, shown=to_pay(order), by=self.by, at=at)
        return order

    def news(self, kind: EventKind, at: datetime | None = None) -> None:
        """Let the payment provider tell something."""
        price = self.view.price
        assert price is not None
        amount: Money = price.gross
        event = PaymentEvent(
            f"{kind} of {self.order}", kind, f"pay {self.order}", self.order, amount, at or self.at
        )
        actions.take_event(event=event, by=Actor.carrier("payments"), at=at or self.at)

    @property
    def view(self) -> queries.OrderView:
        """The order."""
        found = queries.order(self.order)
        assert found is not None
        return found

    @property
    def papers(self) -> PapersView:
        """Its papers."""
        found = paper_queries.papers_of(self.order)
        assert found is not None
        return found

    def send(self, at: datetime | None = None, **pictures: list[bytes]) -> "Sale":
        """Send what is needed."""
        sent = {kind: pictures.get(kind, [picture()]) for kind in self.papers.kinds}
        actions.send_papers(order=self.order, pictures=sent, by=self.by, at=at or self.at)
        return self

    def offer(self) -> telephony.Offer:
        """The number as it stands."""
        found = telephony.offer(self.number)
        assert found is not None
        return found
