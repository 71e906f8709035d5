"""The pages of papers: told before paying, sent, reviewed for a purpose, handed out as files only."""

import re

import pytest
from django.core.files.uploadedfile import InMemoryUploadedFile, SimpleUploadedFile, TemporaryUploadedFile
from django.test import Client, RequestFactory

from ringfence.kernel.actor import Role
from ringfence.privacy.queries import lines_of
from ringfence.shop import paper_queries
from tests.accounts import builders
from tests.shop.papers import Sale, number_with_papers, picture

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)
KNOWN = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo"}


def text_of(response: object) -> str:
    content: bytes = response.content  # type: ignore[attr-defined] # a page
    return " ".join(re.sub(r"<[^>]+>", " ", content.decode()).replace("\xa0", " ").split())


def files(**changed: bytes) -> dict[str, SimpleUploadedFile]:
    sent = {"identity": picture(), "address": picture(), **changed}
    return {name: SimpleUploadedFile("4242 4242 4242 4242.jpg", content) for name, content in sent.items()}


@pytest.fixture
def sale(client: Client) -> Sale:
    """An order that waits for papers, and its customer signed in."""
    return Sale(subject=builders.customer(client, email="one@example.com", **KNOWN))


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            ["This number needs documents", "within 14 days", "destroyed 30 days after", "Proof of address"],
        ),
        (
            "nb",
            [
                "Dette nummeret krever dokumenter",
                "innen 14 dager",
                "ødelagt 30 dager etter",
                "Bevis for adresse",
            ],
        ),
    ],
)
def test_what_is_needed_is_told_on_the_number_s_page_and_before_paying(
    client: Client, language: str, told: list[str]
) -> None:
    builders.customer(client, **KNOWN)
    number = number_with_papers()
    page = text_of(client.get(f"/{language}/numbers/{number}/"))
    checkout = text_of(client.post(f"/{language}/numbers/{number}/choose/", follow=True))
    for words in told:
        assert words in page
        assert words in checkout


def test_after_paying_one_is_led_to_the_papers_and_sends_them(client: Client, sale: Sale) -> None:
    url = f"/en/account/orders/{sale.order}/papers/"
    assert client.get(f"/en/orders/{sale.order}/done/").headers.get("Location", url) == url
    assert "Waiting for your documents" in text_of(client.get("/en/account/orders/"))
    assert "Waiting for your documents" in text_of(client.get(f"/en/account/orders/{sale.order}/"))
    answer = client.post(url, files(), follow=True)
    assert "Your documents are being looked at" in text_of(answer)
    assert sale.papers.state == "sent"
    assert "Send for review" not in text_of(answer)


@pytest.mark.parametrize(
    ("content", "told"),
    [(b"%PDF-1.7", "We take no PDF"), (b"no picture", "not a picture that we can read"), (b"", "empty")],
)
def test_what_is_no_picture_is_refused_at_the_form(
    client: Client, sale: Sale, content: bytes, told: str
) -> None:
    answer = client.post(f"/en/account/orders/{sale.order}/papers/", files(identity=content))
    assert told in text_of(answer)
    assert sale.papers.state == "wanted"


def test_files_too_large_together_are_never_taken_in(client: Client, sale: Sale) -> None:
    large = b"\xff\xd8\xff" + b"\0" * 11_000_000
    answer = client.post(f"/en/account/orders/{sale.order}/papers/", files(identity=large, address=large))
    assert "too large together" in text_of(answer)
    assert sale.papers.state == "wanted"


@pytest.mark.promise("2.3")
def test_pictures_are_never_written_to_a_disk_in_plain() -> None:
    """What is sent to a page of papers stays in memory; elsewhere a large file may lie in a temporary one."""
    large = {"file": SimpleUploadedFile("large.jpg", b"x" * 5_000_000)}
    for path, kept_in in (
        ("/en/account/orders/ord_1/papers/", InMemoryUploadedFile),
        ("/en/", TemporaryUploadedFile),
    ):
        [sent] = RequestFactory().post(path, large).FILES.values()
        assert isinstance(sent, kept_in)
        sent.close()
        large["file"].seek(0)


@pytest.mark.promise("2.3")
def test_a_picture_is_handed_out_as_a_file_that_cannot_run(client: Client, sale: Sale) -> None:
    sale.send()
    paper = sale.papers.pictures[0]
    answer = client.get(f"/en/account/orders/{sale.order}/papers/{paper.id}/")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{paper.kind}.jpg"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert b"".join(answer).startswith(b"\xff\xd8\xff")  # type: ignore[arg-type] # a response is iterable


@pytest.mark.promise("2.1")
def test_staff_look_for_a_purpose_and_decide(client: Client, sale: Sale) -> None:
    staff = Client(headers={"accept-language": "en"})
    builders.staff_member(staff, Role.SUPPORT, email="staff@example.com")
    assert "Nothing waits here" in text_of(staff.get("/en/staff/papers/"))
    sale.send()
    assert sale.order in text_of(staff.get("/en/staff/papers/"))
    url = f"/en/staff/papers/{sale.order}/"
    assert "Customer One" not in text_of(staff.get(url))
    page = text_of(staff.post(url, follow=True))
    assert "Customer One" in page
    assert "Approve the documents" in page
    wrong = staff.post(f"{url}decide/", {"reason": "other", "explanation": ""})
    assert "Choose a reason" in text_of(wrong)
    staff.post(f"{url}decide/", {"reason": "unreadable", "explanation": "Take it in daylight."})
    told = text_of(client.get(f"/en/account/orders/{sale.order}/papers/"))
    assert "The picture cannot be read." in told
    assert "Take it in daylight." in told
    sale.send()
    staff.post(f"{url}decide/", {"approve": "yes"})
    assert sale.view.state == "active"
    assert {"papers.look_at", "papers.refuse", "papers.approve"} <= {
        one.action for one in lines_of(sale.subject)
    }
    assert "Our staff" in text_of(client.get("/en/account/history/"))
    assert paper_queries.counts()["decided"] == 1


def test_a_customer_gives_up_and_is_told_that_the_money_comes(client: Client, sale: Sale) -> None:
    answer = client.post(f"/en/account/orders/{sale.order}/papers/give-up/", follow=True)
    assert "your money is on its way back" in text_of(answer)
    assert sale.view.state == "cancelled"
