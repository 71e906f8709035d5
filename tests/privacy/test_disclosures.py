"""Each exit is an entry: to whom, by which clause, which fields, who decided (clause 2.5)."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings

from ringfence.kernel.action import WriteOutsideAction, action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import copies
from ringfence.privacy.copying import sources
from ringfence.privacy.disclosure import quiet
from ringfence.privacy.disclosure.entering import entered
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure, Receipt
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.queries import lines_of
from ringfence.privacy.retention import entered as kept
from tests.accounts import builders
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.5")]
AT = builders.now()
GROUP = ("Example Subsidiary AS",)
NAME = "accounts.Person.name"


@action("tests.hand_over")
def hand_over(*, said: dict[str, Any], by: Actor, at: datetime) -> list[UUID]:
    """Enter an exit as an action of a room does."""
    wanted = {
        "recipient": "group",
        "name": GROUP[0],
        "clause": "0.1",
        "basis": "GDPR art. 6(1)(f)",
        "fields": [NAME],
        "subjects": [],
    }
    return entered(**{**wanted, **said})


def handed(subjects: Collection[UUID], **said: Any) -> list[UUID]:
    """Enter an exit as a member of staff."""
    by = Actor.staff(uuid4(), frozenset({Role.PRIVACY}), purpose="law")
    return hand_over(said={"subjects": subjects, **said}, by=by, at=AT)


@pytest.fixture(autouse=True)
def group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GROUP_COMPANIES", GROUP)


def test_an_exit_is_a_row_a_person_and_a_line_that_says_all_of_it() -> None:
    people = [builders.customer(), builders.customer(email="other@example.com")]
    ids = handed([*people, people[0]], fields=["accounts.Person.email", NAME], case="hnd_1")
    rows = {row.pk: row for row in Disclosure.objects.all()}
    assert [rows[one].subject for one in ids] == people
    first = rows[ids[0]]
    assert (first.recipient, first.name.open(), first.clause) == ("group", GROUP[0], "0.1")
    assert first.fields == ["accounts.Person.email", NAME]
    assert first.decided_by.startswith("staff")
    line = lines_of(people[0])[0]
    assert line.facts == {
        "recipient": "group",
        "clause": "0.1",
        "basis": "GDPR art. 6.1.f",
        "disclosed": 2,
        "case": "hnd_1",
        "field_1": "accounts.Person.email",
        "field_2": NAME,
    }


def test_an_exit_of_nobody_has_a_line_and_no_row() -> None:
    assert handed([]) == []
    assert not Disclosure.objects.exists()
    assert LedgerLine.objects.order_by("id").last().facts["disclosed"] == 0  # type: ignore[union-attr] # it is there


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"recipient": "somebody"}, "unknown_recipient"),
        ({"fields": []}, "no_fields"),
        ({"fields": ["accounts.Person.shoe_size"]}, "undeclared_field"),
        ({"fields": [NAME, "telephony.CallRecord.caller"]}, "field_not_allowed"),
        ({"recipient": "authorities", "fields": ["accounts.Passkey.public_key"]}, "field_not_allowed"),
        ({"recipient": "payments", "fields": [NAME]}, "field_not_allowed"),
    ],
)
def test_nothing_is_entered_that_may_not_leave(said: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal) as refused:
        handed([builders.customer()], **said)
    assert refused.value.code == code
    assert not Disclosure.objects.exists()


def test_the_group_is_no_recipient_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "GROUP_COMPANIES", ())
    with pytest.raises(Refusal, match="Nobody is entered"):
        handed([builders.customer()])


def test_an_exit_is_entered_by_an_action_alone() -> None:
    with pytest.raises(WriteOutsideAction):
        entered(
            recipient="authorities",
            name="An authority",
            clause="3.3",
            basis="GDPR art. 6(1)(c)",
            fields=[NAME],
            subjects=[builders.customer()],
        )


def _shown(person: UUID) -> int:
    found = copies.held_of(person, "privacy.disclosures")
    return found.count if found else 0


def _in_the_copy(person: UUID) -> tuple[int, bool]:
    ways = [one for kind in sources.kinds() for one in kind.sources if one.label == "privacy.Disclosure"]
    in_parts = sum(one.count(person) for one in ways if isinstance(one, sources.Source))
    return in_parts, "the authority" in str(copies.copy_of(person, AT))


@action("tests.lift")
def lift(*, case: str, by: Actor, at: datetime) -> list[UUID]:
    """End a silence as whoever imposed it does."""
    return quiet.lift(case)


@action("tests.keep_quiet")
def keep_quiet(*, case: str, until: date, by: Actor, at: datetime) -> int:
    """Lengthen a silence."""
    return quiet.keep_quiet(case, until)


@pytest.mark.promise("3.3")
def test_what_may_not_be_told_is_shown_nowhere_until_it_may() -> None:
    person = builders.customer()
    lines, until = len(lines_of(person)), (AT + timedelta(days=30)).date()
    handed([person], recipient="authorities", name="the authority", case="dmd_1", quiet_until=until)
    assert (_shown(person), len(lines_of(person))) == (0, lines)
    assert _in_the_copy(person) == (0, False)
    assert keep_quiet(case="dmd_1", until=until + timedelta(days=30), by=SYSTEM, at=AT) == 1
    assert lift(case="dmd_1", by=SYSTEM, at=AT) == [person]
    assert (_shown(person), len(lines_of(person))) == (1, lines + 1)
    assert _in_the_copy(person) == (1, True)
    assert lift(case="dmd_1", by=SYSTEM, at=AT) == []


@pytest.mark.promise("2.8")
def test_an_entry_goes_three_years_later_and_never_while_it_is_kept_quiet() -> None:
    person = builders.customer()
    handed([person])
    handed([person], recipient="authorities", case="dmd_1", quiet_until=(AT + timedelta(days=30)).date())
    found = next(one for one in kept() if one.name == "privacy.disclosures")
    later = AT + timedelta(days=3 * 366)
    assert found.overdue(AT + timedelta(days=3 * 365 - 2)) == 0
    assert found.let_go(by=SYSTEM, at=later, dry_run=True) == 1
    assert found.let_go(by=SYSTEM, at=later) == 1
    assert Disclosure.objects.get().quiet_until is not None


@pytest.mark.promise("2.9")
def test_a_deletion_takes_entries_along_those_kept_quiet_too() -> None:
    person = builders.customer()
    handed([person])
    handed([person], recipient="authorities", case="dmd_1", quiet_until=(AT + timedelta(days=30)).date())
    erasure.begin(subject=person, request=None, by=SYSTEM, at=AT)
    erasure.proceed(erasure=Erasure.objects.get(subject=person).pk, by=SYSTEM, at=AT)
    assert not Disclosure.objects.exists()


@pytest.mark.promise("3.3")
@pytest.mark.parametrize("told", [0, 1])
def test_the_receipt_of_a_deletion_betrays_no_silence(told: int) -> None:
    person, other = builders.customer(), builders.customer(email="other@example.com")
    handed([person, other][: told * 2])
    handed([person], recipient="authorities", case="dmd_1", quiet_until=(AT + timedelta(days=30)).date())
    for one in (person, other):
        erasure.begin(subject=one, request=None, by=SYSTEM, at=AT)
        erasure.proceed(erasure=Erasure.objects.get(subject=one).pk, by=SYSTEM, at=AT)
    assert not Disclosure.objects.exists()
    quiet_one, plain_one = (one.body for one in Receipt.objects.order_by("given_at", "pk"))
    assert quiet_one["erased"] == plain_one["erased"]
    assert quiet_one["searched"] == plain_one["searched"]
    assert quiet_one["erased"]["records"].get("privacy.disclosures", 0) == told
    total = [line.facts["count"] for line in LedgerLine.objects.filter(action="privacy.erasure_rows")]
    records = [sum(one.body["erased"]["records"].values()) for one in Receipt.objects.all()]
    assert sorted(total) == sorted(records)
