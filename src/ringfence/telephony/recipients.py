"""Who gets personal data through telephony: the carriers of a number, and what a customer lets it ring at."""

from typing import Final
from uuid import UUID

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.disclosure import everyday
from ringfence.privacy.recipients import Part, Recipient, enter
from ringfence.telephony.call_models import CallRecord
from ringfence.telephony.message_models import Message, MessageDelivery
from ringfence.telephony.message_rules import DeliveryState


def _by_carriers(subject: UUID) -> everyday.Given:
    calls = CallRecord.objects.filter(subject=subject)
    messages = Message.objects.filter(subject=subject)
    return everyday.of_rows(calls, "started_at") + everyday.of_rows(messages, "received_at")


def _sent_on(subject: UUID) -> everyday.Given:
    calls = CallRecord.objects.filter(subject=subject, step__isnull=False)
    messages = MessageDelivery.objects.filter(subject=subject, state=DeliveryState.DELIVERED)
    return everyday.of_rows(calls, "started_at") + everyday.of_rows(messages, "received_at")


BY_CARRIERS: Final = (
    "telephony.CallRecord.caller",
    "telephony.CallRecord.called",
    "telephony.CallRecord.started_at",
    "telephony.Message.sender",
    "telephony.Message.text",
)
SENT_ON: Final = (
    "telephony.CallRecord.caller",
    "telephony.Message.sender",
    "telephony.Message.text",
    "telephony.MessageForwarding.url",
    "telephony.RouteStep.target",
)


def enter_recipients() -> None:
    """Enter them."""
    everyday.enter("carriers", _by_carriers)
    everyday.enter("destinations", _sent_on)
    enter(
        Recipient(
            "carriers",
            gettext_noop("The carrier that runs your number"),
            Part.CONTROLLER,
            gettext_noop(
                "Who calls or writes to your number and when, and the number that a call is forwarded to"
            ),
            gettext_noop("Calls and messages come and go through its network"),
            "2.5",
            "GDPR art. 6(1)(b)",
            fields=BY_CARRIERS,
            outside=lambda: gettext_noop("outside the EEA only when the number belongs there"),
        )
    )
    enter(
        Recipient(
            "destinations",
            gettext_noop("Phones, servers and addresses that you point a number to"),
            Part.CHOSEN,
            gettext_noop("The calls and messages that you have sent on there"),
            gettext_noop("You chose it, and can change it at any time"),
            "2.1",
            "GDPR art. 6(1)(b)",
            fields=SENT_ON,
            outside=lambda: gettext_noop("where you chose"),
        )
    )
