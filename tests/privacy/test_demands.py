"""An authority gets what two have judged effective, lawful and reasonable, and nothing beyond it (clause 3.3)."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from django.db import IntegrityError, connection, transaction

from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.authorities import deciding, handing, making, queries, sweeping
from ringfence.privacy.authorities.deciding import Proposal
from ringfence.privacy.authorities.models import DemandPiece
from ringfence.privacy.authorities.rules import (
    FETCHED_WITHIN,
    MOST_FETCHES,
    DemandState,
    Outcome,
    Question,
    Verdict,
)
from ringfence.privacy.authorities.scope import Scope, Target
from tests.accounts import builders
from tests.privacy.demand_world import (
    CALLED_AT,
    CALLERS,
    CALLS,
    DAY,
    NAME,
    NOW,
    REASON,
    Demand,
    Suspect,
    records,
    staff,
)
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("3.3")]


@pytest.fixture
def suspect() -> Suspect:
    return Suspect()


@pytest.fixture
def demand(suspect: Suspect) -> Demand:
    return Demand(Target(suspect.person, suspect.number, suspect.e164))


def refused(code: str) -> Any:
    """Expect a refusal of a kind."""
    return pytest.raises(Refusal, check=lambda one: one.code == code)  # type: ignore[call-overload]


def test_what_two_have_granted_is_handed_over_and_no_more(suspect: Suspect, demand: Demand) -> None:
    demand.granted()
    files = demand.opened()
    assert records(files) == [
        {
            "kind": "telephony.CallRecord",
            "caller": CALLERS[1],
            "started_at": CALLED_AT[1].isoformat(),
        }
    ]
    manifest = files["manifest.json"]
    assert manifest["case"] == demand.row.public_id
    assert manifest["about"] == [{"place": 1, "named": suspect.e164}]
    assert {one["name"] for one in manifest["scope"]["fields"]} == CALLS


def test_a_demand_about_a_person_covers_all_their_numbers_and_who_they_are(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person), fields=CALLS | NAME).granted()
    found = records(made.opened())
    assert [one["kind"] for one in found] == ["accounts.Person", *["telephony.CallRecord"] * 2]
    assert found[0]["name"] == "Customer One"


def test_only_the_authority_can_open_it_and_it_is_stored_for_nobody_else(demand: Demand) -> None:
    demand.granted()
    assert records(demand.opened())
    content = b"".join(queries.package(demand.key))
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(content, [pyrage.x25519.Identity.generate()])
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM privacy_demandpiece WHERE what = 'package'")
        stored = b"".join(bytes(one) for (one,) in cursor.fetchall())
    assert CALLERS[1].encode() not in content + stored
    assert b"PK" not in stored[:100]


def test_nobody_judges_alone(demand: Demand) -> None:
    demand.judge(demand.first)
    with refused("demand.not_so_judged"):
        demand.proposed()
    with refused("demand.judged"):
        demand.judge(demand.first)
    demand.judge(demand.second).proposed()
    with refused("demand.same_hand"):
        demand.confirmed(demand.first)
    with refused("demand.judge_first"):
        demand.confirmed(staff())
    assert demand.row.state == DemandState.PROPOSED
    assert not DemandPiece.objects.filter(what=DemandPiece.PACKAGE).exists()


def test_only_staff_for_privacy_do_anything(demand: Demand) -> None:
    demand.granted()
    others = frozenset({Role.SUPPORT, Role.OPERATIONS})
    acts = (
        deciding.decline,
        deciding.confirm,
        making.make_again,
        handing.hand_over,
        queries.look_at,
        queries.paper,
    )
    for by in (SYSTEM, Actor.customer(uuid4()), Actor.staff(uuid4(), others, "law")):
        with refused("demand.staff_only"):
            demand.judge(by)
        for act in acts:
            with refused("demand.staff_only"):
                act(demand=demand.key, by=by, at=NOW)


def test_less_time_leaves_out_who_did_not_have_the_number_in_it(suspect: Suspect, demand: Demand) -> None:
    """The number had another tenant before; the narrower time is that of the second alone."""
    former = builders.customer(email="former@example.com")
    ended = NOW - 32 * DAY
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_tenure (id, number, subject, began_at, ended_at) VALUES (%s, %s, %s, %s, %s)",
            [uuid4(), suspect.number, former, NOW - 60 * DAY, ended],
        )
    made = Demand(*(Target(one, suspect.number) for one in (suspect.person, former)), since=NOW - 60 * DAY)
    part = Scope(CALLS, NOW - 15 * DAY, NOW - 5 * DAY)
    made.judged().proposed(Outcome.PARTIAL, part=part)
    assert {one.who.open()["person"] for one in made.targets if one.is_granted} == {suspect.person.hex}


@pytest.mark.parametrize(
    ("verdicts", "possible"),
    [
        ((Verdict.YES,) * 3, {Outcome.FULL, Outcome.PARTIAL}),
        ((Verdict.YES, Verdict.YES, Verdict.PARTLY), {Outcome.PARTIAL, Outcome.REFUSED}),
        ((Verdict.YES, Verdict.NO, Verdict.YES), {Outcome.REFUSED}),
    ],
)
def test_what_follows_is_what_was_judged(
    demand: Demand, verdicts: tuple[Verdict, ...], possible: set[Outcome]
) -> None:
    demand.judged(*verdicts)
    assert queries.look_at(demand=demand.key, by=demand.second, at=NOW).may_propose == possible
    for outcome in {Outcome.FULL, Outcome.REFUSED, Outcome.PRESERVED} - possible:
        with refused("demand.not_so_judged"):
            demand.proposed(outcome)


def test_a_refusal_has_reasons_and_makes_nothing(demand: Demand) -> None:
    demand.judged(Verdict.YES, Verdict.NO, Verdict.YES)
    with refused("demand.no_words"):
        deciding.propose(demand=demand.key, proposal=Proposal(Outcome.REFUSED, " "), by=demand.first, at=NOW)
    demand.proposed(Outcome.REFUSED).confirmed()
    view = queries.look_at(demand=demand.key, by=demand.second, at=NOW)
    assert (view.row.state, view.row.outcome, view.reason) == (DemandState.CLOSED, Outcome.REFUSED, REASON)
    with refused("demand.no_package"):
        handing.hand_over(demand=demand.key, by=demand.first, at=NOW)


def test_a_part_is_granted_and_never_more(suspect: Suspect) -> None:
    made = Demand(
        Target(suspect.person, suspect.number), Target(suspect.person, suspect.other), since=NOW - 25 * DAY
    )
    made.judged()
    for part in (
        Scope(CALLS | NAME, NOW - 25 * DAY, NOW - 5 * DAY),
        Scope(CALLS, NOW - 26 * DAY, NOW - 5 * DAY),
        Scope(CALLS, NOW - 25 * DAY, NOW),
    ):
        with refused("demand.beyond"):
            made.proposed(Outcome.PARTIAL, part=part)
    with refused("demand.not_less"):
        made.proposed(Outcome.PARTIAL, part=Scope(CALLS, NOW - 25 * DAY, NOW - 5 * DAY))
    with refused("demand.nobody"):
        made.proposed(Outcome.PARTIAL, targets=[])
    kept = [one.pk for one in made.targets if one.who.open()["number"] == suspect.number.hex]
    made.proposed(
        Outcome.PARTIAL, part=Scope(CALLS, NOW - 25 * DAY, NOW - 15 * DAY), targets=kept
    ).confirmed()
    making.make(demand=made.key, by=SYSTEM, at=NOW)
    assert [one["caller"] for one in records(made.opened())] == [CALLERS[0]]


def test_a_proposal_is_declined_and_the_judgements_stay(demand: Demand) -> None:
    demand.judged().proposed()
    deciding.decline(demand=demand.key, by=demand.second, at=NOW)
    assert demand.row.state == DemandState.RECEIVED
    assert demand.row.granted_fields == []
    demand.proposed().confirmed()
    assert demand.row.state == DemandState.GRANTED


def test_others_words_are_read_once_ones_own_are_written(demand: Demand) -> None:
    demand.judge(demand.first)
    assert {one.reason for one in queries.look_at(demand=demand.key, by=demand.first, at=NOW).judgements} == {
        REASON
    }
    hidden = queries.look_at(demand=demand.key, by=demand.second, at=NOW)
    assert all(one.is_hidden and not one.reason for one in hidden.judgements)
    deciding.judge(
        demand=demand.key,
        question=Question.LAWFUL,
        verdict=Verdict.NO,
        reason=REASON,
        by=demand.second,
        at=NOW,
    )
    read = queries.look_at(demand=demand.key, by=demand.second, at=NOW).judgements
    assert {one.question for one in read if one.reason} == {Question.LAWFUL}


def test_a_package_is_fetched_a_few_times_and_is_gone_after_a_week(demand: Demand) -> None:
    demand.granted()
    for _time in range(MOST_FETCHES):
        handing.hand_over(demand=demand.key, by=demand.first, at=NOW)
    with refused("demand.fetched"):
        handing.hand_over(demand=demand.key, by=demand.first, at=NOW)
    with refused("demand.no_package"):
        handing.hand_over(demand=demand.key, by=demand.first, at=NOW + FETCHED_WITHIN)
    sweeping.sweep(by=SYSTEM, at=NOW + FETCHED_WITHIN)
    assert demand.row.state == DemandState.CLOSED
    assert list(queries.package(demand.key)) == []


def test_a_package_that_nobody_fetched_can_be_made_anew(demand: Demand) -> None:
    demand.granted()
    sweeping.sweep(by=SYSTEM, at=NOW + FETCHED_WITHIN)
    assert demand.row.state == DemandState.GRANTED
    assert not DemandPiece.objects.filter(what=DemandPiece.PACKAGE).exists()
    making.make(demand=demand.key, by=SYSTEM, at=NOW + FETCHED_WITHIN)
    assert demand.row.state == DemandState.GRANTED, "only when somebody asks"
    making.make_again(demand=demand.key, by=demand.second, at=NOW + FETCHED_WITHIN)
    assert builders.run_jobs(making.TASK) == [making.TASK] or demand.row.state == DemandState.READY
    assert demand.row.state == DemandState.READY


def test_a_package_that_was_lost_on_the_way_is_made_by_the_sweep(demand: Demand) -> None:
    demand.judged().proposed().confirmed()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    sweeping.sweep(by=SYSTEM, at=NOW + timedelta(minutes=3))
    assert builders.run_jobs(making.TASK) == [making.TASK]
    assert demand.row.state == DemandState.READY


def test_what_was_taken_back_leaves_no_package(demand: Demand) -> None:
    demand.granted()
    deciding.withdraw(demand=demand.key, reason="They wrote that it is settled.", by=demand.first, at=NOW)
    assert (demand.row.state, demand.row.outcome) == (DemandState.CLOSED, Outcome.WITHDRAWN)
    assert not DemandPiece.objects.filter(what=DemandPiece.PACKAGE).exists()


def test_a_demand_that_finds_nobody_can_only_be_refused() -> None:
    made = Demand().judged()
    assert queries.look_at(demand=made.key, by=made.first, at=NOW).may_propose == {Outcome.REFUSED}


WHOLE: list[tuple[dict[str, Any], str]] = [
    ({"fields": frozenset()}, "demand.no_fields"),
    ({"fields": frozenset({"accounts.Person.password"})}, "demand.no_fields"),
    ({"fields": frozenset({"privacy.Disclosure.name"})}, "demand.no_fields"),
    ({"since": None}, "demand.no_time"),
    ({"since": NOW, "until": NOW - DAY}, "demand.time_turned"),
    ({"key": "age1nothing"}, "demand.no_key"),
    ({"key_checked": ""}, "demand.no_words"),
    ({"content": b"MZ\x90"}, "demand.no_paper"),
    ({"legal_basis": " "}, "demand.no_words"),
    ({"received_at": NOW + DAY}, "demand.not_yet"),
    ({"deadline": NOW - 2 * DAY}, "demand.deadline"),
    ({"follows": "dmd_nothing"}, "demand.follows_nothing"),
]


def test_a_demand_is_whole_before_anybody_judges_it() -> None:
    for said, code in WHOLE:
        with refused(code):
            Demand(Target(uuid4()), **said)


def test_the_database_refuses_what_one_alone_would_do() -> None:
    Demand(Target(uuid4()))
    alone = "outcome = 'full', proposed_by = '\\x01', confirmed_by = '\\x01', confirmed_at = now()"
    for statement, name in (
        (f"state = 'granted', {alone}", "by_two"),
        ("state = 'ready', outcome = 'full'", "by_two"),
        ("state = 'closed', outcome = 'refused', closed_at = now()", "by_two"),
        ("granted_fields = array['accounts.Person.email']", "no_more_is_granted"),
        ("granted_until = until + interval '1 day'", "no_more_is_granted"),
        ("handed_over_at = now()", "nothing_leaves"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE privacy_authoritydemand SET {statement}")
