"""Messages are sent on by letter and to a customer's own server, signed, again when it fails, and never unasked."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from pytest_django import Settings

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import message_queries as queries
from ringfence.telephony import message_tasks
from ringfence.telephony.actions import message_deliveries, message_forwarding, messages, numbers
from ringfence.telephony.message_rules import DeliveryState, Way
from ringfence.telephony.models import MessageDelivery, MessageForwarding
from tests.accounts.builders import run_jobs
from tests.browser.post import Post, text_of
from tests.messages.receiver import Receiver, receiving
from tests.messages.world import SENDER, Holder, a_holder, now, plain, telnyx
from tests.world import SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def receiver(settings: Settings) -> Iterator[Receiver]:
    """The customer's server, on the machine of a developer."""
    settings.PUBLIC_ORIGIN = "http://localhost:8000"
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, public_origin="http://localhost:8000")
    with receiving() as made:
        yield made


@pytest.fixture
def post(settings: Settings) -> Iterator[Post]:
    """A real post office."""
    made = Post(onward=1)
    settings.ENVIRONMENT = replace(settings.ENVIRONMENT, smtp_url=f"smtp://127.0.0.1:{made.port}")
    made.open()
    yield made
    made.close()


def to_server(holder: Holder, receiver: Receiver) -> str:
    url = f"http://127.0.0.1:{receiver.port}/hook"
    return message_forwarding.set_webhook(number=holder.number.id, url=url, by=holder.by, at=now())


def attempt(at: datetime) -> None:
    """Let the worker try everything that is due at a moment."""
    for one, _way, _number in queries.due_deliveries(at):
        message_tasks.send(one, by=SYSTEM, at=at)


def log(holder: Holder) -> list[queries.DeliveryShown]:
    return queries.deliveries_of(holder.subject, holder.number.id)


def test_a_letter_brings_sender_and_text_in_the_body_alone(holder: Holder, post: Post) -> None:
    message_forwarding.set_letter(number=holder.number.id, on=True, by=holder.by, at=now())
    telnyx(holder.number.e164, "Kode 481516 <b>&\nlinje to")
    run_jobs("telephony.deliver")
    run_jobs("accounts.")
    kinds = [message["Subject"] for _to, message in post.letters]
    assert kinds == ["Where your text messages are sent on to has changed", "A text message has come"]
    to, letter = post.letters[1]
    assert to.startswith("customer")
    assert "481516" in text_of(letter)
    assert "+44 7700 900123" in text_of(letter)
    assert "481516" not in headers_of(letter)
    assert "900123" not in headers_of(letter)
    html = letter.get_body(("html",))
    assert isinstance(html, EmailMessage)
    assert "&lt;b&gt;&amp;<br>linje to" in html.get_content()


def headers_of(letter: EmailMessage) -> str:
    return "\n".join(f"{name}: {value}" for name, value in letter.items())


def test_nothing_is_sent_on_unasked(holder: Holder) -> None:
    telnyx(holder.number.e164)
    run_jobs("telephony.deliver")
    assert log(holder) == []
    assert not OutgoingLetter.objects.exists()


def test_a_customers_server_can_check_that_it_is_us(holder: Holder, receiver: Receiver) -> None:
    secret = to_server(holder, receiver)
    telnyx(holder.number.e164, "hei æøå")
    run_jobs("telephony.deliver")
    (came,) = receiver.came
    said = json.loads(came.body)
    assert said == {
        "type": "message.received",
        "id": queries.inbox(holder.subject).messages[0].public_id,
        "number": holder.number.e164,
        "from": SENDER,
        "text": "hei æøå",
        "received_at": said["received_at"],
        "sent_at": said["sent_at"],
        "media": 0,
    }
    signed = f"{came.headers['Message-Timestamp']}.".encode() + came.body
    right = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    assert came.headers["Message-Signature"] == f"v1={right}"
    assert came.headers["User-Agent"] == "Messages/1"
    assert [(one.state, one.attempts[0].status) for one in log(holder)] == [(DeliveryState.DELIVERED, 200)]


def test_a_server_that_fails_is_tried_again_with_the_same_id_until_it_takes(
    holder: Holder, receiver: Receiver
) -> None:
    to_server(holder, receiver)
    receiver.status = 500
    telnyx(holder.number.e164)
    began = now()
    for minutes in (0, 0.2, 1.5, 7, 23, 84):
        attempt(began + timedelta(minutes=minutes, seconds=1))
        attempt(began + timedelta(minutes=minutes, seconds=2))
    assert len(receiver.came) == 6, "each pause is kept"
    assert queries.forwarding_of(holder.subject, holder.number.id).failing_since
    receiver.status = 204
    attempt(began + timedelta(hours=4))
    assert len({one.headers["Message-Id"] for one in receiver.came}) == 1
    (shown,) = log(holder)
    assert (shown.state, len(shown.attempts), shown.attempts[0].trouble) == (DeliveryState.DELIVERED, 7, "")
    assert queries.forwarding_of(holder.subject, holder.number.id).failing_since is None


def test_an_attempt_is_in_one_pair_of_hands_until_they_are_lost(holder: Holder, receiver: Receiver) -> None:
    to_server(holder, receiver)
    telnyx(holder.number.e164)
    ((waiting, _way, _number),) = queries.due_deliveries(now())
    at = now()
    assert message_deliveries.begin(delivery=waiting, by=SYSTEM, at=at) is not None
    assert message_deliveries.begin(delivery=waiting, by=SYSTEM, at=at + timedelta(seconds=59)) is None
    assert message_deliveries.begin(delivery=waiting, by=SYSTEM, at=at + timedelta(seconds=61)) is not None


