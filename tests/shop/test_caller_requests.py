"""Staff file requests for a caller who was shown to be the customer, by a code or by calling them back (clause 6.2)."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client

from ringfence.accounts import actions as accounts
from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.writing import written
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import promises
from ringfence.privacy.queries import lines_of
from ringfence.privacy.requests import actions as requests
from ringfence.privacy.requests import callers
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.rules import Channel, RequestKind, RequestState
from ringfence.shop import actions
from ringfence.shop.caller_rules import CODE_HOLDS, CONFIRMED_FOR, Way
from ringfence.shop.models import CallerCheck
from ringfence.shop.promises import check_returns
from tests.accounts import builders
from tests.privacy.asking import letters
from tests.shop.conftest import SYSTEM, now
from tests.shop.test_callers import code_sent_to, refused, support

PHONE = "+442079460123"
ADDRESS = "one@example.com"
pytestmark = [
    pytest.mark.django_db(databases=["default", "keys"], transaction=True),
    pytest.mark.promise("6.2"),
]


@pytest.fixture
def person() -> UUID:
    """A customer with a phone number on file, and no order."""
    made = builders.customer(email=ADDRESS)
    accounts.set_profile(person=made, phone=PHONE, by=Actor.customer(made), at=now())
    return made


def called_back(by: Actor) -> UUID:
    """A caller whom we called back."""
    check = actions.ask_caller(wanted=ADDRESS, way=Way.CALLED_BACK, by=by, at=now())
    assert actions.number_to_call(check=check, by=by, at=now()) == PHONE
    actions.called_back(check=check, by=by, at=now())
    return check


def test_a_change_is_filed_for_who_was_called_back_and_counts_as_confirmed(person: UUID) -> None:
    by = support()
    check = called_back(by)
    assert not letters("caller-code")
    number = actions.file_request(check=check, kind=RequestKind.CHANGE, asked="New name", by=by, at=now())
    found = SubjectRequest.objects.get(subject=person)
    assert (found.state, found.channel, found.confirmed_by) == (
        RequestState.APPROVED,
        Channel.STAFF,
        "callback",
    )
    assert requests.written(found) == "New name"
    row = OutgoingLetter.objects.get(subject=person, kind="request-filed")
    for language, said in {"en": "we called the phone number", "nb": "vi ringte telefonnummeret"}.items():
        letter = LetterToSend(row.pk, row.kind, ADDRESS, language, "", row.facts.open(), now())
        assert said in " ".join(written(letter).text.split())
        assert said in " ".join(written(letter).html.split())
    lines = {line.action: line for line in lines_of(person)}
    assert lines["caller.file_request"].facts["request"] == number
    assert lines["caller.show_number"].purpose == "customer-called"
    after = check_returns(now())
    assert (after.figures["filed"], after.figures["unconfirmed"]) == (1, 0)


def test_a_deletion_is_asked_about_by_letter_as_well(person: UUID) -> None:
    by = support()
    check = actions.ask_caller(wanted=ADDRESS, by=by, at=now())
    assert actions.confirm_caller(check=check, code=code_sent_to(person), by=by, at=now())
    actions.file_request(check=check, kind=RequestKind.DELETE, asked="", by=by, at=now())
    assert SubjectRequest.objects.get().state == RequestState.CONFIRMING
    assert len(letters("request-confirm")) == 1
    actions.file_request(check=check, kind=RequestKind.COPY, asked="", by=by, at=now())
    assert SubjectRequest.objects.get(kind=RequestKind.COPY).confirmed_by == "code"


@pytest.mark.parametrize(
    "kind", [RequestKind.COPY, RequestKind.RESTRICT, RequestKind.OBJECT, RequestKind.CANCEL]
)
def test_whatever_is_asked_is_confirmed_at_once(person: UUID, kind: RequestKind) -> None:
    by = support()
    actions.file_request(check=called_back(by), kind=kind, asked="", by=by, at=now())
    found = SubjectRequest.objects.get(subject=person)
    assert found.confirmed_by == "callback"
    assert found.state in {RequestState.APPROVED, RequestState.CLOSED}
    assert not letters("request-confirm")


def test_words_of_somebody_else_are_not_confirmed_on_the_phone(person: UUID) -> None:
    requests.open_request(
        subject=person,
        kind=RequestKind.CHANGE,
        channel=Channel.FORM,
        asked="Not mine",
        by=Actor.stranger(),
        at=now(),
    )
    by = support()
    actions.file_request(check=called_back(by), kind=RequestKind.CHANGE, asked="Mine", by=by, at=now())
    assert SubjectRequest.objects.get().state == RequestState.CONFIRMING
    assert len(letters("request-confirm")) == 1


def test_nobody_files_without_a_confirmed_caller(person: UUID) -> None:
    by, other = support(), support()
    file = lambda check, by=by, at=None: actions.file_request(  # noqa: E731 - five times
        check=check, kind=RequestKind.COPY, asked="", by=by, at=at or now()
    )
    check = actions.ask_caller(wanted=ADDRESS, way=Way.CALLED_BACK, by=by, at=now())
    assert refused(lambda: file(check)) == "caller.not_confirmed"
    assert refused(lambda: file(uuid4())) == "caller.not_confirmed"
    actions.called_back(check=check, by=by, at=now())
    assert refused(lambda: file(check, other)) == "caller.not_confirmed"
    assert refused(lambda: file(check, at=now() + CONFIRMED_FOR)) == "caller.not_confirmed"
    directly = lambda by: callers.file_for_caller(  # noqa: E731 - three times
        subject=person, kind=RequestKind.COPY, asked="", by=by, at=now()
    )
    for stranger in (other, SYSTEM, Actor.staff(by.person or uuid4(), frozenset({Role.OPERATIONS}), "order")):
        assert refused(lambda who=stranger: directly(who)) == "caller.not_confirmed"
    assert not SubjectRequest.objects.exists()
    file(check)


def test_only_the_number_on_file_is_called(person: UUID) -> None:
    by = support()
    unknown = actions.ask_caller(wanted="nobody@example.com", way=Way.CALLED_BACK, by=by, at=now())
    assert actions.number_to_call(check=unknown, by=by, at=now()) == ""
    assert refused(lambda: actions.called_back(check=unknown, by=by, at=now())) == "caller.over"
    check = actions.ask_caller(wanted=ADDRESS, way=Way.CALLED_BACK, by=by, at=now())
    late = now() + CODE_HOLDS
    assert actions.number_to_call(check=check, by=by, at=late) == ""
    assert refused(lambda: actions.called_back(check=check, by=by, at=late)) == "caller.over"
    assert refused(lambda: actions.number_to_call(check=check, by=support(), at=now())) == "caller.over"
    accounts.set_profile(person=person, phone="", by=Actor.customer(person), at=now())
    assert refused(lambda: actions.called_back(check=check, by=by, at=now())) == "caller.not_confirmed"
    assert refused(lambda: actions.confirm_caller(check=check, code="1", by=by, at=now())) == "caller.over"


def test_what_was_filed_without_a_confirmed_caller_breaks_6_2(person: UUID) -> None:
    by = support()
    actions.file_request(check=called_back(by), kind=RequestKind.COPY, asked="", by=by, at=now())
    assert check_returns(now()).state == promises.KEPT
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM shop_callercheck WHERE request IS NOT NULL")
    after = check_returns(now())
    assert (after.state, after.figures["unconfirmed"]) == (promises.BROKEN, 1)


def test_a_check_of_somebody_elses_request_breaks_6_2(person: UUID) -> None:
    by = support()
    actions.file_request(check=called_back(by), kind=RequestKind.COPY, asked="", by=by, at=now())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE shop_callercheck SET request = gen_random_uuid() WHERE request IS NOT NULL")
    assert check_returns(now()).state == promises.BROKEN


def test_a_customer_who_is_forgotten_leaves_no_caller(person: UUID) -> None:
    by = support()
    actions.file_request(check=called_back(by), kind=RequestKind.COPY, asked="", by=by, at=now())
    actions.forget_customer(subject=person, by=SYSTEM, at=now())
    assert not CallerCheck.objects.exists()


@pytest.mark.parametrize(
    ("language", "words"), [("nb", "Ført inn og bekreftet"), ("en", "Filed and confirmed")]
)
def test_the_desk_leads_through_a_call_back(person: UUID, client: Client, language: str, words: str) -> None:
    builders.staff_member(client, Role.SUPPORT)
    said = {"purpose": "customer-called", "wanted": ADDRESS, "way": "callback"}
    step = client.post(f"/{language}/staff/callers/", said)["Location"]
    assert "7946 0123" not in client.get(step).content.decode()
    assert "+44 20 7946 0123" in client.post(f"{step}number/").content.decode()
    client.post(f"{step}called/", {})
    assert not CallerCheck.objects.exclude(confirmed_at=None).exists(), "only who says so"
    client.post(f"{step}called/", {"called": "on"})
    wrong = client.post(f"{step}request/", {"kind": "change", "asked": ""})
    assert wrong.status_code == 422
    filed = client.post(f"{step}request/", {"kind": "change", "asked": "New name"}, follow=True)
    assert words in filed.content.decode()
    assert PHONE not in filed.content.decode()
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE shop_callercheck SET confirmed_at = confirmed_at - interval '31 minutes', "
            "asked_at = asked_at - interval '31 minutes'"
        )
    assert client.post(f"{step}request/", {"kind": "copy"}).status_code == 302
    assert not SubjectRequest.objects.filter(kind="copy").exists()


def test_nobody_is_called_back_for_ever(person: UUID) -> None:
    actions.ask_caller(wanted=ADDRESS, way=Way.CALLED_BACK, by=support(), at=now())
    actions.sweep_callers(by=SYSTEM, at=now() + timedelta(days=1, seconds=1))
    assert not CallerCheck.objects.exists()
