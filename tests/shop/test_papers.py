"""Papers that a number needs: asked for after paying, sealed, looked at, decided, destroyed (clauses 2.3, 2.8, 2.9)."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, connections, transaction

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import new_id, parse
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import register
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.queries import lines_of
from ringfence.shop import actions, paper_queries
from ringfence.shop.models import BookEntry, Paper, PaperPiece, Papers
from ringfence.shop.paper_rules import KEPT_AFTER, SEND_WITHIN
from ringfence.shop.paper_sweeping import past_their_time, sweep
from ringfence.shop.ports import EventKind
from ringfence.telephony.actions import numbers
from tests.shop.conftest import SYSTEM, a_customer, eventually, now
from tests.shop.papers import REVIEWER, Sale, noise, number_with_papers, picture
from tests.shop.test_cancelling import waits_for_a_row
from tests.world import to_pay

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
DAY = timedelta(days=1)


def letters(subject: UUID) -> list[str]:
    """The kinds of letters a person got, in order."""
    return list(
        OutgoingLetter.objects.filter(subject=subject)
        .order_by("made_at", "pk")
        .values_list("kind", flat=True)
    )


def refused(code: str, **said: object) -> None:
    """Expect a refusal when papers are refused so."""
    with pytest.raises(Refusal) as raised:
        actions.refuse_papers(**said)  # type: ignore[arg-type] # a test's arguments
    assert raised.value.code == code


def test_a_paid_order_waits_for_its_papers_and_the_number_is_kept() -> None:
    sale = Sale()
    assert (sale.view.state, sale.papers.state, sale.offer().state) == ("paid", "wanted", "held")
    assert sale.papers.kinds == ("address", "identity") or set(sale.papers.kinds) == {"address", "identity"}
    assert sale.papers.due_at == sale.at + SEND_WITHIN
    assert sale.view.window is None
    assert not BookEntry.objects.exists()
    assert letters(sale.subject) == ["papers-wanted"]
    numbers.end_holds(by=SYSTEM, at=sale.at + SEND_WITHIN)
    assert sale.offer().state == "held"


def test_approved_papers_put_the_number_into_service_and_the_window_begins_then() -> None:
    sale = Sale().send()
    later = sale.at + 3 * DAY
    actions.approve_papers(order=sale.order, by=REVIEWER, at=later)
    assert (sale.view.state, sale.papers.state, sale.offer().state) == ("active", "approved", "in_service")
    assert sale.view.provided_at == later
    assert sale.view.window is not None
    assert sale.view.window.ends_at > later + 13 * DAY
    assert BookEntry.objects.get().booked_at == later
    assert letters(sale.subject) == ["papers-wanted", "order-active"]


def test_refused_papers_are_told_with_the_reason_and_answered_with_new_ones() -> None:
    sale = Sale().send()
    at = sale.at + 2 * DAY
    refused("papers.no_reason", order=sale.order, reason="", by=REVIEWER, at=at)
    refused("papers.no_reason", order=sale.order, reason="other", explanation=" ", by=REVIEWER, at=at)
    actions.refuse_papers(
        order=sale.order,
        reason="out_of_date",
        explanation="Not card 4242 4242 4242 4242.",
        by=REVIEWER,
        at=at,
    )
    papers = sale.papers
    assert (papers.state, papers.reason, papers.due_at) == (
        "refused",
        "The document is out of date.",
        at + SEND_WITHIN,
    )
    assert papers.explanation is not None
    assert papers.explanation.open() == "Not card [card number removed]."
    sale.send(at + DAY, identity=[picture(), picture()])
    assert sale.papers.state == "sent"
    assert len(sale.papers.pictures) == 3
    actions.approve_papers(order=sale.order, by=REVIEWER, at=at + 2 * DAY)
    assert letters(sale.subject) == ["papers-wanted", "papers-refused", "order-active"]


def test_refused_for_good_the_order_ends_and_the_money_goes_back() -> None:
    sale = Sale().send()
    actions.refuse_papers(
        order=sale.order, reason="name_differs", for_good=True, by=REVIEWER, at=sale.at + DAY
    )
    assert (sale.view.state, sale.papers.state, sale.offer().state) == ("cancelled", "denied", "available")
    assert sale.view.refund is not None
    assert sale.view.price is not None
    assert sale.view.refund.amount == sale.view.price.gross
    assert letters(sale.subject) == ["papers-wanted", "papers-ended"]


def test_without_papers_in_time_the_order_ends_by_itself_and_not_before() -> None:
    sale = Sale()
    sweep(by=SYSTEM, at=sale.at + SEND_WITHIN - timedelta(minutes=1))
    assert sale.view.state == "paid"
    for _repeat in range(2):
        sweep(by=SYSTEM, at=sale.at + SEND_WITHIN)
    assert (sale.view.state, sale.papers.state) == ("cancelled", "missed")
    assert letters(sale.subject) == ["papers-wanted", "papers-ended"]


def test_papers_that_were_sent_wait_for_us_however_long() -> None:
    sale = Sale().send()
    sweep(by=SYSTEM, at=sale.at + 400 * DAY)
    numbers.end_holds(by=SYSTEM, at=sale.at + 400 * DAY)
    assert (sale.view.state, sale.papers.state, sale.offer().state) == ("paid", "sent", "held")


def test_a_customer_may_cancel_at_any_time_before_the_decision() -> None:
    sale = Sale().send()
    actions.give_up_papers(order=sale.order, by=sale.by, at=sale.at + DAY)
    assert (sale.view.state, sale.papers.state, sale.offer().state) == ("cancelled", "stopped", "available")
    with pytest.raises(Refusal):
        actions.approve_papers(order=sale.order, by=REVIEWER, at=sale.at + 2 * DAY)


def test_money_taken_back_by_the_bank_ends_the_wait() -> None:
    sale = Sale().send()
    sale.news(EventKind.CHARGED_BACK, sale.at + DAY)
    assert (sale.view.state, sale.papers.state, sale.offer().state) == (
        "charged_back",
        "stopped",
        "available",
    )
    assert sale.view.refund is None


def test_a_repeated_payment_event_asks_once() -> None:
    sale = Sale()
    sale.news(EventKind.PAID)
    assert letters(sale.subject) == ["papers-wanted"]
    assert Papers.objects.count() == 1


def test_a_second_payment_for_the_same_number_by_the_same_customer_goes_back() -> None:
    """It comes late, for an order that lapsed, while the number waits for the papers of another one."""
    sale = Sale.__new__(Sale)
    sale.subject, sale.at = a_customer(), now()
    sale.by, sale.number = Actor.customer(sale.subject), number_with_papers()
    first = sale.placed(sale.at)
    later = sale.at + timedelta(minutes=30)
    actions.lapse(order=parse(first, "ord"), by=SYSTEM, at=later)
    numbers.end_holds(by=SYSTEM, at=later)
    sale.order = sale.placed(later)
    sale.news(EventKind.PAID, later)
    waiting = sale.order
    sale.order = first
    sale.news(EventKind.PAID, later)
    assert sale.view.state == "cancelled"
    assert sale.view.refund is not None
    sale.order = waiting
    assert (sale.view.state, sale.papers.state, sale.offer().state) == ("paid", "wanted", "held")


@pytest.mark.parametrize("end", ["lapse", "give up", "pay"])
def test_a_number_that_waits_for_papers_stays_whatever_becomes_of_another_order_for_it(end: str) -> None:
    """The first payment is slow: the hold ends, the same customer orders the same number once more, then it comes."""
    sale = Sale.__new__(Sale)
    sale.subject, sale.at = a_customer(), now()
    sale.by, sale.number = Actor.customer(sale.subject), number_with_papers()
    sale.order = sale.placed(sale.at)
    later = sale.at + timedelta(minutes=20)
    numbers.end_holds(by=SYSTEM, at=later)
    second = actions.place(subject=sale.subject, number=sale.number, by=sale.by, at=later)
    sale.news(EventKind.PAID, later)
    actions.check_out(order=second, shown=to_pay(second), by=sale.by, at=later)
    numbers.end_holds(by=SYSTEM, at=later + DAY)
    assert (sale.view.state, sale.offer().state) == ("paid", "held"), "a check-out shortens no hold"
    if end == "lapse":
        actions.lapse(order=parse(second, "ord"), by=SYSTEM, at=later + timedelta(minutes=11))
    elif end == "give up":
        actions.give_up(order=second, by=sale.by, at=later)
    else:
        first, sale.order = sale.order, second
        sale.news(EventKind.PAID, later)
        assert sale.view.state == "cancelled"
        sale.order = first
    assert (sale.view.state, sale.papers.state, sale.offer().state) == ("paid", "wanted", "held")
    actions.give_up_papers(order=sale.order, by=sale.by, at=later + DAY)
    assert sale.offer().state == "available"


@pytest.mark.parametrize("by", ["stranger", "other", "operations"])
def test_nobody_else_sends_looks_or_decides(by: str) -> None:
    sale = Sale().send()
    actor = {
        "stranger": Actor.stranger(),
        "other": Actor.customer(new_id()),
        "operations": Actor.staff(new_id(), {Role.OPERATIONS}).for_purpose("papers"),
    }[by]
    paper = sale.papers.pictures[0].id
    for attempt in (
        lambda: actions.send_papers(order=sale.order, pictures={}, by=actor, at=sale.at),
        lambda: actions.look_at_papers(order=sale.order, by=actor, at=sale.at),
        lambda: actions.open_picture(paper=paper, by=actor, at=sale.at),
        lambda: actions.approve_papers(order=sale.order, by=actor, at=sale.at),
        lambda: actions.refuse_papers(order=sale.order, reason="unreadable", by=actor, at=sale.at),
        lambda: actions.give_up_papers(order=sale.order, by=actor, at=sale.at),
    ):
        with pytest.raises(Refusal):
            attempt()
    assert sale.papers.state == "sent"


def test_what_is_missing_is_asked_for_and_nothing_is_kept() -> None:
    sale = Sale()
    with pytest.raises(Refusal) as raised:
        actions.send_papers(order=sale.order, pictures={"identity": [picture()]}, by=sale.by, at=sale.at)
    assert raised.value.code == "papers.missing"
    assert not Paper.objects.exists()
    assert sale.papers.state == "wanted"


@pytest.mark.promise("2.1")
def test_each_look_of_staff_is_a_line_that_the_customer_reads() -> None:
    sale = Sale().send()
    actions.look_at_papers(order=sale.order, by=REVIEWER, at=sale.at)
    actions.open_picture(paper=sale.papers.pictures[0].id, by=REVIEWER, at=sale.at)
    lines = {(line.action, line.purpose) for line in lines_of(sale.subject)}
    assert lines >= {("papers.look_at", "papers"), ("papers.open_picture", "papers")}


@pytest.mark.promise("2.3")
def test_pictures_are_stored_sealed_in_pieces_and_open_whole() -> None:
    sale = Sale().send(identity=[noise((1600, 1200))])
    assert PaperPiece.objects.count() > 2
    shown = max(sale.papers.pictures, key=lambda one: one.size)
    content = actions.open_picture(paper=shown.id, by=sale.by, at=sale.at)
    assert len(content) == shown.size
    assert content.startswith(b"\xff\xd8\xff")
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM shop_paperpiece")
        assert not any(content[:11] in bytes(row[0]) for row in cursor.fetchall())


@pytest.mark.promise("2.8")
def test_papers_are_destroyed_with_their_key_thirty_days_after_the_decision() -> None:
    sale = Sale().send()
    at = sale.at + DAY
    actions.approve_papers(order=sale.order, by=REVIEWER, at=at)
    sweep(by=SYSTEM, at=at + KEPT_AFTER - timedelta(minutes=1))
    assert Paper.objects.exists()
    assert past_their_time(at + KEPT_AFTER + DAY) == 2
    sweep(by=SYSTEM, at=at + KEPT_AFTER)
    assert not Paper.objects.exists()
    assert not PaperPiece.objects.exists()
    assert past_their_time(at + KEPT_AFTER + DAY) == 0
    keys = DataKey.objects.filter(subject=sale.subject, retention_class=RetentionClass.PAPERS)
    assert [key.destroyed_at is not None for key in keys] == [True]
    assert sale.papers.destroyed_at == at + KEPT_AFTER
    assert [line.action for line in lines_of(sale.subject)].count("papers.destroy") == 1
    sweep(by=SYSTEM, at=at + KEPT_AFTER + DAY)
    assert [line.action for line in lines_of(sale.subject)].count("papers.destroy") == 1


@pytest.mark.promise("2.8")
def test_other_papers_of_the_same_person_outlive_that_under_a_new_key() -> None:
    first = Sale().send()
    actions.approve_papers(order=first.order, by=REVIEWER, at=first.at)
    second = Sale("+442079461501", subject=first.subject, at=first.at).send()
    actions.refuse_papers(
        order=second.order, reason="other", explanation="Again.", by=REVIEWER, at=first.at + 29 * DAY
    )
    before = actions.open_picture(paper=second.papers.pictures[0].id, by=first.by, at=first.at)
    sweep(by=SYSTEM, at=first.at + KEPT_AFTER)
    keyring.forget()
    assert actions.open_picture(paper=second.papers.pictures[0].id, by=first.by, at=first.at) == before
    assert second.papers.explanation is not None
    assert second.papers.explanation.open() == "Again."
    keys = DataKey.objects.filter(subject=first.subject, retention_class=RetentionClass.PAPERS)
    assert sorted(key.destroyed_at is not None for key in keys) == [False, True]


@pytest.mark.promise("2.8")
def test_papers_sent_while_others_are_destroyed_are_sealed_with_the_new_key() -> None:
    first = Sale().send()
    actions.approve_papers(order=first.order, by=REVIEWER, at=first.at)
    second = Sale("+442079461501", subject=first.subject, at=first.at)
    shown = first.papers.pictures[0].id
    knows_the_key, may_send = threading.Event(), threading.Event()

    def send() -> None:
        actions.open_picture(paper=shown, by=first.by, at=first.at)
        knows_the_key.set()
        may_send.wait()
        second.send()
        for alias in ("default", "keys"):
            connections[alias].close()

    sending = threading.Thread(target=send)
    sending.start()
    knows_the_key.wait()
    with transaction.atomic():
        actions.destroy_papers(
            papers=Papers.objects.get(sent_at=first.at).pk, by=SYSTEM, at=first.at + KEPT_AFTER
        )
        may_send.set()
        eventually(waits_for_a_row, "somebody who waits to send papers")
    sending.join()
    keyring.forget()
    for picture_of_it in second.papers.pictures:
        assert actions.open_picture(paper=picture_of_it.id, by=second.by, at=second.at)


@pytest.mark.promise("2.9")
def test_a_customer_who_leaves_takes_the_papers_along_and_gets_the_money() -> None:
    sale = Sale().send()
    erasure.begin(subject=sale.subject, request=None, by=SYSTEM, at=sale.at)
    erasure.proceed(erasure=Erasure.objects.get().pk, by=SYSTEM, at=sale.at)
    assert not Papers.objects.exists()
    assert not PaperPiece.objects.exists()
    assert sale.view.state == "cancelled"
    assert sale.view.refund is not None
    assert sale.offer().state == "available"
    living = DataKey.objects.filter(subject=sale.subject, destroyed_at=None, retention_class="papers")
    assert not living.exists()


@pytest.mark.promise("7.2")
def test_a_copy_holds_the_papers() -> None:
    sale = Sale().send()
    holder = next(one for one in register.holders() if one.name == "shop.papers")
    records = list(holder.hand_over(sale.subject))
    assert {record["kind"] for record in records} >= {"shop.PaperPiece", "shop.Papers", "identity", "address"}
    assert any(isinstance(record.get("content"), bytes) for record in records)


def test_the_queue_has_the_oldest_first_and_can_be_narrowed() -> None:
    first = Sale().send()
    second = Sale("+442079461501", at=first.at + DAY).send()
    third = Sale("+442079461502")
    assert [one.order for one in paper_queries.queue("waiting")] == [first.order, second.order]
    assert [one.order for one in paper_queries.queue("missing")] == [third.order]
    assert [one.order for one in paper_queries.queue("waiting", order=second.order)] == [second.order]
    assert paper_queries.queue("waiting", order="nothing") == []
    assert paper_queries.queue("waiting", kind="company") == []
    assert paper_queries.counts() == {"waiting": 2, "missing": 1, "decided": 0}
