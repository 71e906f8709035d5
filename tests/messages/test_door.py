"""The carriers' door: what is taken, from whom, for whom, and how often."""

import logging
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from pytest_django import Settings

from ringfence.privacy.payment_watch.removing import removed_in_all
from ringfence.telephony import message_queries as queries
from ringfence.telephony.actions import messages, numbers
from ringfence.telephony.models import Message
from tests.messages.world import PLAIN_SECRET, Holder, a_holder, fresh_id, now, plain, telnyx, twilio
from tests.world import SYSTEM, free_number

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
EMPTY_TWIML = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


def texts(holder: Holder) -> list[str]:
    return [one.text for one in queries.inbox(holder.subject).messages]


def test_each_carriers_message_arrives(holder: Holder) -> None:
    assert twilio(holder.number.e164, "one") == (200, EMPTY_TWIML)
    assert telnyx(holder.number.e164, "two æøå 🙂") == 200
    assert plain(holder.number.e164, "three") == 200
    assert texts(holder) == ["three", "two æøå 🙂", "one"]
    assert queries.totals() == {"stored": 3}
    shown = queries.inbox(holder.subject).messages[0]
    assert (shown.sender, shown.number, shown.is_new) == ("+447700900123", holder.number.e164, True)
    assert shown.deleted_at - shown.received_at == timedelta(days=30)


def test_the_signature_is_over_our_own_address_and_not_over_what_the_request_says(holder: Holder) -> None:
    to = holder.number.e164
    assert twilio(to, host="elsewhere.example")[0] == 200
    lured = "https://elsewhere.example/webhooks/messages/twilio/"
    assert twilio(to, host="elsewhere.example", url=lured)[0] == 403
    assert queries.totals() == {"stored": 1, "forged": 1}


def test_what_is_not_proven_is_refused_without_a_word_and_counted(holder: Holder) -> None:
    to, long_ago = holder.number.e164, int(time.time()) - 301
    assert twilio(to, token="another token, just as long") == (403, "")
    assert telnyx(to, body=b'{"data": {}}') == 403
    assert telnyx(to, sent=long_ago) == 403
    assert plain(to, secret="guessed") == 403
    assert plain(to, address="198.51.100.1") == 403
    assert plain(to, address="198.51.100.1", headers={"X-Forwarded-For": "192.0.2.7"}) == 403
    assert Client().post("/webhooks/messages/nobody/").status_code == 403
    assert not Message.objects.exists()
    counted = {(carrier, what): count for carrier, what, count, _at in queries.counts()}
    assert counted == {
        ("twilio", "forged"): 1,
        ("telnyx", "forged"): 2,
        ("carrier", "forged"): 3,
        ("unknown", "forged"): 1,
    }


def test_a_carrier_that_is_not_set_up_is_not_listened_to(holder: Holder, settings: Settings) -> None:
    settings.ENVIRONMENT = type(settings.ENVIRONMENT)(public_origin="https://numbers.example")
    assert twilio(holder.number.e164)[0] == 403
    assert plain(holder.number.e164, secret=PLAIN_SECRET) == 403


def test_a_body_that_is_too_large_or_unreadable_is_not_taken(holder: Holder) -> None:
    assert twilio(holder.number.e164, "x" * 70_000)[0] == 413
    assert twilio("", "nobody")[0] == 400
    assert telnyx(holder.number.e164, kind="message.finalized") == 200
    assert not Message.objects.exists()
    assert queries.totals() == {"too_large": 1, "unreadable": 1}
    assert Client().get("/webhooks/messages/twilio/").status_code == 405


def test_repeats_and_the_wrong_order_are_harmless(holder: Holder) -> None:
    to, first, second = holder.number.e164, fresh_id(), fresh_id()
    earlier = now() - timedelta(minutes=5)
    for _repeat in range(3):
        assert telnyx(to, "second", id=second) == 200
        assert telnyx(to, "first", id=first, at=earlier) == 200
    assert sorted(texts(holder)) == ["first", "second"]
    assert queries.totals() == {"stored": 2, "repeated": 4}


def test_the_same_id_of_another_carrier_is_another_message(holder: Holder) -> None:
    same = fresh_id()
    assert twilio(holder.number.e164, "one", id=same)[0] == 200
    assert telnyx(holder.number.e164, "two", id=same) == 200
    assert len(texts(holder)) == 2


@pytest.mark.promise("2.9")
def test_a_repeat_does_not_bring_back_what_was_deleted(holder: Holder) -> None:
    one = fresh_id()
    twilio(holder.number.e164, "gone", id=one)
    assert messages.delete(subject=holder.subject, messages=None, by=holder.by, at=now()) == 1
    assert twilio(holder.number.e164, "gone", id=one)[0] == 200
    assert texts(holder) == []


@pytest.mark.promise("2.5")
def test_a_message_is_only_whoses_the_number_was_when_it_was_sent() -> None:
    """Two customers of one number: neither sees what was sent before the first day on it, or to the other."""
    first = a_holder(since=now() - timedelta(days=200))
    to = first.number.e164
    assert telnyx(to, "to the first", at=now() - timedelta(hours=1)) == 200
    numbers.rest(number=first.number.id, by=SYSTEM, at=now() - timedelta(days=100))
    assert telnyx(to, "at rest") == 200
    numbers.end_rests(by=SYSTEM, at=now())
    second = Holder(first.number, since=now() - timedelta(minutes=5)).begin()
    late = now() - timedelta(minutes=6)
    assert telnyx(to, "late retry", at=late) == 200
    assert plain(to, "late retry", sent=late) == 200
    assert telnyx(to, "to the second", at=now() - timedelta(minutes=4)) == 200
    assert (texts(first), texts(second)) == (["to the first"], ["to the second"])
    assert queries.totals() == {"stored": 2, "nobody": 1, "before": 2}


