"""What a customer plainly asks for in a message of the account is a request, as in a letter (clauses 4.2 and 7.2)."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from ringfence.accounts.models import OutgoingLetter
from ringfence.privacy.requests import actions, confirming, queries
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind, RequestState
from ringfence.support.models import Ticket
from tests.accounts import builders

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("4.2")]
ADDRESS = "customer1@example.com"
URL = "/en/account/support/"


@pytest.fixture
def client() -> Client:
    return Client(headers={"accept": "text/html"})


@pytest.fixture
def person(client: Client) -> UUID:
    return builders.customer(client, email=ADDRESS)


def write(client: Client, text: str, title: str = "", to: str = URL) -> HttpResponse:
    """Send a message in the account; the page it leads to."""
    found: Any = client.post(to, {"text": text, "title": title}, follow=True)
    return found


def asked() -> list[tuple[str, str, str]]:
    """Every request: its kind, the way it came, where it stands."""
    found = SubjectRequest.objects.order_by("received_at", "kind")
    return list(found.values_list("kind", "channel", "state"))


def test_a_message_that_asks_for_deletion_is_a_request_that_waits_for_a_fresh_proof(
    client: Client, person: UUID
) -> None:
    began = builders.now()
    answer = write(client, "I am moving abroad. Please delete my account.")
    assert asked() == [("delete", "account", RequestState.CONFIRMING)]
    (row,) = queries.requests_of(person)
    assert began <= row.received_at <= builders.now()
    page = answer.content.decode()
    assert answer.redirect_chain[-1][0].endswith(f"/requests/{row.public_id}/")  # type: ignore[attr-defined]
    assert "We take it that you ask us for this" in page
    (letter,) = OutgoingLetter.objects.filter(kind="request-confirm")
    assert str(letter.email.open()) == ADDRESS
    assert Ticket.objects.count() == 1, "somebody still answers it"
    client.post(f"/en/account/requests/{row.public_id}/withdraw/")
    assert [one.state for one in queries.requests_of(person)] == [RequestState.WITHDRAWN]


def test_a_further_message_and_a_title_count_too(client: Client, person: UUID) -> None:
    answer = write(client, "How do I begin?", title="A question")
    assert asked() == []
    ticket = answer.redirect_chain[-1][0]  # type: ignore[attr-defined]
    answer = write(client, "Jeg vil ha en kopi av opplysningene mine, og slett kontoen min.", to=ticket)
    assert [kind for kind, _channel, _state in asked()] == ["copy", "delete"]
    assert answer.redirect_chain[-1][0].endswith("/requests/")  # type: ignore[attr-defined]
    assert len(OutgoingLetter.objects.filter(kind="requests-confirm")) == 1
    assert person


@pytest.mark.parametrize(
    "text", ["How do I delete my account?", "> Please delete my account.\n\nYou wrote this. Why?"]
)
def test_a_question_and_a_quotation_ask_for_nothing(client: Client, person: UUID, text: str) -> None:
    page = write(client, text).content.decode()
    assert person
    assert "Sent. The answer comes by e-mail" in page
    assert not SubjectRequest.objects.exists()


def test_what_is_confirmed_already_goes_on_and_needs_no_second_proof(client: Client, person: UUID) -> None:
    by = builders.Actor.customer(person)
    at = builders.now()
    made = actions.open_request(
        subject=person, kind=RequestKind.CHANGE, channel=Channel.ACCOUNT, asked="Old", by=by, at=at
    )
    confirming.confirm(request=made.pk, by=by, at=at)
    page = write(client, "Please correct my address.").content.decode()
    assert "Sent. The answer comes by e-mail" in page
    assert [state for _kind, _channel, state in asked()] == ["approved"]
    assert OutgoingLetter.objects.filter(kind="request-joined").count() == 1


def test_what_asks_while_the_same_is_being_refused_waits_as_a_form_does(
    client: Client, person: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ringfence.privacy.requests.refusing.is_about_to_end", lambda *_what: True)
    write(client, "Please delete my account.")
    assert not SubjectRequest.objects.exists()
    form = RequestForm.objects.get()
    assert (form.kind, form.channel, form.email.open()) == ("delete", "account", ADDRESS)
    assert form.asked_at > builders.now() - timedelta(minutes=1)
    assert person
