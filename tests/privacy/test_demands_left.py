"""Whoever deletes their account leaves no package; what was preserved of them is handed over all the same (3.3)."""

from datetime import datetime
from uuid import UUID, uuid4

import pytest
from django.db import connection

from ringfence.kernel.refusal import Refusal
from ringfence.privacy import retention
from ringfence.privacy.authorities import check, handing, leaving, making, sweeping
from ringfence.privacy.authorities.models import DemandPiece
from ringfence.privacy.authorities.rules import LAPSED_AFTER, DemandKind, DemandState, Outcome
from ringfence.privacy.authorities.scope import Target
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.keys import keyring
from ringfence.privacy.retention.models import LegalHold
from tests.accounts import builders
from tests.privacy.demand_world import CALLERS, CALLS, DAY, NAME, NOW, Demand, Suspect, call, records
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("3.3")]


@pytest.fixture
def suspect() -> Suspect:
    return Suspect()


def erase(person: UUID, at: datetime = NOW) -> None:
    """Erase somebody to the end."""
    erasure.begin(subject=person, request=None, by=SYSTEM, at=at)
    erasure.proceed(erasure=Erasure.objects.get(subject=person).pk, by=SYSTEM, at=at)
    keyring.forget()


def preserved(*targets: Target) -> Demand:
    """A demand to preserve, decided on by two."""
    made = Demand(*targets, kind=DemandKind.PRESERVING, key="", key_checked="")
    return made.judged().proposed(Outcome.PRESERVED, keep_until=NOW + 200 * DAY).confirmed()


def package_is_there() -> bool:
    """Tell whether a package is stored."""
    return DemandPiece.objects.filter(what=DemandPiece.PACKAGE).exists()


def test_a_package_goes_with_an_account_and_is_made_anew_without_it(suspect: Suspect) -> None:
    stays = builders.customer(email="stays@example.com", name="Customer Two")
    made = Demand(Target(suspect.person), Target(stays), fields=CALLS | NAME).granted()
    erase(suspect.person)
    assert not package_is_there()
    making.make(demand=made.key, by=SYSTEM, at=NOW)
    assert [one.get("name") for one in records(made.opened())] == ["Customer Two"]
    handing.hand_over(demand=made.key, by=made.first, at=NOW)
    assert [one.subject for one in Disclosure.objects.all()] == [stays]
    assert made.row.people == 1


def test_a_package_that_was_made_before_is_never_fetched(
    suspect: Suspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made in the middle of a deletion, when nobody was asked to drop it: neither given out, nor left, nor unseen."""
    made = Demand(Target(suspect.person)).granted()
    monkeypatch.setattr(leaving, "drop", lambda **_said: None)
    erase(suspect.person)
    monkeypatch.undo()
    assert package_is_there()
    with pytest.raises(Refusal) as refused:
        handing.hand_over(demand=made.key, by=made.first, at=NOW)
    assert refused.value.code == "demand.somebody_left"
    sweeping.sweep(by=SYSTEM, at=NOW)
    assert not package_is_there()
    monkeypatch.setattr(leaving, "is_stale", lambda _row: False)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE privacy_authoritydemand SET state = 'handed_over', handed_over_at = now() + interval '1 day'"
        )
    assert check.demands_are_judged(NOW).figures["unentered"] == 1


def test_a_package_that_was_fetched_goes_with_an_account_too(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).handed_over()
    erase(suspect.person)
    assert not package_is_there()
    assert made.row.state == DemandState.CLOSED
    assert check.demands_are_judged(NOW).figures["unentered"] == 0


@pytest.mark.parametrize("of_a_number", [True, False])
def test_what_was_preserved_is_handed_over_after_its_owner_deleted_the_account(
    suspect: Suspect, *, of_a_number: bool
) -> None:
    target = Target(suspect.person, suspect.number if of_a_number else None, "somebody@example.com")
    first = preserved(target)
    erase(suspect.person)
    case = first.row.public_id
    line = ("", suspect.number) if of_a_number else (" Somebody@example.com", None)
    found = leaving.named_before(case, *line)
    assert found == [target]
    assert leaving.named_before("dmd_nothing", *line) == leaving.named_before(case, "another", uuid4()) == []
    second = Demand(*found, follows=case).granted()
    wanted = [CALLERS[1]] if of_a_number else [CALLERS[0], CALLERS[1]]
    assert sorted(one["caller"] for one in records(second.opened())) == wanted
    handing.hand_over(demand=second.key, by=second.first, at=NOW)
    assert second.row.people == 1
    assert not Disclosure.objects.exists()


def test_a_hold_on_a_number_gives_each_of_its_tenants_their_own(suspect: Suspect) -> None:
    next_one = builders.customer(email="next@example.com")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_tenure SET ended_at = %s WHERE number = %s", [NOW - 9 * DAY, suspect.number]
        )
        cursor.execute(
            "INSERT INTO telephony_tenure (id, number, subject, began_at) VALUES (%s, %s, %s, %s)",
            [uuid4(), suspect.number, next_one, NOW - 9 * DAY],
        )
    call(suspect.e164, CALLERS[2], NOW - 7 * DAY)
    both = [Target(one, suspect.number) for one in (suspect.person, next_one)]
    first = preserved(*both)
    assert LegalHold.objects.count() == 1, "one number, one hold"
    later = NOW + 85 * DAY
    retention.let_go(by=SYSTEM, at=later)
    for target, callers in zip(both, ([CALLERS[1]], [CALLERS[2]]), strict=True):
        second = Demand(target, follows=first.row.public_id)
        second.judged().proposed().confirmed()
        making.make(demand=second.key, by=SYSTEM, at=later)
        assert [one["caller"] for one in records(second.opened())] == callers


def test_what_nobody_goes_on_with_is_closed(suspect: Suspect) -> None:
    undecided = Demand(Target(suspect.person))
    unfetched = Demand(Target(suspect.person)).granted()
    last = max(undecided.row.deadline, NOW) + LAPSED_AFTER
    sweeping.sweep(by=SYSTEM, at=NOW + 8 * DAY)
    sweeping.sweep(by=SYSTEM, at=last - 8 * DAY)
    assert (undecided.row.closed_at, unfetched.row.closed_at) == (None, None)
    sweeping.sweep(by=SYSTEM, at=last)
    for one in (undecided, unfetched):
        assert (one.row.state, one.row.outcome) == (DemandState.CLOSED, Outcome.LAPSED)