@pytest.mark.promise("2.5")
def test_a_carrier_that_tells_no_moment_is_not_believed_at_once() -> None:
    """It tries for a quarter of a minute: what comes so soon after a customer's start may be meant for another."""
    fresh = a_holder(since=now() - timedelta(seconds=10))
    assert twilio(fresh.number.e164)[0] == 200
    assert plain(fresh.number.e164) == 200
    assert telnyx(fresh.number.e164, "timed") == 200
    assert texts(fresh) == ["timed"]


@pytest.mark.promise("2.5")
def test_what_nobody_may_have_is_taken_and_kept_by_nobody(holder: Holder) -> None:
    free = free_number()
    assert twilio("+447700900999", "unknown")[0] == 200
    assert twilio(free.e164, "unsold")[0] == 200
    numbers.hold(number=free.id, subject=uuid4(), until=now() + timedelta(minutes=10), by=SYSTEM, at=now())
    assert twilio(free.e164, "held")[0] == 200
    again = fresh_id()
    numbers.suspend(number=holder.number.id, reason="unpaid", by=SYSTEM, at=now())
    assert twilio(holder.number.e164, "suspended", id=again)[0] == 200
    numbers.resume(number=holder.number.id, reason="paid", by=SYSTEM, at=now())
    assert twilio(holder.number.e164, "suspended", id=again)[0] == 200
    assert telnyx(holder.number.e164, "old", at=now() - timedelta(days=31)) == 200
    assert not Message.objects.exists()
    assert queries.totals() == {"unknown": 1, "nobody": 2, "suspended": 1, "repeated": 1, "before": 1}


@pytest.mark.promise("1.3")
def test_only_declared_fields_are_kept_of_what_a_carrier_sends(
    holder: Holder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    extra = {"FromCity": "canary-city", "FromZip": "canary-zip", "AccountSid": "canary-account"}
    assert twilio(holder.number.e164, "canary-text", fields=extra)[0] == 200
    assert (
        telnyx(holder.number.e164, "canary-text", more={"tags": ["canary-tag"], "subject": "canary-subject"})
        == 200
    )
    assert plain(holder.number.e164, "canary-text", more={"location": "canary-place"}) == 200
    row = {**Message.objects.values()[0]}
    assert set(row) == set(Message.holds)
    assert "canary" not in everything_stored()
    assert "canary" not in caplog.text
    assert "900123" not in caplog.text
    copy = [
        repr(vars(one) if hasattr(one, "__dict__") else one.text)
        for one in queries.inbox(holder.subject).messages
    ]
    assert copy == ["'canary-text'"] * 3


def everything_stored() -> str:
    """Return all rows of all tables of the data database, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = [name for (name,) in cursor.fetchall()]
        found = []
        for table in tables:
            cursor.execute(f"SELECT coalesce(string_agg(t::text, chr(10)), '') FROM \"{table}\" t")
            found.append(cursor.fetchone()[0])
    return "\n".join(found)


@pytest.mark.promise("2.4")
def test_payment_data_in_a_text_is_removed_before_it_is_stored(holder: Holder) -> None:
    assert twilio(holder.number.e164, "my card is 4242 4242 4242 4242, thanks")[0] == 200
    assert texts(holder) == ["my card is [card number removed], thanks"]
    assert removed_in_all()["sms"] == 1


def test_parts_become_one_message_in_any_order(holder: Holder) -> None:
    def part(place: int, text: str, ref: str = "7") -> int:
        return plain(holder.number.e164, text, more={"udh": {"ref": ref, "part": place, "parts": 3}})

    assert part(3, "three") == 200
    assert texts(holder) == ["[…][…]three"]
    assert part(1, "one ") == 200
    shown = queries.inbox(holder.subject).messages[0]
    assert (shown.text, shown.is_whole) == ("one […]three", False)
    messages.mark(subject=holder.subject, messages=[shown.id], read=True, by=holder.by, at=now())
    assert part(2, "two ") == 200
    assert part(2, "two ", ref="8") == 200
    newest, whole = queries.inbox(holder.subject).messages
    assert (whole.text, whole.is_whole, whole.is_new) == ("one two three", True, True)
    assert newest.text == "[…]two […]"
    assert part(1, "another ") == 200
    assert len(texts(holder)) == 3, "the same reference again is another message"


@pytest.mark.promise("2.4")
def test_payment_data_in_two_parts_is_removed_when_they_meet(holder: Holder) -> None:
    for place, text in ((1, "4242 4242 "), (2, "4242 4242")):
        plain(holder.number.e164, text, more={"udh": {"ref": "1", "part": place, "parts": 2}})
    assert texts(holder) == ["[card number removed]"]


def test_a_database_that_is_away_makes_the_carrier_come_again(holder: Holder) -> None:
    again = fresh_id()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL transaction_read_only = on")
        assert telnyx(holder.number.e164, "patience", id=again) == 503
        transaction.set_rollback(True)
    assert telnyx(holder.number.e164, "patience", id=again) == 200
    assert texts(holder) == ["patience"]
