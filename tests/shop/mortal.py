"""A store's process that kills itself: run as a program, it lives through an order and dies at the moment it is told.

It reads one errand a line, each in a child of its own, forked from here before anything is connected. The child dies
by SIGKILL right before or right after a commit (of either database) or a call to the payment provider; between two
such moments there is nothing that anybody else could see.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import django
import httpx
from django.conf import settings
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

NONE_LEFT = 0


class Death:
    """Counts moments, and comes at one of them."""

    def __init__(self, moment: int) -> None:
        self.left = moment

    def near(self) -> None:
        """One moment more has come."""
        self.left -= 1
        if self.left == NONE_LEFT:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, owner: type | ModuleType, name: str) -> None:
        """Have a moment before and after each call of a method, or of a function of a module."""
        method: Callable[..., Any] = getattr(owner, name)

        def dangerous(*args: Any, **kwargs: Any) -> Any:
            self.near()
            answer = method(*args, **kwargs)
            self.near()
            return answer

        setattr(owner, name, dangerous)


class Life:
    """The steps of one customer's order."""

    def __init__(self, errand: dict[str, Any]) -> None:
        from ringfence.kernel.actor import Actor

        self.subject, self.rival = UUID(errand["subject"]), errand["rival"]
        self.number, self.at = errand["number"], datetime.fromisoformat(errand["at"])
        self.by, self.system = Actor.customer(self.subject), Actor.system("tests")

    @property
    def key(self) -> UUID:
        """The order's key."""
        from ringfence.shop.actions.orders import key_of

        return key_of(self.order)

    def place(self) -> None:
        """Hold the number."""
        from ringfence.shop import actions

        self.order = actions.place(subject=self.subject, number=self.number, by=self.by, at=self.at)

    def check_out(self) -> None:
        """Accept price and terms."""
        from ringfence.shop import actions
        from tests.world import to_pay

        actions.check_out(order=self.order, shown=to_pay(self.order), by=self.by, at=self.at)

    def page(self) -> None:
        """Open the provider's page."""
        from ringfence.shop import provider

        way_back = provider.WayBack("http://shop.example/done", "http://shop.example/not", "A number")
        self.opened = provider.open_page(order=self.order, way_back=way_back, by=self.by, at=self.at)

    def pay(self) -> None:
        """Pay there."""
        from ringfence.adapters.payments.rehearsal_provider.cards import NUMBERS, Card
        from ringfence.adapters.payments.trust import trusted

        httpx.post(
            self.opened.url, data={"number": NUMBERS[Card.SUCCEEDS]}, trust_env=False, verify=trusted()
        )

    def event(self) -> None:
        """Take in the news of the payment."""
        from ringfence.shop import actions, ports

        amount = ports.payments().look_up(self.opened.reference).amount
        name = f"evt_{self.order}"
        kind = ports.EventKind.PAID
        told = ports.PaymentEvent(name, kind, self.opened.reference, self.order, amount, self.at)
        actions.take_event(event=told, by=self.system, at=self.at)

    def ask(self) -> None:
        """Ask the provider, and settle."""
        from ringfence.shop import provider

        provider.ask(self.key, by=self.system, at=self.at)

    def lose(self) -> None:
        """Let the hold lapse, and somebody else have the number."""
        from ringfence.shop import actions
        from ringfence.shop.rules import HOLD

        actions.lapse(order=self.key, by=self.system, at=self.at + HOLD)
        other = type(self.by).customer(UUID(self.rival))
        actions.place(subject=UUID(self.rival), number=self.number, by=other, at=self.at)

    def choose(self) -> None:
        """Take an equal number."""
        from ringfence.shop import actions, queries
        from ringfence.telephony.equals import equal_to

        view = queries.order(self.order)
        if view is None or view.number is None:
            raise RuntimeError("the order is lost")
        equal = equal_to(view.number)[0].public_id
        actions.choose_equal(order=self.order, number=equal, by=self.by, at=self.at)

    def cancel(self) -> None:
        """Change one's mind."""
        from ringfence.shop import actions

        actions.cancel(order=self.order, by=self.by, at=self.at)

    def refund(self) -> None:
        """Send the money back, and take note of it."""
        from ringfence.shop import provider
        from ringfence.shop.models import Refund

        provider.send_refund(Refund.objects.get(order=self.key).pk, by=self.system, at=self.at)

    def sweep(self) -> None:
        """Do what the periodic sweeps do, at moments of two days."""
        from ringfence.shop.sweeping import sweep
        from ringfence.telephony.actions import numbers

        for minutes in (3, 11, 14, 17, 24 * 60 + 20, 24 * 60 + 25):
            at = self.at + timedelta(minutes=minutes)
            sweep(by=self.system, at=at)
            numbers.end_holds(by=self.system, at=at)


def live(errand: dict[str, Any]) -> None:
    """Do the steps of an errand in this process, which may not outlive them."""
    death = Death(int(errand["die_at"]))
    death.around(BaseDatabaseWrapper, "_commit")
    death.around(httpx.HTTPTransport, "handle_request")
    life = Life(errand)
    for step in errand["steps"]:
        getattr(life, step)()


def learn() -> None:
    """Load what an order needs, once, so that its children need not."""
    from ringfence.adapters.payments import rehearsal  # noqa: F401
    from ringfence.adapters.payments.rehearsal_provider import cards  # noqa: F401
    from ringfence.shop import provider, rules, sweeping  # noqa: F401
    from ringfence.telephony import equals  # noqa: F401

    at = datetime.now(UTC)
    rules.cancellation_window(provided_at=at, country="NO", consumer=True, time_zone="Europe/Oslo")


def set_up() -> dict[str, Any]:
    """Have the store as the tests have it, as the first line says; return what that line says."""
    world: dict[str, Any] = json.loads(sys.stdin.readline())
    django.setup()
    for alias, found in world["databases"].items():
        connections[alias].settings_dict.update(found)
    settings.KEY_STORE_DIR = Path(world["keystore"])
    return world


def run_errands(live: Callable[[dict[str, Any]], None]) -> None:
    """Run one errand a line, each in a child, until there are none left; say how each child ended."""
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                live(json.loads(line))
            except BaseException as trouble:  # noqa: BLE001 - the parent is told by the exit code
                sys.stderr.write(f"{trouble!r}\n")
                os._exit(1)
            os._exit(0)
        _pid, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


def main() -> None:
    """Set the store up as the tests have it, then run errands until there are none left."""
    world = set_up()
    settings.PAYMENTS_ADAPTER = "ringfence.adapters.payments.rehearsal.RehearsalPayments"
    learn()
    settings.REHEARSAL_URL, settings.REHEARSAL_SECRET = world["provider"], world["secret"]
    run_errands(live)


if __name__ == "__main__":
    main()
