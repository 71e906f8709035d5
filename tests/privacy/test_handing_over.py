"""A company of the group gets what the policy in force lets it have, as an entry, and hears of what changes after."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from ringfence.accounts import actions
from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.disclosure import group, onward, queries, refusing
from ringfence.privacy.disclosure.entering import entered
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import HandOver, PassedOn
from ringfence.privacy.disclosure.rules import Cause
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.policy import ChangeKind
from ringfence.privacy.queries import looks_at
from ringfence.privacy.requests import effects
from ringfence.privacy.retention import entered as kept
from ringfence.privacy.rules import RequestKind
from tests.accounts import builders
from tests.privacy import handing
from tests.privacy.handing import COMPANY, EMAIL, NAME
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("0.1")]
AT = datetime.now(UTC) + timedelta(seconds=5)


@pytest.fixture
def person(settings: Settings) -> UUID:
    handing.in_the_terms(settings, AT)
    return builders.customer(name="Planted Name")


def test_a_company_gets_the_fields_of_the_scope_and_nothing_else(person: UUID) -> None:
    other = builders.customer(email="other@example.com", name="Another Name")
    package = handing.hand_over(person, at=AT, fields=[NAME, EMAIL])
    said = json.loads(package.content)
    assert (said["for"], said["fields"]) == (COMPANY, [EMAIL, NAME])
    [one] = said["people"]
    record = {"kind": "accounts.Person", "name": "Planted Name", "email": "customer1@example.com"}
    assert one == {"reference": Disclosure.objects.get().public_id, "records": [record]}
    assert said["reference"] == HandOver.objects.get().public_id == Disclosure.objects.get().case
    assert str(person).encode() not in package.content
    assert not Disclosure.objects.filter(subject=other).exists()
    assert looks_at(person)[0].action == "privacy.hand_over"


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"company": "A Stranger AS"}, "not_of_the_group"),
        ({"purpose": " "}, "no_purpose"),
        ({"purpose": "x" * 301}, "no_purpose"),
        ({"subjects": []}, "nobody"),
        ({"subjects": [uuid4() for _one in range(201)]}, "too_many"),
        ({"by": handing.staff(Role.SUPPORT)}, "role_missing"),
        ({"by": SYSTEM}, "role_missing"),
        ({"fields": []}, "no_fields"),
        ({"fields": ["telephony.Message.text"]}, "field_not_allowed"),
        ({"fields": ["accounts.Person.password"]}, "field_not_allowed"),
        ({"fields": ["telephony.RouteStep.target"]}, "field_not_allowed"),
        ({"fields": ["telephony.MessageForwarding.url"]}, "field_not_allowed"),
        ({"fields": ["accounts.Caller.email"]}, "field_not_allowed"),
        ({"fields": ["accounts.AddressChange.email"]}, "field_not_allowed"),
    ],
)
def test_nothing_is_handed_over_but_as_the_policy_says(person: UUID, said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        handing.hand_over(person, at=AT, **said)
    assert refused.value.code == code
    assert not HandOver.objects.exists()
    assert not Disclosure.objects.exists()


def test_a_company_gets_who_its_customers_are_how_they_are_reached_and_what_they_bought() -> None:
    offered = {
        "accounts.Person": {
            *("email", "name", "phone", "address", "company", "vat_number", "country", "consumer"),
        },
        "shop.BookEntry": {"buyer_name", "buyer_address", "buyer_vat_number", "what"},
        "telephony.Number": {"e164"},
    }
    wanted = {f"{model}.{name}" for model, names in offered.items() for name in names}
    assert {str(one) for one in group.fields_to_choose()} == wanted


@pytest.mark.parametrize("kind", [RequestKind.RESTRICT, RequestKind.OBJECT])
def test_nothing_is_handed_over_of_somebody_who_stopped_that_use(person: UUID, kind: RequestKind) -> None:
    other = builders.customer(email="other@example.com")
    effects.stop(subject=person, kind=kind, by=SYSTEM, at=AT)
    with pytest.raises(Refusal) as refused:
        handing.hand_over(other, person, at=AT)
    assert refused.value.code == "use_stopped"
    assert public_id("cus", person) in str(refused.value)
    assert public_id("cus", other) not in str(refused.value)
    assert not HandOver.objects.exists()
    effects.lift(subject=person, kind=kind, by=Actor.customer(person), at=AT)
    assert handing.hand_over(other, person, at=AT).content


@pytest.mark.promise("2.8")
@pytest.mark.parametrize("name", ["privacy.hand_overs", "privacy.refused_exits"])
def test_what_is_noted_of_an_exit_goes_three_years_later(person: UUID, name: str) -> None:
    handing.hand_over(person, at=AT)
    refusing.count(exit_name="tests", field=NAME, by=SYSTEM, at=AT)
    found = next(one for one in kept() if one.name == name)
    assert found.overdue(AT + timedelta(days=3 * 365 - 2)) == 0
    later = AT + timedelta(days=3 * 366)
    assert found.overdue(later) == found.let_go(by=SYSTEM, at=later) == 1
    assert not found.tables[0]._default_manager.exists()


def test_a_new_company_gets_nothing_before_the_version_that_names_it_counts(
    person: UUID, settings: Settings
) -> None:
    with pytest.raises(Refusal, match=r"correction|material"):
        handing.announced(settings, "Another AS", AT, ChangeKind.CORRECTION)
    settings.GROUP_COMPANIES = (COMPANY,)
    handing.announced(settings, "Another AS", AT)
    with pytest.raises(Refusal) as refused:
        handing.hand_over(person, at=AT, company="Another AS")
    assert refused.value.code == "not_in_the_policy"
    assert handing.hand_over(person, at=AT + timedelta(days=31), company="Another AS").content


@pytest.mark.promise("2.5")
def test_whoever_got_a_field_hears_of_its_change_and_of_no_other(person: UUID) -> None:
    handing.hand_over(person, at=AT)
    by = Actor.customer(person)
    actions.set_profile(person=person, phone="+442079460999", by=by, at=AT)
    assert not queries.unanswered()
    actions.set_profile(person=person, name="New Name", by=by, at=AT)
    actions.set_profile(person=person, name="Newer Name", by=by, at=AT)
    [waiting] = queries.unanswered()
    assert (waiting.name, waiting.cause, waiting.fields) == (COMPANY, Cause.CHANGE, [NAME])
    assert waiting.reference == Disclosure.objects.get().public_id
    assert queries.told_to(person)[0].passed_on == (waiting,)


@pytest.mark.promise("2.5")
def test_a_deletion_is_passed_on_and_the_task_names_nobody(person: UUID) -> None:
    handing.hand_over(person, at=AT, fields=[NAME, EMAIL])
    reference = Disclosure.objects.get().public_id
    actions.set_profile(person=person, name="New Name", by=Actor.customer(person), at=AT)
    erasure.begin(subject=person, request=None, by=SYSTEM, at=AT)
    erasure.begin(subject=person, request=None, by=SYSTEM, at=AT)
    erasure.proceed(erasure=Erasure.objects.get(subject=person).pk, by=SYSTEM, at=AT)
    assert not Disclosure.objects.exists()
    [waiting] = queries.unanswered()
    assert (waiting.cause, waiting.reference, waiting.fields) == (Cause.ERASURE, reference, [EMAIL, NAME])
    values = [str(value) for value in PassedOn.objects.values().get().values()]
    assert not [one for one in values if str(person) in one or "Name" in one.replace("Person.name", "")]


@action("tests.to_authority")
def to_authority(*, subjects: list[UUID], by: Actor, at: datetime) -> list[UUID]:
    """Enter what an authority gets."""
    said = {"recipient": "authorities", "name": "An authority", "clause": "3.3", "basis": "GDPR art. 6(1)(c)"}
    return entered(**said, fields=[NAME], subjects=subjects)


@pytest.mark.promise("2.5")
def test_an_authority_in_a_case_is_not_told_of_changes(person: UUID) -> None:
    to_authority(subjects=[person], by=SYSTEM, at=AT)
    actions.set_profile(person=person, name="New Name", by=Actor.customer(person), at=AT)
    erasure.begin(subject=person, request=None, by=SYSTEM, at=AT)
    assert not queries.unanswered()


@pytest.mark.promise("2.5")
def test_an_answer_is_noted_taken_back_and_goes_three_years_later(person: UUID) -> None:
    handing.hand_over(person, at=AT)
    actions.set_profile(person=person, name="New Name", by=Actor.customer(person), at=AT)
    [waiting] = queries.unanswered()
    for again in range(2):
        onward.answered(passed_on=waiting.pk, by=handing.staff(), at=AT + timedelta(days=again))
    assert not queries.unanswered()
    assert queries.answered_lately()[0].answered_at == AT
    onward.not_answered(passed_on=waiting.pk, by=handing.staff(), at=AT)
    assert queries.unanswered() == [waiting]
    onward.answered(passed_on=waiting.pk, by=handing.staff(), at=AT)
    actions.set_profile(person=person, name="Newer Name", by=Actor.customer(person), at=AT)
    with pytest.raises(Refusal) as refused:
        onward.not_answered(passed_on=waiting.pk, by=handing.staff(), at=AT)
    assert refused.value.code == "asked_again"
    found = next(one for one in kept() if one.name == "privacy.passed_on")
    assert found.let_go(by=SYSTEM, at=AT + timedelta(days=3 * 366)) == 1
    assert PassedOn.objects.get().answered_at is None
