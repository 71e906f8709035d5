"""Tickets at the desk: listed without names, opened for a purpose, answered by one at a time; templates; search."""

import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from ringfence.accounts.actions import count_try
from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.rules import LIMITS
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.looks.check import places
from ringfence.privacy.payment_watch.models import RemovedPaymentData
from ringfence.privacy.queries import lines_of
from ringfence.privacy.requests import effects
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind
from ringfence.support.models import AnswerTemplate, Ticket
from ringfence.support.tickets import taking_in
from tests.accounts import builders
from tests.support.desk import STRANGER, letter, only, sent, states, tagged

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
CUSTOMER = "customer1@example.com"
CARD = "4242 4242 4242 4242"


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).replace("\xa0", " ").split())


def seen_on(response: Any) -> str:
    found = re.search(r'name="seen" value="(\d+)"', response.content.decode())
    assert found
    return found[1]


@pytest.fixture
def staff() -> Client:
    client = Client(headers={"accept-language": "en"})
    builders.staff_member(client, Role.SUPPORT)
    return client


@pytest.fixture
def customer() -> UUID:
    return builders.customer(email=CUSTOMER)


@pytest.mark.promise("2.1")
def test_the_list_tells_nothing_of_who_wrote_or_what(staff: Client, customer: UUID) -> None:
    assert "Nothing is in this list" in text_of(staff.get("/en/staff/tickets/"))
    letter("A secret of mine", subject="Private", sender=CUSTOMER)
    page = text_of(staff.get("/en/staff/tickets/"))
    assert only() in page
    for word in ("secret", "Private", CUSTOMER, public_id("cus", customer)):
        assert word not in page
    desk = text_of(staff.get("/en/staff/"))
    assert "Message by e-mail" in desk
    assert "secret" not in desk
    assert "The deletion of the account" not in page
    letter("Please delete my account.", sender=CUSTOMER)
    assert text_of(staff.get("/en/staff/tickets/")).count("The deletion of the account and its data") == 1
    assert "No ticket here is about that" in text_of(staff.get("/en/staff/tickets/?tag=payment"))
    assert places(builders.now()) == {}


@pytest.mark.promise("2.1")
def test_opening_one_is_told_to_whoever_wrote(staff: Client, customer: UUID) -> None:
    letter("How do I begin?", sender=CUSTOMER)
    page = text_of(staff.get(f"/en/staff/tickets/{only()}/"))
    assert "How do I begin?" in page
    line = lines_of(customer).filter(action="ticket.look").get()
    assert (line.purpose, line.actor) == ("customer-wrote", "staff:support")
    assert places(builders.now()) == {}
    own = Client()
    builders.sign_in(own, customer)
    assert "A conversation with you was read" in text_of(own.get("/en/account/history/"))


@pytest.mark.promise("2.1")
def test_whose_letter_stands_in_the_ticket_of_another_is_told_too(staff: Client, customer: UUID) -> None:
    letter("How do I begin?")
    other = builders.customer(email="other@example.net")
    letter("I was shown this", sender=CUSTOMER, to=tagged(only()))
    letter("And I", sender="other@example.net", to=tagged(only()))
    page = text_of(staff.get(f"/en/staff/tickets/{only()}/"))
    assert CUSTOMER in page
    assert [lines_of(one).filter(action="ticket.look").count() for one in (customer, other)] == [1, 1]
    assert places(builders.now()) == {}


@pytest.mark.promise("2.1")
def test_a_stranger_s_ticket_opens_without_an_untold_look(staff: Client) -> None:
    letter("How?")
    assert STRANGER in text_of(staff.get(f"/en/staff/tickets/{only()}/"))
    assert places(builders.now()) == {}


def test_what_was_written_is_shown_as_text(staff: Client) -> None:
    letter("<script>alert(1)</script> <b>bold</b>", subject="<img src=x>")
    page = staff.get(f"/en/staff/tickets/{only()}/").content.decode()
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page


