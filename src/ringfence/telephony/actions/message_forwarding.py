"""Where messages are sent on to: a customer's settings."""

from datetime import datetime
from uuid import UUID

from django.conf import settings

from ringfence.accounts.actions.letters import queue_letter
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.telephony import message_signing
from ringfence.telephony.actions import message_deliveries
from ringfence.telephony.actions.ownership import owned
from ringfence.telephony.message_rules import DeliveryState, Way
from ringfence.telephony.models import MessageDelivery, MessageForwarding, Number


def _mine(number: UUID, by: Actor) -> tuple[Number, UUID]:
    return owned(
        number, by, not_now=gettext_noop("This number is not in service, so that cannot be changed now.")
    )


def _setting(row: Number, holder: UUID, at: datetime) -> MessageForwarding:
    found = MessageForwarding.objects.select_for_update().filter(number=row, subject=holder).first()
    return found or MessageForwarding(number=row, subject=holder, changed_at=at)


def _changed(setting: MessageForwarding, row: Number, at: datetime, what: str) -> None:
    setting.changed_at = at
    setting.save()
    about(setting.subject, number=row.public_id)
    queue_letter(
        kind="message-forwarding-changed",
        person=setting.subject,
        facts={"number": row.e164, "number_id": row.public_id, "what": what},
        by=Actor.system("messages"),
        at=at,
    )


@action("messages.set_letter")
def set_letter(*, number: UUID, on: bool, by: Actor, at: datetime) -> None:
    """Have the messages of a number sent on by e-mail to the account's own address, or not any more."""
    row, holder = _mine(number, by)
    setting = _setting(row, holder, at)
    if setting.by_letter == on:
        nothing_happened()
        return
    setting.by_letter = on
    _changed(setting, row, at, "letter-on" if on else "letter-off")


@action("messages.set_webhook")
def set_webhook(*, number: UUID, url: str, by: Actor, at: datetime) -> str:
    """Have the messages of a number sent on to a web address; return the new secret that signs them, shown once."""
    row, holder = _mine(number, by)
    address = message_signing.read_url(url, own_machine=settings.ENVIRONMENT.local)
    setting = _setting(row, holder, at)
    setting.url, setting.secret = address, message_signing.new_secret()
    secret = str(setting.secret.open())
    setting.failing_since = setting.paused_at = None
    _changed(setting, row, at, "webhook-on")
    return secret


@action("messages.clear_webhook")
def clear_webhook(*, number: UUID, by: Actor, at: datetime) -> None:
    """Send nothing on to a web address any more; what is on its way is called back."""
    row, holder = _mine(number, by)
    setting = _setting(row, holder, at)
    if setting.url is None:
        nothing_happened()
        return
    setting.url = setting.secret = setting.failing_since = setting.paused_at = None
    message_deliveries.cancel(row.pk, at)
    _changed(setting, row, at, "webhook-off")


@action("messages.resume_webhook")
def resume_webhook(*, number: UUID, by: Actor, at: datetime) -> None:
    """Send on again to an address that was paused because it failed."""
    row, holder = _mine(number, by)
    setting = _setting(row, holder, at)
    if setting.paused_at is None:
        nothing_happened()
        return
    setting.paused_at = setting.failing_since = None
    setting.save(update_fields=["paused_at", "failing_since"])
    about(holder, number=row.public_id)


@action("messages.test_webhook")
def test_webhook(*, number: UUID, by: Actor, at: datetime) -> None:
    """Send a test to the address, signed as a message is; one at a time."""
    row, holder = _mine(number, by)
    setting = _setting(row, holder, at)
    if setting.url is None:
        raise Refusal("forwarding.none", gettext_noop("Give an address first, then it can be tested."))
    tests = MessageDelivery.objects.filter(number=row.pk, message=None, state=DeliveryState.WAITING)
    if tests.exists():
        raise Refusal(
            "forwarding.test_waits",
            gettext_noop("A test is on its way already. Reload the page in a moment to see how it went."),
        )
    message_deliveries.create(holder, row.pk, None, at, Way.WEBHOOK, at)
    about(holder, number=row.public_id)