def test_what_lost_its_job_is_found_and_sent_once(holder: Holder, receiver: Receiver) -> None:
    to_server(holder, receiver)
    telnyx(holder.number.e164)
    for _look in range(3):
        message_tasks.deliver_waiting.func(timestamp=0)
    done = run_jobs("telephony.deliver_message")
    assert len(done) == 2, "its own job, and one of the looks: the others found it in the queue"
    assert len(receiver.came) == 1


def test_while_a_server_fails_other_messages_wait_with_the_first(holder: Holder, receiver: Receiver) -> None:
    to_server(holder, receiver)
    receiver.status = 503
    for _message in range(3):
        telnyx(holder.number.e164)
    attempt(now())
    attempt(now() + timedelta(seconds=5))
    assert len(receiver.came) <= 3
    receiver.status = 200
    attempt(now() + timedelta(minutes=2))
    assert {one.state for one in log(holder)} == {DeliveryState.DELIVERED}


def test_after_a_day_it_is_given_up_paused_and_told_by_letter(holder: Holder, receiver: Receiver) -> None:
    to_server(holder, receiver)
    receiver.status = 500
    telnyx(holder.number.e164, "first")
    began = now()
    for hours in range(25):
        attempt(began + timedelta(hours=hours, minutes=1))
    assert 10 <= len(receiver.came) <= 14
    assert [one.state for one in log(holder)] == [DeliveryState.GIVEN_UP]
    assert queries.forwarding_of(holder.subject, holder.number.id).paused_at
    assert OutgoingLetter.objects.filter(kind="message-forwarding-paused").count() == 1
    telnyx(holder.number.e164, "meanwhile")
    later = began + timedelta(hours=26)
    assert [one.state for one in log(holder)] == [DeliveryState.CANCELLED, DeliveryState.GIVEN_UP]
    with pytest.raises(Refusal, match=r"Switch it on"):
        message_deliveries.send_again(delivery=log(holder)[0].id, by=holder.by, at=later)
    receiver.status = 200
    message_forwarding.resume_webhook(number=holder.number.id, by=holder.by, at=later)
    for one in log(holder):
        message_deliveries.send_again(delivery=one.id, by=holder.by, at=later)
    attempt(later)
    assert {one.state for one in log(holder)} == {DeliveryState.DELIVERED}
    assert {json.loads(one.body)["text"] for one in receiver.came} == {"first", "meanwhile"}


def test_a_test_is_sent_once_and_told(holder: Holder, receiver: Receiver) -> None:
    with pytest.raises(Refusal, match=r"Give an address first"):
        message_forwarding.test_webhook(number=holder.number.id, by=holder.by, at=now())
    to_server(holder, receiver)
    receiver.status = 404
    message_forwarding.test_webhook(number=holder.number.id, by=holder.by, at=now())
    run_jobs("telephony.deliver")
    assert json.loads(receiver.came[0].body) == {"type": "test", "number": holder.number.e164}
    (shown,) = log(holder)
    assert (shown.state, shown.attempts[0].status, shown.can_be_sent_again) == (
        DeliveryState.GIVEN_UP,
        404,
        False,
    )


def test_a_long_message_is_sent_on_whole_or_after_a_while(holder: Holder, receiver: Receiver) -> None:
    to_server(holder, receiver)

    def part(place: int, ref: str) -> None:
        plain(holder.number.e164, f"{place} ", more={"udh": {"ref": ref, "part": place, "parts": 2}})

    part(2, "a")
    run_jobs("telephony.deliver")
    assert not receiver.came, "it waits for its parts"
    part(1, "a")
    part(1, "b")
    run_jobs("telephony.deliver")
    attempt(now() + timedelta(minutes=11))
    assert [json.loads(one.body)["text"] for one in receiver.came] == ["1 2 ", "1 […]"]


@pytest.mark.promise("2.9")
def test_a_deleted_message_is_called_back_and_its_letters_go(holder: Holder, receiver: Receiver) -> None:
    to_server(holder, receiver)
    message_forwarding.set_letter(number=holder.number.id, on=True, by=holder.by, at=now())
    telnyx(holder.number.e164, "gone")
    letter = MessageDelivery.objects.get(way=Way.LETTER)
    message_tasks.send(letter.pk, by=SYSTEM, at=now())
    assert OutgoingLetter.objects.filter(kind="message-received").count() == 1
    messages.delete(subject=holder.subject, messages=None, by=holder.by, at=now())
    run_jobs("telephony.deliver")
    assert not receiver.came
    assert not OutgoingLetter.objects.filter(kind="message-received").exists()
    assert not MessageDelivery.objects.exists()


@pytest.mark.promise("2.5")
def test_settings_are_their_owners_alone_and_go_with_the_number(holder: Holder, receiver: Receiver) -> None:
    stranger = Actor.customer(a_holder().subject)
    url = "https://example.com/"
    for by in (stranger, SYSTEM):
        with pytest.raises(Refusal):
            message_forwarding.set_webhook(number=holder.number.id, url=url, by=by, at=now())
        with pytest.raises(Refusal):
            message_forwarding.set_letter(number=holder.number.id, on=True, by=by, at=now())
    to_server(holder, receiver)
    telnyx(holder.number.e164)
    with pytest.raises(Refusal):
        message_deliveries.send_again(delivery=log(holder)[0].id, by=stranger, at=now())
    numbers.rest(number=holder.number.id, by=SYSTEM, at=now())
    assert not MessageForwarding.objects.exists()
    run_jobs("telephony.deliver")
    assert not receiver.came, "what waited goes nowhere any more"
    assert log(holder)[0].state == DeliveryState.CANCELLED
