"""For whatever a demand covers: a package opened with the authority's key holds that, and nothing else (clause 3.3)."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pyrage  # type: ignore[import-untyped] # it has no types
import pytest
from django.db import models
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ringfence.privacy.authorities import counting, packaging, scope
from ringfence.privacy.authorities.packaging import Order
from ringfence.privacy.authorities.ports import closer
from ringfence.privacy.authorities.rules import (
    DEMAND_MOVES,
    GRANTED,
    DemandEvent,
    DemandKind,
    DemandState,
    Judged,
    Outcome,
    Question,
    Verdict,
    judges,
    possible_outcomes,
)
from ringfence.privacy.authorities.scope import Scope, Target
from ringfence.privacy.copying import sources
from ringfence.privacy.keys import keyring
from ringfence.privacy.register import rows_of, shown
from tests.privacy.demand_world import CALLERS, DAY, NOW, Suspect, read, records

pytestmark = [pytest.mark.promise("3.3")]
SECRET = pyrage.x25519.Identity.generate()
DAYS = st.integers(min_value=0, max_value=40)
HANDS = st.sampled_from([b"one", b"two", b"three"])
GIVEN = st.lists(
    st.builds(Judged, st.sampled_from(list(Question)), st.sampled_from(list(Verdict)), HANDS),
    unique_by=lambda one: (one.question, one.hand),
)

CUT_BY = {
    "accounts.AddressChange": ("asked_at", ""),
    "accounts.Caller": ("asked_at", ""),
    "accounts.OutgoingLetter": ("made_at", ""),
    "accounts.OutsideIdentity": ("", ""),
    "accounts.Person": ("", ""),
    "accounts.SignIn": ("made_at", ""),
    "shop.BookEntry": ("booked_at", ""),
    "shop.CallerCheck": ("asked_at", "order__number"),
    "shop.Mandate": ("given_at", ""),
    "shop.Order": ("placed_at", "number"),
    "shop.Paper": ("sent_at", "papers__order__number"),
    "shop.Papers": ("asked_at", "order__number"),
    "shop.Refund": ("owed_at", "order__number"),
    "shop.Renewal": ("period_from", "subscription__order__number"),
    "shop.RenewalPayment": ("opened_at", "renewal__subscription__order__number"),
    "shop.Subscription": ("", "order__number"),
    "support.AbuseCase": ("reported_at", "number"),
    "support.AbuseReport": ("received_at", ""),
    "support.AbuseSuspension": ("suspended_at", "number"),
    "support.Letter": ("received_at", ""),
    "support.NoticeRecord": ("told_at", ""),
    "support.Ticket": ("opened_at", ""),
    "support.TicketEntry": ("at", ""),
    "telephony.CallRecord": ("started_at", "number"),
    "telephony.ForwardCountry": ("", ""),
    "telephony.Message": ("received_at", "number"),
    "telephony.MessageDelivery": ("received_at", "number"),
    "telephony.MessageForwarding": ("", "number"),
    "telephony.MissedNotice": ("written_at", ""),
    "telephony.Number": ("", "pk"),
    "telephony.NumberRouting": ("", "number"),
    "telephony.Phone": ("", ""),
    "telephony.RouteStep": ("", "number"),
    "telephony.Tenure": ("began_at", "number"),
}
"""What is offered, by the moment and the number it is cut by, written down here once more: neither is guessed."""


@st.composite
def scopes(draw: st.DrawFn, names: tuple[str, ...], there: tuple[str, ...]) -> Scope:
    """Some fields, most of which say something here, and a time within the last weeks."""
    begins, length = draw(DAYS), draw(st.integers(min_value=1, max_value=40))
    fields = frozenset(
        draw(st.sets(st.sampled_from(there), min_size=1, max_size=6))
        | draw(st.sets(st.sampled_from(names), max_size=3))
    )
    return Scope(fields, NOW - begins * DAY, NOW - begins * DAY + length * DAY)


def expected(asked: Scope, target: Target) -> Iterator[dict[str, Any]]:
    """Return what a scope covers, found the long way: every row of the person, looked at one by one."""
    by_model: dict[type[models.Model], list[str]] = {}
    for kind in scope.offered():
        for one in kind.fields:
            if str(one) in asked.fields:
                by_model.setdefault(one.model, []).append(one.name)
    for model, names in by_model.items():
        for row in rows_of(model, target.person):
            if _covered(row, asked, target):
                yield {"kind": model._meta.label, **{name: sources.plain(shown(row, name)) for name in names}}


def _covered(row: models.Model, asked: Scope, target: Target) -> bool:
    moment, _number = CUT_BY[row._meta.label]
    number = (
        row.pk if type(row).__name__ == "Number" else getattr(row, "number_id", getattr(row, "number", None))
    )
    if target.number is not None and (number is not None or moment) and number != target.number:
        return False
    at: datetime | None = getattr(row, moment) if moment else None
    if at is None or asked.since is None or asked.until is None:
        return not moment
    if type(row).__name__ == "Tenure":
        return at < asked.until and (row.ended_at is None or row.ended_at > asked.since)  # type: ignore[attr-defined] # of this model
    return asked.since <= at < asked.until


def test_what_is_offered_is_cut_as_it_says_here() -> None:
    """Each model by its moment and by its number; those without a moment say what is, and there are no others."""
    found = {
        model._meta.label: (scope.moment_of(model), scope.number_path(model))
        for model in {one.model for kind in scope.offered() for one in kind.fields}
    }
    assert found == CUT_BY


@pytest.mark.django_db(databases=["default", "keys"])
def test_a_demand_for_a_number_gets_no_payment_of_another_and_none_of_another_time() -> None:
    suspect = Suspect()
    fields = frozenset(str(one) for kind in scope.offered() for one in kind.fields)
    asked = Scope(fields, NOW - 10 * DAY, NOW - 5 * DAY)
    for kind in scope.offered():
        for model in {one.model for one in kind.fields}:
            moment, number = CUT_BY[model._meta.label]
            only = scope.narrowed(model, asked, Target(suspect.person, suspect.number))
            if moment and not number:
                assert only is None, model
            elif number:
                assert (number, suspect.number) in _conditions(only), model
            if only is not None and moment:
                named = {name.split("__gte")[0].split("__lt")[0] for name, _value in _conditions(only)}
                assert moment in named, model


def _conditions(only: Any) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for one in only.children if only is not None else ():
        found += [one] if isinstance(one, tuple) else _conditions(one)
    return found


def in_order(found: Any) -> list[str]:
    """Return records so that they can be compared."""
    return sorted(repr(sorted(one.items(), key=lambda pair: pair[0])) for one in found)


def opened(asked: Scope, about: list[Target]) -> dict[str, Any]:
    """Make the package of a scope, and open it as its authority does."""
    order = Order("dmd_1", "Example Police", "EX-17", "Section 210", asked, about)
    closed = closer().close(packaging.make(order, NOW).content, str(SECRET.to_public()))
    assert not any(caller.encode() in closed for caller in CALLERS)
    keyring.forget()
    return read(pyrage.decrypt(closed, [SECRET]))


@pytest.mark.django_db(databases=["default", "keys"])
def test_a_package_holds_its_scope_and_nothing_else() -> None:
    suspect, other = Suspect(), Suspect(email="other@example.com")
    fields = [one for kind in scope.offered() for one in kind.fields]
    there = [one for one in fields if rows_of(one.model, suspect.person).exists()]
    names, said = (tuple(sorted(map(str, some))) for some in (fields, there))
    numbers = (None, suspect.number, suspect.other)
    targets = [*(Target(suspect.person, number) for number in numbers), Target(other.person, other.number)]
    seen = {"records": 0, "calls": 0}

    @settings(
        max_examples=40,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        asked=scopes(names, said),
        about=st.lists(st.sampled_from(targets), min_size=1, max_size=2, unique=True),
    )
    def holds(asked: Scope, about: list[Target]) -> None:
        files = opened(asked, about)
        wanted = [one for target in about for one in expected(asked, target)]
        assert in_order(records(files)) == in_order(wanted)
        listed = {one["name"]: one["records"] for one in files.pop("manifest.json")["files"]}
        assert listed == {name: len(file["records"]) for name, file in files.items()}
        seen["records"] += len(wanted)
        seen["calls"] += any("CallRecord" in one["kind"] for one in wanted)

    holds()
    assert seen["records"] > 100
    assert seen["calls"], "a scope that finds nothing proves nothing"


@given(given=GIVEN, kind=st.sampled_from(list(DemandKind)), finds=st.booleans())
def test_nothing_is_granted_but_by_two_who_said_yes(
    given: list[Judged],
    kind: DemandKind,
    finds: bool,  # noqa: FBT001 - drawn
) -> None:
    possible = possible_outcomes(kind, given, finds_anybody=finds)
    if len(judges(given)) < 2:
        assert possible == frozenset()
    if possible & {Outcome.FULL, Outcome.PARTIAL, Outcome.PRESERVED}:
        assert finds
        assert Verdict.NO not in {one.verdict for one in given}
    if Outcome.FULL in possible:
        assert {one.verdict for one in given} == {Verdict.YES}


def test_a_package_leads_only_through_two() -> None:
    """Every way into the states in which a package may be made goes through what a second person confirms."""
    into = {
        (start, event)
        for (start, event), end in DEMAND_MOVES.items()
        if end in GRANTED and start not in GRANTED
    }
    assert into == {(DemandState.PROPOSED, DemandEvent.GRANT)}


@given(
    parts=st.dictionaries(st.sampled_from("abcde"), st.integers(0, 12), min_size=2), more=st.integers(1, 4)
)
def test_no_hidden_count_follows_from_what_is_shown(parts: dict[str, int], more: int) -> None:
    """Whatever a small count is, the same is shown; and the sum is told of nothing that has one."""

    def told(counts: dict[str, int]) -> counting.Together:
        return counting.shown_together(counts, {"all of it": sum(counts.values()), "the rest": 0})

    for name, count in parts.items():
        is_small = 0 < count < counting.FEWEST
        assert told(parts).parts[name] == (None if is_small else count)
        if is_small:
            assert told(parts) == told(parts | {name: more})
            assert told(parts).whole is told(parts).others is None


def test_time_is_told_of_all_that_happens() -> None:
    """What is offered either says when it happened, or says what is."""
    timed = {name for kind in scope.offered() for name in kind.timed}
    assert {
        "telephony.CallRecord.caller",
        "telephony.Message.text",
        "accounts.SignIn.network_address",
    } <= timed
    assert not {"accounts.Person.name", "telephony.Phone.name"} & timed