def test_an_answer_is_sent_and_one_past_something_new_is_kept_for_its_writer(staff: Client) -> None:
    letter("First")
    url = f"/en/staff/tickets/{only()}/"
    seen = seen_on(staff.get(url))
    answer = staff.post(f"{url}answer/", {"seen": seen, "text": "Our answer"}, follow=True)
    assert "Sent." in text_of(answer)
    late = staff.post(f"{url}answer/", {"seen": seen, "text": "Written at the same time"})
    assert late.status_code == 422
    assert "Something was written here since you opened the page" in text_of(late)
    assert "Written at the same time" in late.content.decode()
    assert OutgoingLetter.objects.filter(kind="ticket-answer").count() == 1
    again = staff.post(
        f"{url}answer/",
        {"seen": seen_on(late), "text": "Read it, and still", "and_close": "yes"},
        follow=True,
    )
    assert "Sent, and the ticket is closed." in text_of(again)
    assert OutgoingLetter.objects.filter(kind="ticket-answer").count() == 2


def test_a_colleague_who_has_it_open_is_told_of(staff: Client) -> None:
    letter("First")
    url = f"/en/staff/tickets/{only()}/"
    staff.get(url)
    other = Client(headers={"accept-language": "en"})
    builders.staff_member(other, Role.PRIVACY, email="staff2@example.com")
    assert not re.search(r"data-others hidden", other.get(url).content.decode())
    assert staff.get(f"{url}around/").json() == {"version": 1, "others": True}
    assert other.get(f"{url}around/").json() == {"version": 1, "others": False}
    assert other.get("/en/staff/tickets/tkt_none/around/").status_code == 404


def test_a_ready_text_comes_in_the_language_of_the_ticket(staff: Client) -> None:
    texts = {"name": "Greeting", "text_nb": "Hei du", "text_en": "Hello you"}
    assert "Saved." in text_of(staff.post("/en/staff/tickets/answers/", texts, follow=True))
    assert staff.post("/en/staff/tickets/answers/", texts).status_code == 422, "the name is taken"
    letter("Hei, kan dere hjelpe meg med nummeret mitt?")
    key = str(AnswerTemplate.objects.get().pk)
    url = f"/en/staff/tickets/{only()}/"
    sent_in = {"seen": "1", "text": "Først dette.", "template": key, "insert": "yes"}
    page = staff.post(f"{url}answer/", sent_in).content.decode()
    assert "Først dette.\n\nHei du" in page
    assert not OutgoingLetter.objects.filter(kind="ticket-answer").exists()
    changed = {**texts, "text_en": "Good day"}
    assert "Good day" in text_of(staff.post(f"/en/staff/tickets/answers/{key}/", changed, follow=True))
    staff.post(f"/en/staff/tickets/answers/{key}/remove/")
    assert not AnswerTemplate.objects.exists()


def test_notes_tags_and_hands(staff: Client, customer: UUID) -> None:
    letter("First", sender=CUSTOMER)
    url = f"/en/staff/tickets/{only()}/"
    assert "Noted." in text_of(staff.post(f"{url}note/", {"note": "Call them back"}, follow=True))
    assert "It is yours." in text_of(staff.post(f"{url}assign/", {"take": "yes"}, follow=True))
    assert "Saved." in text_of(staff.post(f"{url}tags/", {"tags": ["payment"]}, follow=True))
    wrong = staff.post(f"{url}assign/", {"hand": "yes", "colleague": CUSTOMER}, follow=True)
    assert "No member of staff has this address." in text_of(wrong)
    assert only() in text_of(staff.get("/en/staff/tickets/?show=mine&tag=payment"))
    closed = staff.post(f"{url}close/", {"seen": seen_on(staff.get(url))}, follow=True)
    assert "Whoever writes opens it again." in text_of(closed)
    assert "Open again." in text_of(staff.post(f"{url}reopen/", follow=True))
    assert states() == ["open"]
    own = Client()
    builders.sign_in(own, customer)
    assert "Call them back" not in text_of(own.get(f"/en/account/support/{only()}/"))


