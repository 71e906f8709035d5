"""Background work of text messages, thin."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction
from procrastinate.exceptions import AlreadyEnqueued

from ringfence.kernel.actor import Actor
from ringfence.privacy.background import OUTSIDE, task
from ringfence.telephony import message_queries
from ringfence.telephony.actions import message_deliveries, messages
from ringfence.telephony.message_ports import forwarder

WORKER = Actor.system("worker")


@task("telephony.deliver_message", queue=OUTSIDE)
def deliver(*, delivery: str, at: datetime) -> None:
    """Send one message on; what is not due, or done already, is left."""
    send(UUID(delivery), by=WORKER, at=at)


@task("telephony.deliver_waiting", every="* * * * * */10")
def deliver_waiting(*, at: datetime) -> None:
    """Find messages that are due, those of a lost job among them, and have each sent on by a job of its own."""
    for delivery, way, number in message_queries.due_deliveries(at):
        with suppress(AlreadyEnqueued), transaction.atomic():
            begin(delivery, way, number, queueing_lock=f"deliver {delivery}")


def begin(delivery: UUID, way: str, number: UUID, queueing_lock: str | None = None) -> None:
    """Have the worker send a message on: of one number's to one address no more than one at a time."""
    waiting = deliver.configure(lock=f"{way} {number}", queueing_lock=queueing_lock)
    waiting.defer(delivery=str(delivery))


@task("telephony.make_message_days", every="*/30 * * * *")
def make_message_days(*, at: datetime) -> None:
    """Make the places of the messages of the next days."""
    messages.make_days(by=WORKER, at=at)


def send(delivery: UUID, *, by: Actor, at: datetime) -> None:
    """Take an attempt: nothing outside is called while a transaction is open."""
    wanted = message_deliveries.begin(delivery=delivery, by=by, at=at)
    if wanted is not None:
        reply = forwarder().send(wanted.url, wanted.headers, wanted.body)
        message_deliveries.note(delivery=delivery, reply=reply, by=by, at=at)
