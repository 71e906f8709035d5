"""A customer who bought, paid, got letters and calls is erased: searched by value, and found nowhere (clause 2.9)."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.db import connection

from ringfence.accounts import actions as accounts
from ringfence.accounts.queries import profile_of
from ringfence.privacy import promises
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure import queries, values
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.rules import Channel
from ringfence.support import actions as support
from ringfence.support import queries as letters
from ringfence.telephony import queries as telephony
from ringfence.telephony.actions import calls
from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine
from tests.shop.conftest import SYSTEM, Purchase, now

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
CALLER = "+442079460999"
SENTENCE = "When I call the number at noon nobody answers, and I wonder why"


@pytest.fixture
def buyer(paid: Purchase) -> UUID:
    """A customer with a number in service, a destination, a call and a letter."""
    at = now()
    accounts.set_profile(
        person=paid.subject, by=paid.by, at=at, phone="+442079460888", address="Planted Street 7"
    )
    (number,) = telephony.numbers_of(paid.subject)
    calls.take_in(
        lines=[
            SpooledLine(
                "f",
                10,
                SpooledCall(
                    call_id="one@example",
                    caller=CALLER,
                    called=number.e164,
                    started_at=at,
                    answered_at=at,
                    ended_at=at + timedelta(seconds=9),
                    outcome=Outcome.ANSWERED,
                    node="edge-1",
                ),
            )
        ],
        by=SYSTEM,
        at=at,
    )
    found = profile_of(paid.subject)
    assert found is not None
    support.receive_letter(
        content=f"Subject: Noon\r\n\r\n{SENTENCE}\r\n".encode(),
        sender=found.email,
        recipients=["info@example.com"],
        by=SYSTEM,
        at=at,
    )
    return paid.subject


@pytest.mark.promise("2.9")
def test_what_is_looked_for_are_the_values_that_point_at_the_person(buyer: UUID) -> None:
    known = values.known_values(buyer)
    assert known >= {CALLER, "+442079460888", "Planted Street 7", "Customer One", SENTENCE}
    assert any(value.endswith("@example.com") for value in known)
    assert not any(value.startswith(("ord_", "num_", "Europe/", "two_", "14_")) for value in known)
    assert not known & {number.e164 for number in telephony.numbers_of(buyer)}


@pytest.mark.promise("2.9")
def test_a_buyer_is_searched_for_by_value_and_found_nowhere(buyer: UUID) -> None:
    at = now()
    word = erasure.ask(subject=buyer, channel=Channel.ACCOUNT, by=SYSTEM, at=at)
    watched = queries.watched(word, at)
    assert watched is not None
    erasure.proceed(erasure=watched.id, by=SYSTEM, at=at)
    searched = Receipt.objects.get().body["searched"]
    assert searched["values"] >= 6
    assert (searched["found"], searched["only_ids"]) == (0, False)


@pytest.mark.promise("2.9")
def test_a_value_left_behind_keeps_the_receipt_back_however_often_it_is_tried(
    buyer: UUID, monkeypatch: pytest.MonkeyPatch, var_folder: Path
) -> None:
    monkeypatch.setattr(erasure, "PAUSES", (0.01,))
    at, planted = now(), uuid4()
    log = var_folder / "web.log"
    log.write_text(f"a line about {CALLER}\n")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO privacy_promiseresult (id, clause, state, since, checked_at, text, figures)"
            " VALUES (%s, '9.9', 'kept', now(), now(), 'lives at Planted Street 7', '{}')",
            [planted],
        )
    word = erasure.ask(subject=buyer, channel=Channel.ACCOUNT, by=SYSTEM, at=at)
    watched = queries.watched(word, at)
    assert watched is not None
    for _retry in range(2):
        with pytest.raises(erasure.ErasureIncomplete, match="privacy_promiseresult"):
            erasure.proceed(erasure=watched.id, by=SYSTEM, at=at)
        check = promises.promise("2.9")
        assert check is not None
        assert check.check(at).state == promises.BROKEN
        assert not Receipt.objects.exists()
    counts = str(Erasure.objects.get().counts)
    assert CALLER not in counts
    assert "Planted" not in counts
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM privacy_promiseresult WHERE id = %s", [planted])
    log.rename(var_folder / "web.log.1")
    with pytest.raises(erasure.ErasureIncomplete, match=r"web\.log\.1"):
        erasure.proceed(erasure=watched.id, by=SYSTEM, at=at)
    (var_folder / "web.log.1").unlink()
    erasure.proceed(erasure=watched.id, by=SYSTEM, at=at)
    assert Receipt.objects.get().body["searched"]["only_ids"] is True
    assert check.check(at).state == promises.KEPT


@pytest.mark.promise("2.9")
def test_letters_from_before_the_account_go_too() -> None:
    at = now()
    for address in ("early@example.org", "other@example.org"):
        support.receive_letter(
            content=address.encode(), sender="us@example.org", recipients=[address], by=SYSTEM, at=at
        )
    person = accounts.add_customer(
        email="early@example.org", password="a long enough phrase", language="en", by=SYSTEM, at=at
    )
    word = erasure.ask(subject=person, channel=Channel.ACCOUNT, by=SYSTEM, at=at)
    watched = queries.watched(word, at)
    assert watched is not None
    erasure.proceed(erasure=watched.id, by=SYSTEM, at=at)
    assert [letter.recipients for letter in letters.newest_letters(10)] == [["other@example.org"]]