def test_what_was_begun_comes_back_with_the_other_half_of_the_form(staff: Client) -> None:
    letter("First")
    url = f"/en/staff/tickets/{only()}/"
    begun = {"seen": seen_on(staff.get(url)), "text": "An answer that I began", "note": "A note"}
    noted = staff.post(f"{url}note/", begun, follow=True)
    assert noted.context["answer"]["text"].value() == "An answer that I began"
    assert not noted.context["note"]["note"].value()
    assert "Noted." in text_of(noted)
    begun = {"seen": seen_on(noted), "text": "An answer", "note": "A note that I began"}
    sent_ = staff.post(f"{url}answer/", begun)
    assert "Sent." in text_of(sent_)
    assert sent_.context["note"]["note"].value() == "A note that I began"
    assert not sent_.context["answer"]["text"].value()
    wrong = staff.post(f"{url}note/", begun | {"note": "", "seen": seen_on(sent_)})
    assert wrong.context["answer"]["text"].value() == "An answer"


def test_merging_says_why_not(staff: Client) -> None:
    letter("First")
    letter("Of somebody else", sender="other@example.net")
    first, second = Ticket.objects.order_by("opened_at")
    answer = staff.post(f"/en/staff/tickets/{first.public_id}/merge/", {"into": second.public_id})
    assert answer.status_code == 422
    assert "not of the same person" in text_of(answer)


@pytest.mark.promise("2.1")
def test_a_search_is_no_address_and_opens_nothing_untold(staff: Client, customer: UUID) -> None:
    letter("Silence on the line", sender=CUSTOMER)
    letter("Another matter")
    url = "/en/staff/tickets/"
    led = staff.post(url, {"wanted": "silence line"})
    assert led["Location"] == f"{url}?found=", "one can come back to it, and nothing was typed into it"
    page = text_of(staff.get(led["Location"]))
    assert page == text_of(staff.get(led["Location"]))
    assert Ticket.objects.get(subject=customer).public_id in page
    assert "Looked for these words in all 2 open tickets" in page
    assert "No such ticket" in text_of(staff.post(url, {"wanted": "nobody@example.net"}, follow=True))
    assert "silence" not in str(dict(staff.session.items())), "what was typed is not kept"
    letter(f"My card is {CARD}")
    for never in (CARD, "[card number removed]"):
        refused = text_of(staff.post(url, {"wanted": never}, follow=True))
        assert "Nothing was looked for" in refused
    session = staff.session
    session["found"] |= {"at": 0}
    session.save()
    assert "Silence" not in text_of(staff.get(f"{url}?found="))
    assert "Found" not in text_of(staff.get(f"{url}?found="))
    assert lines_of(customer).filter(action="ticket.search").count() == 1
    assert places(builders.now()) == {}


def test_pages_hold_25(staff: Client) -> None:
    for number in range(27):
        taking_in.open_by_form(
            address=f"s{number}@example.org",
            text="How?",
            language="en",
            by=Actor.stranger(),
            at=builders.now(),
        )
    assert staff.get("/en/staff/tickets/").content.decode().count("/en/staff/tickets/tkt_") == 25
    assert staff.get("/en/staff/tickets/?page=2").content.decode().count("/en/staff/tickets/tkt_") == 2


def test_whoever_restricted_their_data_is_still_answered(staff: Client, customer: UUID) -> None:
    effects.stop(subject=customer, kind=RequestKind.RESTRICT, by=Actor.customer(customer), at=builders.now())
    letter("Please", sender=CUSTOMER)
    assert staff.get(f"/en/staff/tickets/{only()}/").status_code == 200


@pytest.mark.promise("2.4")
def test_a_card_number_reaches_no_ticket(staff: Client, customer: UUID) -> None:
    letter(f"My card is {CARD}", sender=CUSTOMER)
    own = Client(headers={"accept-language": "en"})
    builders.sign_in(own, customer)
    own.post("/en/account/support/", {"title": "Card", "text": f"It is {CARD}"})
    Client().post("/en/contact/", {"email": "a@example.org", "text": f"It is {CARD}"})
    assert Ticket.objects.count() == 1, "a form that holds one is refused"
    page = text_of(staff.get(f"/en/staff/tickets/{only()}/"))
    assert "4242" not in page
    assert "[card number removed]" in page
    assert RemovedPaymentData.objects.exists()


