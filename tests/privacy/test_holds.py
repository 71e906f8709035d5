"""A legal hold keeps what it covers past its end, narrowly, by two people, for a time, and visibly (clause 2.8)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from ringfence.accounts.models import OutgoingLetter, SignIn
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import promises, queries, retention
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure import search
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.retention import actions, holds
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import LONGEST_HOLD, HoldArticle, HoldState
from ringfence.telephony.actions import calls
from ringfence.telephony.models import CallRecord
from ringfence.telephony.ports import Outcome, SpooledCall, SpooledLine
from tests.accounts import builders
from tests.telephony.test_call_intake import sold
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.8")]
AT = builders.now()
CALLER = "+442079460977"
KEPT = timedelta(days=90)
DAY = timedelta(days=1)


def staff() -> Actor:
    """Return a member of staff nobody has met yet."""
    return Actor.staff(uuid4(), frozenset({Role.PRIVACY}), purpose="law")


def ask(person: UUID | None = None, number: UUID | None = None, **said: Any) -> LegalHold:
    """Ask for a hold on calls, for half a year."""
    wanted: dict[str, Any] = {
        "person": person,
        "number": number,
        "classes": ["traffic"],
        "article": HoldArticle.CLAIM,
        "reason": "A dispute about an invoice",
        "until": AT + timedelta(days=180),
        "by": staff(),
        "at": AT,
    }
    return actions.ask(**{**wanted, **said})


def placed(person: UUID | None = None, number: UUID | None = None, **said: Any) -> LegalHold:
    """Ask for a hold and confirm it."""
    made = ask(person, number, **said)
    actions.confirm(hold=made.pk, by=staff(), at=AT)
    return LegalHold.objects.get(pk=made.pk)


def ended(hold: LegalHold, at: datetime) -> None:
    """Have a hold ended before its time, by two."""
    actions.ask_end(hold=hold.pk, by=staff(), at=at)
    actions.end(hold=hold.pk, by=staff(), at=at)


def call(e164: str, at: datetime) -> None:
    """Have a call taken in."""
    one = SpooledCall(
        f"{e164} {at}", CALLER, e164, at, None, at + timedelta(seconds=9), Outcome.BUSY, "edge-1", 0, 486
    )
    calls.take_in(lines=[SpooledLine("spool", 1, one)], by=SYSTEM, at=at)


@pytest.fixture
def customer() -> UUID:
    return builders.customer()


@pytest.fixture
def called(customer: UUID) -> tuple[UUID, UUID]:
    """A customer with two numbers and a call to each, and the first number."""
    first, e164, _subject = sold(customer, at=AT - DAY)
    _second, other, _subject = sold(customer, at=AT - DAY)
    call(e164, AT)
    call(other, AT)
    return customer, first


def kept(hold: LegalHold) -> list[dict[str, Any]]:
    """Return what a hold keeps, opened."""
    keyring.forget()
    return [row.content.open() for row in HeldRow.objects.filter(hold=hold, kind="telephony.CallRecord")]


def test_what_a_hold_covers_is_copied_aside_when_its_day_goes(called: tuple[UUID, UUID]) -> None:
    customer, _number = called
    _third, stranger, _whose = sold(at=AT - DAY)
    call(stranger, AT)
    hold = placed(customer)
    assert retention.let_go(by=SYSTEM, at=AT + KEPT)["telephony.calls"] == 3
    assert not CallRecord.objects.exists(), "nothing stays in its place for a hold"
    assert [one["caller"] for one in kept(hold)] == [CALLER] * 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM privacy_heldrow")
        assert all(CALLER.encode() not in bytes(content) for (content,) in cursor.fetchall())
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    assert len(kept(hold)) == 2


def test_a_hold_on_a_number_covers_that_number_alone(called: tuple[UUID, UUID]) -> None:
    _customer, number = called
    hold = placed(number=number)
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    assert len(kept(hold)) == 1


def test_a_hold_covers_the_classes_it_names(called: tuple[UUID, UUID]) -> None:
    hold = placed(called[0], classes=["messages"])
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    assert kept(hold) == []


def test_what_the_customer_deletes_is_kept_aside_too(called: tuple[UUID, UUID]) -> None:
    customer, _number = called
    hold = placed(customer)
    assert calls.delete_calls(subject=customer, by=Actor.customer(customer), at=AT) == 2
    assert len(kept(hold)) == 2


def test_sign_ins_under_a_hold_are_kept_aside(customer: UUID, client: Any) -> None:
    builders.sign_in(client, customer)
    hold = placed(customer, classes=["access"])
    retention.let_go(by=SYSTEM, at=AT + 22 * DAY)
    assert not SignIn.objects.exists()
    assert HeldRow.objects.get(hold=hold).content.open()["network_address"] == "192.0.2.1"


def test_two_people_are_needed(customer: UUID) -> None:
    first = staff()
    made = ask(customer, by=first)
    with pytest.raises(Refusal) as refused:
        actions.confirm(hold=made.pk, by=first, at=AT)
    assert refused.value.code == "hold.same_hand"
    assert holds.in_force(AT) == []
    with (
        pytest.raises(IntegrityError, match="somebody_else"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE privacy_legalhold SET state = 'in force', confirmed_at = now(), confirmed_by = asked_by"
        )
    actions.confirm(hold=made.pk, by=staff(), at=AT)
    assert [one.person for one in holds.blocking(customer, AT)] == [customer]
    assert holds.blocking(customer, AT, classes=["messages"]) == []
    with pytest.raises(Refusal):
        ask(customer, by=SYSTEM)


def test_two_people_are_needed_to_end_it_early(called: tuple[UUID, UUID]) -> None:
    hold, first = placed(called[0]), staff()
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    for by, code in ((first, "hold.end_not_asked"), (SYSTEM, "hold.staff_only")):
        with pytest.raises(Refusal) as refused:
            actions.end(hold=hold.pk, by=by, at=AT + KEPT)
        assert refused.value.code == code
    actions.ask_end(hold=hold.pk, by=first, at=AT + KEPT)
    with pytest.raises(Refusal) as refused:
        actions.end(hold=hold.pk, by=first, at=AT + KEPT)
    assert refused.value.code == "hold.same_hand_ends"
    assert holds.listed(HoldState.ACTIVE)[0].end_asked_at == AT + KEPT
    actions.keep(hold=hold.pk, by=staff(), at=AT + KEPT)
    with pytest.raises(Refusal):
        actions.end(hold=hold.pk, by=staff(), at=AT + KEPT)
    assert len(kept(hold)) == 2, "whatever one person does alone, nothing goes"
    with (
        pytest.raises(IntegrityError, match="ended_by_two"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE privacy_legalhold SET state = 'ended', ended_at = now(), ended_by = asked_by")
    ended(hold, AT + KEPT)
    assert not HeldRow.objects.exists()
    told = {line.action for line in queries.lines_of(called[0])}
    assert {"holds.ask_end", "holds.keep", "holds.end"} <= told


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"until": AT + LONGEST_HOLD + DAY}, "hold.too_long"),
        ({"until": AT - DAY}, "hold.over"),
        ({"classes": []}, "hold.nothing"),
        ({"classes": ["books"]}, "hold.not_of_a_number"),
        ({"reason": "  "}, "hold.why"),
        ({"number": uuid4()}, "hold.of_whom"),
    ],
)
def test_a_hold_is_narrow_and_ends(customer: UUID, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        ask(customer, **said)
    assert refused.value.code == code


def test_the_database_refuses_a_hold_of_more_than_a_year(customer: UUID) -> None:
    ask(customer)
    with (
        pytest.raises(IntegrityError, match="within_a_year"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE privacy_legalhold SET until = begins_at + interval '366 days'")


def test_a_hold_ends_by_itself_with_what_it_kept_and_its_key(called: tuple[UUID, UUID]) -> None:
    customer, _number = called
    hold = placed(customer, until=AT + KEPT + 10 * DAY)
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    late = hold.until + timedelta(hours=3)
    assert len(kept(hold)) == 2
    assert holds.in_force(hold.until) == []
    found = promises.promise("2.8")
    assert found
    assert found.check(late).figures["overdue_held"] == 1
    retention.let_go(by=SYSTEM, at=late)
    keyring.forget()
    assert not HeldRow.objects.exists()
    assert not DataKey.objects.filter(retention_class=RetentionClass.HELD, destroyed_at=None).exists()
    assert LegalHold.objects.get().state == HoldState.ENDED
    assert holds.shown_to(customer, late)[0].reason == ""
    retention.let_go(by=SYSTEM, at=late + 31 * DAY)
    assert not LegalHold.objects.exists()


def test_a_hold_nobody_confirms_never_takes_effect(called: tuple[UUID, UUID]) -> None:
    made = ask(called[0])
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    assert not HeldRow.objects.exists()
    actions.end(hold=made.pk, by=staff(), at=AT + KEPT)
    assert LegalHold.objects.get().state == HoldState.WITHDRAWN
    with pytest.raises(Refusal):
        actions.confirm(hold=made.pk, by=staff(), at=AT + KEPT)


def letters() -> list[str]:
    return sorted(OutgoingLetter.objects.filter(kind__startswith="hold-").values_list("kind", flat=True))


def test_the_customer_is_told_and_sees_an_open_hold(customer: UUID) -> None:
    placed(customer)
    assert letters() == [actions.PLACED]
    [shown] = holds.shown_to(customer, AT)
    assert (shown.reason, shown.article) == ("A dispute about an invoice", HoldArticle.CLAIM)
    told = {line.action for line in queries.lines_of(customer)}
    assert {"holds.ask", "holds.confirm"} <= told


def test_a_secret_hold_is_told_of_when_it_ends(called: tuple[UUID, UUID]) -> None:
    customer, _number = called
    hold = placed(customer, is_secret=True)
    retention.let_go(by=SYSTEM, at=AT + KEPT)
    assert letters() == []
    assert holds.shown_to(customer, AT) == []
    assert not any(line.action.startswith("holds.") for line in queries.lines_of(customer))
    assert search.rows_holding("privacy_legalhold", [str(customer)]) == 0
    assert search.rows_holding("privacy_heldrow", [str(customer)]) == 0
    assert len(kept(hold)) == 2
    ended(hold, AT + KEPT + DAY)
    assert letters() == [actions.TOLD_LATER]
    assert not HeldRow.objects.exists()


def erased(customer: UUID) -> Receipt:
    """Erase somebody to the end."""
    erasure.begin(subject=customer, request=None, by=SYSTEM, at=AT)
    erasure.proceed(erasure=Erasure.objects.get(subject=customer).pk, by=SYSTEM, at=AT)
    keyring.forget()
    return Receipt.objects.get()


@pytest.mark.promise("2.9")
@pytest.mark.parametrize("is_secret", [False, True])
def test_a_deletion_goes_on_and_leaves_what_the_hold_covers(
    called: tuple[UUID, UUID], *, is_secret: bool
) -> None:
    """Nothing waits, so that nobody can tell a secret hold by it; a receipt names an open one alone."""
    customer, _number = called
    hold = placed(customer, is_secret=is_secret)
    body = erased(customer).body
    assert not CallRecord.objects.exists()
    assert [one["caller"] for one in kept(hold)] == [CALLER] * 2
    stays = {one["what"]: one["until"] for one in body["stays"]}
    assert stays == ({} if is_secret else {"privacy.holds": hold.until.date().isoformat()})
    ended(hold, AT + DAY)
    assert not HeldRow.objects.exists()
    assert not DataKey.objects.filter(retention_class=RetentionClass.HELD, destroyed_at=None).exists()
