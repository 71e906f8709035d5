"""Conversations: begun by letter, form or account, gone on with by tag or reference, answered, merged (1.4, 4.2)."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.support import actions as support
from ringfence.support.models import Letter, Ticket, TicketEntry
from ringfence.support.tickets import actions, merging, queries, searching, taking_in
from tests.accounts import builders
from tests.support import desk
from tests.support.desk import STRANGER, answer, letter, look, only, sent, staff, states, tagged
from tests.world import number_of

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
CUSTOMER = "customer1@example.com"


def texts(by: Actor, ticket: str = "") -> list[str]:
    return [piece.text for piece in look(by, ticket).pieces]


def write_in_account(person: object, text: str) -> str:
    return taking_in.open_in_account(
        subject=person,
        title="",
        text=text,
        language="en",
        by=Actor.customer(person),
        at=builders.now(),  # type: ignore[arg-type]
    ).ticket


@pytest.mark.promise("1.4")
def test_a_letter_opens_a_ticket_and_a_second_look_adds_nothing() -> None:
    taken = letter("How do I begin?", subject="Beginning")
    found = look(staff())
    assert (found.title, [piece.text for piece in found.pieces]) == ("Beginning", ["How do I begin?"])
    assert (found.address, found.customer, found.letters) == (STRANGER, "", [taken])
    row = Letter.objects.get()
    assert taking_in.take_letter(letter=row, by=builders.TESTS, at=builders.now()) is None
    assert TicketEntry.objects.count() == 1


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: \xff\xfe\xed\xa0\x80 broken\r\nContent-Type: text/plain; charset=no-such\r\n",
        b"Subject: =?utf-8?b?7aCA?=\r\nContent-Type: text/plain; charset=utf-8\r\n",
        b"Message-ID: <\xe6\xf8@x>\r\nContent-Type: multipart/mixed; boundary=\r\n",
        b"Subject: a\x00b\r\nContent-Type: text/html\r\nMessage-ID: <" + b"x" * 900 + b"@x>\r\n",
        b"",
    ],
)
def test_a_broken_letter_opens_one_too(head: bytes) -> None:
    content = head + b"\r\nHello \xed\xa0\x80 \xe6\xf8\xe5 <b>there</b>\r\n"
    support.receive_letter(
        content=content,
        sender=STRANGER,
        recipients=[settings.CONTACT_EMAIL],
        by=builders.TESTS,
        at=builders.now(),
    )
    builders.run_jobs("support.sort_letter")
    by = staff()
    assert "there" in look(by).pieces[0].text or "multipart" in head.decode("latin-1")
    answer(by, "Answer")
    assert sent()["To"] == STRANGER


def test_a_program_s_letter_opens_none() -> None:
    letter("I am away.", Auto_Submitted="auto-replied")
    letter("I am away too.", X_Autoreply="yes", List_Id="<a.example.org>")
    assert not Ticket.objects.exists()


@pytest.mark.promise("1.4")
def test_our_answer_is_answered_by_its_tag_and_by_its_references() -> None:
    letter("First")
    by = staff()
    answer(by, "Our answer")
    out = sent()
    assert states() == ["waiting"]
    letter("By tag", to=out["Reply-To"])
    assert states() == ["open"]
    letter("By reference", References=out["Message-ID"])
    letter("To its own earlier one", In_Reply_To=out["References"].split()[0])
    letter("Something new")
    assert states() == ["open", "open"]
    first = Ticket.objects.order_by("opened_at").first()
    assert first
    assert texts(by, first.public_id) == [
        "First",
        "Our answer",
        "By tag",
        "By reference",
        "To its own earlier one",
    ]


def test_the_letter_out_belongs_to_the_conversation() -> None:
    letter("Hei, jeg har et spørsmål om nummeret mitt.", Message_ID="<Mixed.Case-1@mail.example.org>")
    by = staff()
    answer(by, "Vi svarer gjerne.")
    out = sent()
    name, host = settings.CONTACT_EMAIL.split("@")
    assert out["To"] == STRANGER
    assert out["Reply-To"] == f"{name}+{only()}@{host}"
    assert out["In-Reply-To"] == out["References"] == "<Mixed.Case-1@mail.example.org>"
    assert "Auto-Submitted" not in out
    assert out["Subject"] == f"Svaret vårt på meldingen din {only()}"
    assert "Vi svarer gjerne." in out[""]
    answer(by, "Og en ting til.")
    ids = sent()["References"].split()
    assert ids == ["<Mixed.Case-1@mail.example.org>", out["Message-ID"]]


def test_a_long_message_id_leaves_as_it_came() -> None:
    long = f"<{'x' * 200}@mail.example.org>"
    letter("First", Message_ID=long)
    answer(staff(), "Answer")
    row = OutgoingLetter.objects.get(kind=actions.ANSWER)
    ready = desk.LetterToSend(row.pk, row.kind, STRANGER, "en", "", row.facts.open(), builders.now())
    assert f"In-Reply-To: {long}\n".encode() in desk.SmtpMail().message(ready).as_bytes()


def test_a_letter_from_elsewhere_needs_the_tag_and_is_marked() -> None:
    letter("First")
    by = staff()
    answer(by, "Answer")
    out = sent()
    letter("I saw a reference", sender="other@example.net", References=out["Message-ID"])
    assert Ticket.objects.count() == 2
    letter("I was shown the letter", sender="other@example.net", to=out["Reply-To"])
    first = Ticket.objects.order_by("opened_at").first()
    assert first
    assert [piece.is_from_elsewhere for piece in look(by, first.public_id).pieces] == [False, False, True]
    answer(by, "To whom it is", first.public_id)
    assert sent()["To"] == STRANGER, "an answer goes to the address of the conversation"


@pytest.mark.promise("1.4")
def test_a_customer_has_one_conversation_by_letter_and_account() -> None:
    person = builders.customer(email=CUSTOMER)
    letter("By letter", sender=CUSTOMER)
    by = staff()
    answer(by, "Our answer")
    assert sent()["To"] == CUSTOMER
    taking_in.write(
        subject=person, ticket=only(), text="In the account", by=Actor.customer(person), at=builders.now()
    )
    actions.note(ticket=only(), text="Only we read this", by=by, at=builders.now())
    own = queries.own_ticket(person, only())
    assert own
    assert [piece.text for piece in own.pieces] == ["By letter", "Our answer", "In the account"]
    other = builders.customer(email="customer2@example.com")
    assert queries.own_ticket(other, only()) is None
    with pytest.raises(Refusal):
        taking_in.write(
            subject=other, ticket=only(), text="Mine", by=Actor.customer(other), at=builders.now()
        )


def test_an_answer_goes_to_the_address_the_account_has_now() -> None:
    builders.customer(email=CUSTOMER)
    letter("From a forged sender, perhaps", sender=CUSTOMER.upper())
    answer(staff(), "Answer")
    assert sent()["To"] == CUSTOMER


def test_nobody_answers_past_what_was_written_since() -> None:
    letter("First")
    one, two = staff(), staff("staff2@example.com")
    seen = look(one).version
    assert look(two).is_looked_at
    actions.answer(ticket=only(), text="I was faster", seen=seen, by=two, at=builders.now())
    for act in (actions.answer, actions.close):
        more = {"text": "I did not see it"} if act is actions.answer else {}
        with pytest.raises(Refusal) as refused:
            act(ticket=only(), seen=seen, by=one, at=builders.now(), **more)  # type: ignore[operator]
        assert refused.value.code == "ticket.written_since"
    assert texts(one) == ["First", "I was faster"]
    assert OutgoingLetter.objects.filter(kind=actions.ANSWER).count() == 1


def test_whoever_looked_long_ago_is_not_looking() -> None:
    letter("First")
    one, two = staff(), staff("staff2@example.com")
    look(one)
    later = builders.now() + timedelta(minutes=6)
    assert not actions.look(ticket=only(), by=two, at=later).is_looked_at


def test_the_longest_waiting_comes_first_and_each_list_has_its_own() -> None:
    at = builders.now()
    for place, text in enumerate(("Newest", "Middle", "Oldest")):
        letter(text, sender=f"s{place}@example.org", at=at - timedelta(hours=place))
    by = staff()
    assert by.person
    newest, middle, oldest = Ticket.objects.order_by("-opened_at")
    assert desk.listed("open", by) == [oldest.public_id, middle.public_id, newest.public_id]
    look(by, middle.public_id)
    actions.assign(ticket=middle.public_id, to="me", by=by, at=at)
    answer(by, "Done", oldest.public_id, and_close=True)
    assert queries.counts(by.person) == {"open": 2, "new": 1, "mine": 1, "waiting": 0, "closed": 1, "all": 3}
    assert desk.listed("mine", by) == [middle.public_id]
    actions.tag(ticket=middle.public_id, tags=["payment", "made up"], by=by, at=at)
    assert [one.tags for one in queries.listed("open", by.person, "payment")] == [["payment"]]


def test_a_ticket_is_handed_over_to_colleagues_alone() -> None:
    letter("First")
    builders.customer(email=CUSTOMER)
    one, two = staff(), staff("staff2@example.com")
    actions.assign(ticket=only(), to="STAFF2@example.com", by=one, at=builders.now())
    assert look(two).row.is_mine
    for nobody in (CUSTOMER, "nobody@example.com", ""):
        with pytest.raises(Refusal):
            actions.assign(ticket=only(), to=nobody, by=one, at=builders.now())
    actions.assign(ticket=only(), to="nobody", by=two, at=builders.now())
    assert not look(two).row.is_assigned


def test_two_conversations_of_one_address_become_one() -> None:
    letter("First")
    letter("Second")
    first, second = Ticket.objects.order_by("opened_at")
    by = staff()
    answer(by, "Answered", first.public_id)
    assert (
        merging.merge(ticket=second.public_id, into=first.public_id, by=by, at=builders.now())
        == first.public_id
    )
    assert sorted(texts(by)) == ["Answered", "First", "Second"]
    assert sorted(states()) == ["merged", "open"]
    letter("To the tag of the merged one", to=tagged(second.public_id))
    assert len(texts(by)) == 4
    letter("A third, of somebody else", sender="other@example.net")
    other = Ticket.objects.exclude(state="merged").order_by("-opened_at").first()
    assert other
    with pytest.raises(Refusal):
        merging.merge(ticket=other.public_id, into=first.public_id, by=by, at=builders.now())


def test_one_that_took_in_others_can_go_into_another() -> None:
    for text in ("First", "Second", "Third"):
        letter(text)
    first, second, third = Ticket.objects.order_by("opened_at")
    by = staff()
    for ticket, into in ((first, second), (second, third)):
        merging.merge(ticket=ticket.public_id, into=into.public_id, by=by, at=builders.now())
    letter("To the first one's tag", to=tagged(first.public_id))
    assert only() == third.public_id
    assert sorted(texts(by, first.public_id)) == ["First", "Second", "Third", "To the first one's tag"]


def test_what_a_stranger_wrote_goes_into_the_account_they_made_since() -> None:
    letter("Before the account", sender=CUSTOMER)
    before = Ticket.objects.get()
    person = builders.customer(email=CUSTOMER)
    letter("With the account", sender=CUSTOMER)
    after = Ticket.objects.exclude(pk=before.pk).get()
    left = merging.merge(ticket=after.public_id, into=before.public_id, by=staff(), at=builders.now())
    assert left == after.public_id
    own = queries.own_ticket(person, before.public_id)
    assert own
    assert {piece.text for piece in own.pieces} == {"Before the account", "With the account"}


def test_tickets_are_found_exactly_and_by_words_in_open_ones() -> None:
    person = builders.customer(email=CUSTOMER)
    number = number_of(person)
    letter("My telephone is silent", sender=CUSTOMER)
    letter("An Ærlig question", sender=STRANGER)
    by = staff()
    assert by.person
    theirs, stranger = (
        Ticket.objects.get(subject=person).public_id,
        Ticket.objects.exclude(subject=person).get().public_id,
    )

    def find(wanted: str) -> list[str]:
        assert by.person
        found = searching.search(wanted=wanted, me=by.person, by=by, at=builders.now())
        return [row.public_id for row in found.rows]

    assert find(f" {CUSTOMER.upper()} ") == [theirs]
    assert find(STRANGER) == [stranger]
    assert find(stranger.upper()) == [stranger]
    assert find(str(number.e164)) == [theirs]
    assert find("ærlig QUESTION") == [stranger]
    assert find("silent ærlig") == find("nobody@example.net") == find("  ") == []
    answer(by, "Closed", theirs, and_close=True)
    assert find("silent") == []


def test_words_are_looked_for_in_every_open_ticket_or_the_page_says_in_how_many(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "BATCH", 2)
    at = builders.now()
    for number in range(5):
        letter(
            f"Needle {number}", sender=f"stranger{number}@example.org", at=at - timedelta(days=number // 2)
        )
    builders.staff_member(client, Role.SUPPORT)

    def page(wanted: str) -> str:
        found = client.post("/en/staff/tickets/", {"wanted": wanted}, follow=True)
        return " ".join(found.content.decode().split())

    oldest = Ticket.objects.order_by("last_at", "pk").first()
    assert oldest
    whole = page("needle 4")
    assert oldest.public_id in whole
    assert "in all 5 open tickets" in whole
    monkeypatch.setattr(searching, "SECONDS", -1.0)
    part = page("needle 4")
    assert oldest.public_id not in part
    assert "in 2 of 5 open tickets" in part
    assert page("needle").count("tkt_") > 0


def test_an_answer_that_cannot_be_delivered_waits_for_us_again() -> None:
    letter("First")
    by = staff()
    answer(by, "Answer", and_close=True)
    row = OutgoingLetter.objects.get(kind=actions.ANSWER)
    accounts.letter_failed(letter=row.pk, for_good=True, by=builders.TESTS, at=builders.now())
    assert states() == ["open"]
    assert [piece.is_undelivered for piece in look(by).pieces] == [False, True]
    assert Ticket.objects.get().is_new is False


def test_a_closed_ticket_is_opened_by_us_and_by_an_answer() -> None:
    letter("First")
    by = staff()
    actions.close(ticket=only(), seen=look(by).version, by=by, at=builders.now())
    with pytest.raises(Refusal):
        actions.close(ticket=only(), seen=look(by).version, by=by, at=builders.now())
    actions.reopen(ticket=only(), by=by, at=builders.now())
    assert states() == ["open"]
    actions.close(ticket=only(), seen=look(by).version, by=by, at=builders.now())
    letter("Still not", to=tagged(only()))
    assert states() == ["open"]
