"""Messages in the whole house: copied, erased, refused while suspended, and brought to a rehearsal store by its own."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from ringfence.accounts.models import OutgoingLetter
from ringfence.config import environment
from ringfence.config.environment import SettingError
from ringfence.interfaces.commands import demo_message
from ringfence.privacy.copies import copy_of
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure import queries as erasures
from ringfence.privacy.erasure import values
from ringfence.privacy.erasure.models import Receipt
from ringfence.privacy.rules import Channel
from ringfence.telephony import message_queries as queries
from ringfence.telephony.actions import message_deliveries, message_forwarding, numbers
from ringfence.telephony.models import Message, MessageDelivery, MessageForwarding
from tests.accounts.builders import run_jobs
from tests.messages.world import Holder, a_holder, now, telnyx
from tests.world import SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
SENTENCE = "Please ring me back about the blue bicycle"


@pytest.fixture
def reader(holder: Holder) -> Holder:
    """A customer who had a message, which was sent on by letter and waits for a web address."""
    message_forwarding.set_letter(number=holder.number.id, on=True, by=holder.by, at=now())
    message_forwarding.set_webhook(
        number=holder.number.id, url="https://bicycle.example.com/in", by=holder.by, at=now()
    )
    telnyx(holder.number.e164, SENTENCE)
    for one, _way, _number in queries.due_deliveries(now()):
        message_deliveries.begin(delivery=one, by=SYSTEM, at=now())
    return holder


@pytest.mark.promise("4.1")
def test_a_copy_holds_the_messages_and_no_secret(reader: Holder) -> None:
    kinds = {kind["name"]: kind["records"] for kind in copy_of(reader.subject, now())["kinds"]}
    (message,) = [one for one in kinds["telephony.messages"] if one["kind"] == "telephony.Message"]
    assert (message["text"], message["sender"]) == (SENTENCE, "+447700900123")
    (setting,) = kinds["telephony.forwarding"]
    assert (setting["url"], setting["secret"]) == ("https://bicycle.example.com/in", "(withheld)")


@pytest.mark.promise("2.9")
def test_a_reader_is_erased_and_found_nowhere(reader: Holder) -> None:
    assert {SENTENCE, "https://bicycle.example.com/in"} <= values.known_values(reader.subject)
    at = now()
    word = erasure.ask(subject=reader.subject, channel=Channel.ACCOUNT, by=SYSTEM, at=at)
    watched = erasures.watched(word, at)
    assert watched is not None
    erasure.proceed(erasure=watched.id, by=SYSTEM, at=at)
    searched = Receipt.objects.get().body["searched"]
    assert (searched["found"], searched["only_ids"]) == (0, False)
    for model in (Message, MessageDelivery, MessageForwarding):
        assert not model.objects.exists()
    assert not OutgoingLetter.objects.filter(subject=reader.subject).exists()
    run_jobs("telephony.deliver")
    telnyx(reader.number.e164, "too late")
    assert not Message.objects.exists()


@pytest.mark.promise("5.4")
def test_a_suspended_number_takes_no_messages_and_shows_those_it_has(reader: Holder) -> None:
    numbers.suspend(number=reader.number.id, reason="abuse", by=SYSTEM, at=now())
    assert telnyx(reader.number.e164, "refused") == 200
    assert [one.text for one in queries.inbox(reader.subject).messages] == [SENTENCE]
    assert queries.totals()["suspended"] == 1


@pytest.fixture
def rehearsal(live_server: LiveServer, settings: Settings) -> None:
    """A store with a carrier of its own, on a real port."""
    port = live_server.url.rpartition(":")[2]
    settings.PUBLIC_ORIGIN = f"http://localhost:{port}"
    settings.REHEARSAL_CARRIER_SECRET = "a secret of this store alone"
    own = replace(settings.ENVIRONMENT, public_origin=None, web_port=int(port), web_address="127.0.0.1")
    settings.ENVIRONMENT, settings.ALLOWED_HOSTS = own, ["*"]


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_a_newcomer_sees_a_message_arrive(rehearsal: None, settings: Settings) -> None:
    fresh = a_holder(since=now() - timedelta(seconds=1))
    assert demo_message.send_demo_message(fresh.number.e164)
    assert demo_message.send_demo_message(fresh.number.e164, text="Hei", sender="Example")
    newest, first = queries.inbox(fresh.subject).messages
    assert (newest.sender, newest.text) == ("Example", "Hei")
    assert len(first.codes.first) == 6
    settings.REHEARSAL_CARRIER_SECRET = ""
    assert not demo_message.send_demo_message(fresh.number.e164), "a real store has no such carrier"


def test_a_store_that_sells_has_no_rehearsal_carrier(holder: Holder) -> None:
    answer = Client().post("/webhooks/messages/rehearsal/", {"MessageSid": "1", "To": holder.number.e164})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"RINGFENCE_MESSAGE_SECRET": "s" * 24}, "belong together"),
        ({"RINGFENCE_MESSAGE_ADDRESSES": "192.0.2.0/24"}, "belong together"),
        ({"RINGFENCE_TELNYX_PUBLIC_KEY": "short"}, "32 bytes"),
        ({"RINGFENCE_TWILIO_AUTH_TOKEN": "hunter2"}, "kept secret"),
        ({"RINGFENCE_MESSAGE_FIELDS": "id=a"}, "at least"),
    ],
)
def test_settings_that_cannot_be_right_stop_the_start(given: dict[str, str], said: str) -> None:
    with pytest.raises(SettingError, match=said) as refused:
        environment.read(given)
    assert "hunter2" not in str(refused.value)
