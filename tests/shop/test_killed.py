"""Kill -9 at every moment of an order leaves neither a paid order without a number nor a number without an order."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings as django_settings
from django.db import connections

from ringfence.adapters.payments.rehearsal import RehearsalPayments
from ringfence.privacy.ledger import append, verify
from ringfence.shop.models import BookEntry, Order, Refund, Subscription
from ringfence.shop.ports import PaymentState, PaymentStatus
from ringfence.shop.ports import payments as payments_of_the_shop
from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberState
from tests.shop.conftest import SECRET, Provider, a_customer, now
from tests.world import for_sale, take_in_stock

pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.timeout(180),
]

WHOLE = ("place", "check_out", "page", "pay", "event", "cancel", "refund")
LATE = ("place", "check_out", "page", "lose", "pay", "ask", "choose", "cancel", "refund")
ROOT = Path(__file__).resolve().parents[2]


class Mortals:
    """Processes that live through an order and die when told."""

    def __init__(self, provider: Provider) -> None:
        words = [sys.executable, "-m", "tests.shop.mortal"]
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ.copy()
        )
        parts = ("NAME", "USER", "PASSWORD", "HOST", "PORT")
        databases = {
            alias: {part: connections[alias].settings_dict[part] for part in parts}
            for alias in ("default", "keys")
        }
        world = {"databases": databases, "provider": provider.url, "secret": SECRET}
        self._say({**world, "keystore": str(django_settings.KEY_STORE_DIR)})
        self.at = now()

    def _say(self, what: dict[str, object]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def live(self, *steps: str, number: str = "", die_at: int = 0, subject: UUID | None = None) -> bool:
        """Let a process live through steps; whether it died."""
        errand = {"steps": steps, "number": number, "die_at": die_at, "at": self.at.isoformat()}
        who = {"subject": str(subject or a_customer()), "rival": str(a_customer() if "lose" in steps else "")}
        self._say({**errand, **who})
        assert self.process.stdout is not None
        answered = int(self.process.stdout.readline())
        assert answered in {0, -signal.SIGKILL}, "the process neither lived nor was killed"
        return answered != 0

    def stop(self) -> None:
        """Have no more of them."""
        self.process.communicate(timeout=10)


@pytest.fixture
def mortals(payments: Provider) -> Iterator[Mortals]:
    made = Mortals(payments)
    try:
        with payments.trouble(webhooks="lose"):
            yield made
    finally:
        made.stop()


def a_free_number() -> str:
    found = for_sale(country="GB", limit=1)
    return found[0].public_id


def kill_everywhere(mortals: Mortals, steps: tuple[str, ...]) -> dict[UUID, int]:
    """Live through the steps again and again, dying a moment later each time; return who died when."""
    died: dict[UUID, int] = {}
    for moment in range(1, 200):
        subject = a_customer()
        died[subject] = moment
        if not mortals.live(*steps, number=a_free_number(), die_at=moment, subject=subject):
            return died
    pytest.fail("it would not survive")


def sweep_between_deaths(mortals: Mortals) -> int:
    """Let sweeps be killed too, at ever later moments, and then one come to its end; return how many died."""
    return sum(mortals.live("sweep", die_at=moment) for moment in (1, 2, 3, 4, 5, 6, 7, 9, 12, 16, 21, 40, 0))


def money_of(order: Order) -> PaymentState | None:
    provider = payments_of_the_shop()
    assert isinstance(provider, RehearsalPayments)
    return provider.look_up(order.payment_reference) if order.payment_reference else None


def require_whole(order: Order) -> str:
    """Nothing about an order is half; return how it ended."""
    money, number = money_of(order), Number.objects.get(pk=order.number)
    sold, refund = BookEntry.objects.filter(order=order.pk), Refund.objects.filter(order=order).first()
    if order.state == "active":
        assert money is not None
        assert (money.status, money.refunded.minor) == (PaymentStatus.PAID, 0)
        assert (number.state, number.holder) == (NumberState.IN_SERVICE, order.subject)
        assert [entry.kind for entry in sold] == ["sale"]
        assert Subscription.objects.get(order=order).ended_at is None
    elif order.state == "refunded":
        assert money is not None
        assert refund is not None
        assert (money.refunded, refund.state) == (money.amount, "done")
        assert (number.state, number.holder) != (NumberState.IN_SERVICE, order.subject)
        assert sorted(entry.kind for entry in sold) in (["credit", "sale"], [])
    else:
        assert order.state == "lapsed"
        assert money is None or money.status is not PaymentStatus.PAID
        assert (number.state, number.holder) != (NumberState.HELD, order.subject)
        assert not sold
    return str(order.state)


def require_every_number_accounted_for() -> None:
    in_service = {row.pk: row.holder for row in Number.objects.filter(state=NumberState.IN_SERVICE)}
    assert in_service == {row.number: row.subject for row in Order.objects.filter(state="active")}
    assert not Number.objects.filter(state=NumberState.HELD).exists()
    while append.sequence():
        pass
    assert verify.findings() == []


@pytest.mark.parametrize(
    ("steps", "most_moments"), [(WHOLE, 60), (LATE, 80)], ids=["an order", "an order paid for too late"]
)
def test_killed_at_every_moment_an_order_comes_to_an_end_that_is_not_half(
    mortals: Mortals, payments: Provider, stocked: list[str], steps: tuple[str, ...], most_moments: int
) -> None:
    take_in_stock("+442079460100,+442079460199,49,0,NOK,voice sms")
    died = kill_everywhere(mortals, steps)
    assert 20 < len(died) < most_moments
    assert sweep_between_deaths(mortals) > 5
    ends = Counter(require_whole(order) for order in Order.objects.filter(subject__in=died))
    assert set(ends) == {"lapsed", "active", "refunded"}
    require_every_number_accounted_for()
    for order in Order.objects.filter(payment_reference__isnull=False):
        assert len(payments.refunds_of(str(order.payment_reference))) <= 1
