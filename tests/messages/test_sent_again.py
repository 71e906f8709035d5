"""A test is sent now and then, a slow server holds up nobody else, and what was sent goes with its message."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.background import DEFAULT, OUTSIDE
from ringfence.telephony import message_tasks
from ringfence.telephony.actions import message_deliveries, message_forwarding, messages
from ringfence.telephony.message_rules import Way
from ringfence.telephony.models import MessageDelivery
from tests.accounts.builders import run_jobs, sign_in
from tests.messages.receiver import Receiver
from tests.messages.test_forwarding import attempt, log, receiver, to_server
from tests.messages.world import Holder, now, telnyx
from tests.world import SYSTEM

__all__ = ("receiver",)
pytestmark = pytest.mark.django_db(databases=["default", "keys"])


def test_one_test_at_a_time(holder: Holder, receiver: Receiver) -> None:
    to_server(holder, receiver)
    message_forwarding.test_webhook(number=holder.number.id, by=holder.by, at=now())
    with pytest.raises(Refusal, match="on its way already"):
        message_forwarding.test_webhook(number=holder.number.id, by=holder.by, at=now())
    run_jobs("telephony.deliver")
    message_forwarding.test_webhook(number=holder.number.id, by=holder.by, at=now())


def test_tests_are_few(holder: Holder, receiver: Receiver, client: Client) -> None:
    to_server(holder, receiver)
    sign_in(client, holder.subject)
    address = f"/en/account/numbers/{holder.number.public_id}/messages/address/test/"
    answers = []
    for _time in range(12):
        answers.append(client.post(address).status_code)
        run_jobs("telephony.deliver")
    assert answers == [302] * 10 + [429] * 2


def test_what_goes_outside_has_hands_of_its_own_and_a_number_takes_one(
    holder: Holder, receiver: Receiver
) -> None:
    to_server(holder, receiver)
    telnyx(holder.number.e164, "one")
    telnyx(holder.number.e164, "two")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT queue_name, lock, count(*) FROM procrastinate_jobs WHERE task_name = %s GROUP BY 1, 2",
            [message_tasks.deliver.name],
        )
        assert cursor.fetchall() == [(OUTSIDE, f"webhook {holder.number.id}", 2)]
    assert {task.queue for task in app.tasks.values() if task.name.startswith("telephony.")} == {
        DEFAULT,
        OUTSIDE,
    }


@pytest.mark.promise("2.9")
def test_a_letter_sent_again_goes_with_its_message_and_the_first_one_too(holder: Holder) -> None:
    message_forwarding.set_letter(number=holder.number.id, on=True, by=holder.by, at=now())
    telnyx(holder.number.e164, "gone")
    attempt(now())
    message_deliveries.send_again(delivery=log(holder)[0].id, by=holder.by, at=now())
    attempt(now())
    assert OutgoingLetter.objects.filter(kind="message-received").count() == 1
    messages.delete(subject=holder.subject, messages=None, by=holder.by, at=now())
    assert not OutgoingLetter.objects.filter(kind="message-received").exists()


@pytest.mark.promise("2.8")
def test_a_letter_ends_with_its_message_however_late_it_was_sent(holder: Holder) -> None:
    message_forwarding.set_letter(number=holder.number.id, on=True, by=holder.by, at=now())
    telnyx(holder.number.e164, "thirty days")
    attempt(now())
    later = now() + timedelta(days=29)
    message_deliveries.send_again(delivery=log(holder)[0].id, by=holder.by, at=later)
    attempt(later)
    assert OutgoingLetter.objects.filter(kind="message-received").count() == 1
    for days in (30, 31):
        messages.drop_old(by=SYSTEM, at=now() + timedelta(days=days))
        assert not OutgoingLetter.objects.filter(kind="message-received").exists()
    assert not MessageDelivery.objects.exists()


def test_no_letter_is_sent_again_while_e_mail_is_off(holder: Holder) -> None:
    message_forwarding.set_letter(number=holder.number.id, on=True, by=holder.by, at=now())
    telnyx(holder.number.e164)
    attempt(now())
    message_forwarding.set_letter(number=holder.number.id, on=False, by=holder.by, at=now())
    (sent,) = [one for one in log(holder) if one.way is Way.LETTER]
    with pytest.raises(Refusal, match="Switch it on"):
        message_deliveries.send_again(delivery=sent.id, by=holder.by, at=now())
