"""A store's process that takes a message in and sends it on, and kills itself at the moment it is told."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.shop.mortal import Death, run_errands, set_up


def live(errand: dict[str, Any]) -> None:
    """Take a message in, then send on what is due, in this process, which may not outlive it."""
    from ringfence.adapters.message_forwarder import GuardedForwarder
    from ringfence.kernel.actor import Actor
    from ringfence.telephony import message_queries, message_tasks
    from ringfence.telephony.actions import messages
    from ringfence.telephony.message_ports import Arrived

    death = Death(int(errand["die_at"]))
    death.around(BaseDatabaseWrapper, "_commit")
    death.around(GuardedForwarder, "send")
    by, at = Actor.carrier("tests"), datetime.fromisoformat(errand["at"])
    arrived = Arrived(errand["id"], errand["number"], "+447700900123", "hello", sent_at=at)
    messages.take_in(carrier="tests", arrived=arrived, by=by, at=at)
    for delivery, _way, _number in message_queries.due_deliveries(at):
        message_tasks.send(delivery, by=by, at=at)


def main() -> None:
    """Set the store up as the tests have it, then run errands, each in a child, until there are none left."""
    set_up()
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_origin="http://localhost:8000")
    run_errands(live)


if __name__ == "__main__":
    main()