def test_the_answer_of_the_form_is_the_same_for_everybody(customer: UUID) -> None:
    pages = []
    for address in (CUSTOMER, "unknown@example.org"):
        answer = Client(headers={"accept-language": "en"}).post(
            "/en/contact/", {"email": address, "text": "How?"}, follow=True
        )
        assert answer.redirect_chain[-1][0] == "/en/contact/sent/"
        pages.append(text_of(answer))
    assert pages[0] == pages[1]
    assert Ticket.objects.filter(subject=customer).count() == 1
    assert Client().post("/en/contact/", {"email": "no address", "text": "How?"}).status_code == 422
    assert Client().post("/en/contact/", {"email": "a@example.org", "text": ""}).status_code == 422


@pytest.mark.promise("7.2")
def test_what_the_form_plainly_asks_for_becomes_a_request(customer: UUID) -> None:
    said = {"email": CUSTOMER, "text": "Please send me a copy of my data."}
    Client().post("/en/contact/", said)
    builders.run_jobs("privacy.answer_request_form")
    found = SubjectRequest.objects.get()
    assert (found.subject, found.kind, found.channel) == (customer, RequestKind.COPY, Channel.FORM)
    assert states() == ["open"]


def test_in_norwegian(staff: Client) -> None:
    letter("Hei, jeg får ikke til å ringe.")
    assert "Venter på oss" in text_of(staff.get("/nb/staff/tickets/"))
    url = f"/nb/staff/tickets/{only()}/"
    staff.post(f"{url}answer/", {"seen": "1", "text": "Prøv igjen."})
    assert "A question" not in sent()["Subject"]
    assert "Meldingen din har dette nummeret" in sent()[""]


def test_a_customer_writes_and_goes_on_in_the_account(staff: Client, customer: UUID) -> None:
    own = Client(headers={"accept-language": "en"})
    builders.sign_in(own, customer)
    assert "You have not written to us yet" in text_of(own.get("/en/account/support/"))
    page = own.post("/en/account/support/", {"title": "My line", "text": "It is silent"}, follow=True)
    assert "It is silent" in text_of(page)
    url = f"/en/staff/tickets/{only()}/"
    staff.post(f"{url}answer/", {"seen": "1", "text": "We mended it", "and_close": "yes"})
    page = own.get(f"/en/account/support/{only()}/")
    assert "We mended it" in text_of(page)
    assert "Finished" in text_of(page)
    own.post(f"/en/account/support/{only()}/", {"text": "Not yet"})
    assert states() == ["open"]
    assert "My line" in text_of(own.get("/en/account/"))
    other = Client()
    builders.customer(other, email="customer2@example.com")
    assert other.get(f"/en/account/support/{only()}/").status_code == 404


def test_whoever_writes_much_keeps_the_text_and_can_still_ask_for_their_data(customer: UUID) -> None:
    own = Client(headers={"accept-language": "en"})
    builders.sign_in(own, customer)
    for number in range(LIMITS["write-account"].count):
        assert own.post("/en/account/support/", {"text": f"Number {number}"}).status_code == 302
    for url in ("/en/account/support/", f"/en/account/support/{Ticket.objects.all()[0].public_id}/"):
        late = own.post(url, {"text": "The one too many"})
        assert late.status_code == 429
        assert int(late.headers["Retry-After"]) > 0
        assert "The one too many" in text_of(late)
        assert "your text is still here" in text_of(late)
    assert Ticket.objects.count() == LIMITS["write-account"].count
    asked = Client().post("/en/contact/", {"email": CUSTOMER, "text": "A question"})
    assert asked.status_code == 302


def test_the_form_under_contacts_has_a_gate_of_its_own(client: Client) -> None:
    said = {"email": "stranger@example.org", "text": "A question"}
    for gate in ("letter-address", "letter-account"):
        for _turn in range(LIMITS[gate].count + 1):
            count_try(gate=gate, who=said["email"], by=builders.TESTS, at=builders.now())
    answers = [client.post("/en/contact/", said).status_code for _turn in range(7)]
    assert answers == [302] * LIMITS["contact-account"].count + [429]


def test_a_ticket_that_is_not_there_is_said_so_to_staff_in_their_own_page(staff: Client) -> None:
    for gone in (public_id("tkt", UUID(int=1)), "tkt_nonsense"):
        answer = staff.get(f"/en/staff/tickets/{gone}/")
        assert answer.status_code == 404
        assert "mistyped, or the conversation is deleted" in text_of(answer)
        assert "All tickets" in text_of(answer)
