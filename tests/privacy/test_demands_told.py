"""Whoever's data an authority got is told, at once or when a law lets us; and what may only be preserved stays here."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from ringfence.accounts.models import OutgoingLetter
from ringfence.adapters.mail.writing import written
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import copies, retention
from ringfence.privacy.authorities import deciding, handing, making, preserving, queries, sweeping
from ringfence.privacy.authorities.deciding import decline
from ringfence.privacy.authorities.models import AuthorityDemand, DemandJudgement, DemandPiece, DemandTarget
from ringfence.privacy.authorities.rules import AuthoritySort, DemandKind, DemandState, Outcome
from ringfence.privacy.authorities.scope import Target
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.keys import keyring
from ringfence.privacy.keys.models import DataKey
from ringfence.privacy.queries import lines_of
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.models import LegalHold
from ringfence.privacy.retention_rules import HoldArticle, HoldState
from tests.accounts import builders
from tests.privacy.demand_world import CALLERS, DAY, NOW, Demand, Suspect, records, staff
from tests.world import SYSTEM

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("3.3")]
QUIET: date = (NOW + 30 * DAY).date()


def refused(code: str) -> Any:
    """Expect a refusal of a kind."""
    return pytest.raises(Refusal, check=lambda one: one.code == code)  # type: ignore[call-overload]


def prolonged(made: Demand, until: date, because: str, at: datetime) -> None:
    """Have a silence prolonged by both."""
    handing.ask_quiet(demand=made.key, until=until, because=because, by=made.second, at=at)
    handing.keep_quiet(demand=made.key, by=made.first, at=at)


@pytest.fixture
def suspect() -> Suspect:
    return Suspect()


def letters(person: UUID) -> list[OutgoingLetter]:
    """Return the letters about demands that somebody was sent."""
    return list(OutgoingLetter.objects.filter(subject=person, kind=handing.LETTER))


def what_they_see(person: UUID) -> str:
    """Return all that a copy, and the lines of the ledger, tell somebody."""
    keyring.forget()
    told = [f"{line.action} {line.facts}" for line in lines_of(person)]
    return f"{copies.copy_of(person, NOW)} {told}"


def test_a_customer_is_told_at_once_with_an_entry_and_a_line(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person, suspect.number)).handed_over()
    entry = Disclosure.objects.get(subject=suspect.person)
    assert (entry.recipient, entry.clause, entry.case) == ("authorities", "3.3", made.row.public_id)
    assert (entry.name.open(), set(entry.fields)) == ("Example Police", set(made.row.granted_fields))
    (letter,) = letters(suspect.person)
    assert letter.facts.open()["authority"] == "Example Police"
    assert "authorities.hand_over" in {line.action for line in lines_of(suspect.person)}
    assert made.row.public_id in what_they_see(suspect.person)
    handing.hand_over(demand=made.key, by=made.second, at=NOW)
    assert len(letters(suspect.person)) == Disclosure.objects.count() == 1, "fetching again is no second exit"


def test_the_letter_says_who_got_what_in_both_languages(suspect: Suspect) -> None:
    from ringfence.accounts.ports import LetterToSend

    made = Demand(Target(suspect.person)).handed_over(quiet_until=QUIET)
    handing.tell(demand=made.key, by=SYSTEM, at=NOW + 31 * DAY)
    (row,) = letters(suspect.person)
    for language, words in (("en", "It no longer does"), ("nb", "ikke lenger")):
        letter = LetterToSend(row.pk, row.kind, "a@example.com", language, "", row.facts.open(), NOW)
        text = written(letter).text
        assert words in text
        assert "Example Police" in text
        assert made.row.public_id in text


def test_a_silence_keeps_it_from_every_place_and_ends_by_itself(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person, suspect.number)).handed_over(quiet_until=QUIET)
    case = made.row.public_id
    for at in (NOW, NOW + 29 * DAY):
        sweeping.sweep(by=SYSTEM, at=at)
        assert letters(suspect.person) == []
        seen = what_they_see(suspect.person)
        assert case not in seen
        assert "Example Police" not in seen
        assert "authorities." not in seen
    assert [one.public_id for one in queries.quiet_ones()] == [case]
    for _twice in range(2):
        sweeping.sweep(by=SYSTEM, at=NOW + 30 * DAY)
    (letter,) = letters(suspect.person)
    assert letter.facts.open()["was_quiet"] is True
    assert case in what_they_see(suspect.person)
    assert "authorities.tell" in {line.action for line in lines_of(suspect.person)}
    assert queries.quiet_ones() == []


def test_a_silence_is_reviewed_it_goes_on_for_a_reason_or_ends_at_once(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).handed_over(quiet_until=QUIET)
    later, because = QUIET + 30 * DAY, "The court has prolonged it."
    prolonged(made, later, because, NOW + 29 * DAY)
    sweeping.sweep(by=SYSTEM, at=NOW + 31 * DAY)
    assert letters(suspect.person) == []
    assert made.row.public_id not in what_they_see(suspect.person)
    handing.tell_now(demand=made.key, by=made.second, at=NOW + 32 * DAY)
    sweeping.sweep(by=SYSTEM, at=NOW + 61 * DAY)
    assert len(letters(suspect.person)) == 1
    assert made.row.public_id in what_they_see(suspect.person)
    for again in (
        lambda: handing.tell_now(demand=made.key, by=made.second, at=NOW + 33 * DAY),
        lambda: prolonged(made, later, because, NOW + 33 * DAY),
    ):
        with pytest.raises(Refusal) as refused:
            again()
        assert refused.value.code == "demand.not_quiet"


def test_a_silence_goes_on_with_a_reason_and_by_staff_of_privacy_only(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).handed_over(quiet_until=QUIET)
    for by, because, code in (
        (made.second, " ", "demand.no_words"),
        (SYSTEM, "The court has prolonged it.", "demand.staff_only"),
    ):
        with pytest.raises(Refusal) as refused:
            handing.ask_quiet(demand=made.key, until=QUIET + DAY, because=because, by=by, at=NOW)
        assert refused.value.code == code


def test_a_silence_is_prolonged_by_two_and_never_beyond_a_year_from_the_decision(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).handed_over(quiet_until=QUIET)
    later, at = QUIET + 30 * DAY, NOW + 29 * DAY
    handing.ask_quiet(demand=made.key, until=later, because="A court said so.", by=made.second, at=at)
    assert made.row.quiet_until == QUIET, "one alone changes nothing"
    with refused("demand.same_hand"):
        handing.keep_quiet(demand=made.key, by=made.second, at=at)
    handing.keep_quiet(demand=made.key, by=made.first, at=at)
    assert made.row.quiet_until == later
    reasons = made.row.quiet_because.open()
    assert "The investigation is secret." in reasons
    assert "A court said so." in reasons
    with refused("demand.quiet_not_asked"):
        handing.keep_quiet(demand=made.key, by=made.first, at=at)
    with refused("demand.quiet_too_long"):
        prolonged(made, (NOW + 366 * DAY).date(), "Still.", at)
    prolonged(made, (NOW + 365 * DAY).date(), "Still.", at)


def test_a_package_fetched_after_the_silence_is_handed_over_and_told_at_once(suspect: Suspect) -> None:
    tomorrow = (NOW + DAY).date()
    made = Demand(Target(suspect.person)).granted(quiet_until=tomorrow, quiet_because="Secret until then.")
    handing.hand_over(demand=made.key, by=made.first, at=NOW + 2 * DAY)
    assert len(letters(suspect.person)) == 1
    assert made.row.public_id in what_they_see(suspect.person)


def test_nobody_confirms_a_silence_whose_day_is_over(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).judged()
    made.proposed(quiet_until=(NOW + DAY).date(), quiet_because="Secret until then.")
    with refused("demand.quiet_over"):
        deciding.confirm(demand=made.key, by=made.second, at=NOW + 2 * DAY)


def preserved(*targets: Target, **said: Any) -> Demand:
    """A demand to preserve, decided on by two."""
    made = Demand(
        *targets,
        kind=DemandKind.PRESERVING,
        key="",
        key_checked="",
        sort=said.pop("sort", AuthoritySort.POLICE),
    )
    return made.judged().proposed(Outcome.PRESERVED, keep_until=NOW + 100 * DAY, **said).confirmed()


def test_whoever_something_is_preserved_of_is_told_on_the_day_the_law_names(suspect: Suspect) -> None:
    made = preserved(Target(suspect.person), quiet_until=QUIET, quiet_because="Secret until then.")
    sweeping.sweep(by=SYSTEM, at=NOW + 29 * DAY)
    assert holds.shown_to(suspect.person, NOW) == []
    assert [one.public_id for one in queries.quiet_ones()] == [made.row.public_id]
    for _twice in range(2):
        sweeping.sweep(by=SYSTEM, at=NOW + 30 * DAY)
    (hold,) = holds.shown_to(suspect.person, NOW + 30 * DAY)
    assert hold.case == made.row.public_id
    placed = OutgoingLetter.objects.filter(subject=suspect.person, kind="hold-placed")
    assert placed.count() == 1
    assert queries.quiet_ones() == []
    with refused("demand.kept_too_short"):
        preserved(Target(suspect.person), quiet_until=(NOW + 101 * DAY).date(), quiet_because="Secret.")


@pytest.mark.parametrize(
    ("sort", "article"),
    [(AuthoritySort.POLICE, HoldArticle.PRESERVATION), (AuthoritySort.SUPERVISOR, HoldArticle.DUTY)],
)
def test_a_hold_names_its_law_and_says_nothing_of_what_was_written_in_the_case(
    suspect: Suspect, sort: AuthoritySort, article: HoldArticle
) -> None:
    other = Suspect(email="other@example.com")
    preserved(Target(suspect.person), Target(other.person), sort=sort)
    for one in (suspect, other):
        (hold,) = holds.shown_to(one.person, NOW)
        assert (hold.article, hold.reason, hold.reference) == (article, preserving.REASON, "")


def test_a_silence_has_a_reason_and_an_end_within_a_year(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).judged()
    for until, because, code in (
        (QUIET, " ", "demand.no_words"),
        (NOW.date(), "secret", "demand.quiet_over"),
        ((NOW + 367 * DAY).date(), "secret", "demand.quiet_too_long"),
    ):
        with pytest.raises(Refusal) as refused:
            made.proposed(quiet_until=until, quiet_because=because)
        assert refused.value.code == code


def test_of_whom_nothing_can_be_read_nothing_is_handed_over(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).judged().proposed()
    every = list(RetentionClass)
    keys.destroy(subject=suspect.person, classes=every, by=SYSTEM, at=NOW)
    keyring.forget()
    made.confirmed()
    making.make(demand=made.key, by=SYSTEM, at=NOW)
    handing.hand_over(demand=made.key, by=made.first, at=NOW)
    assert records(made.opened()) == []
    assert not Disclosure.objects.exists()
    assert made.targets[0].has_left
    assert not DataKey.objects.filter(subject=suspect.person, destroyed_at=None).exists()


def test_preserving_is_a_hold_by_the_same_two_and_hands_nothing_over(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person, suspect.number), kind=DemandKind.PRESERVING, key="", key_checked="")
    made.judged().proposed(Outcome.PRESERVED, keep_until=NOW + 100 * DAY)
    hold = LegalHold.objects.get()
    assert (hold.case, hold.state, hold.of_a_number) == (made.row.public_id, HoldState.ASKED, True)
    decline(demand=made.key, by=made.second, at=NOW)
    assert LegalHold.objects.get().state == HoldState.WITHDRAWN
    made.proposed(Outcome.PRESERVED, keep_until=NOW + 100 * DAY).confirmed()
    assert holds.count_in_force(NOW + DAY) == 1
    assert not DemandPiece.objects.filter(what=DemandPiece.PACKAGE).exists()
    assert not Disclosure.objects.exists()
    retention.let_go(by=SYSTEM, at=NOW + 101 * DAY)
    sweeping.sweep(by=SYSTEM, at=NOW + 101 * DAY)
    assert made.row.state == DemandState.CLOSED


def test_what_was_preserved_is_in_the_package_of_a_demand_that_follows(suspect: Suspect) -> None:
    first = Demand(Target(suspect.person, suspect.number), kind=DemandKind.PRESERVING, key="", key_checked="")
    first.judged().proposed(Outcome.PRESERVED, keep_until=NOW + 200 * DAY).confirmed()
    later = NOW + 85 * DAY
    retention.let_go(by=SYSTEM, at=later)
    target = Target(suspect.person, suspect.number)
    for follows, found in (("", []), (first.row.public_id, [CALLERS[1]])):
        second = Demand(target, follows=follows)
        second.judged().proposed().confirmed()
        making.make(demand=second.key, by=SYSTEM, at=later)
        assert [one["caller"] for one in records(second.opened())] == found


def test_a_year_after_its_end_figures_are_left(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).handed_over()
    sweeping.sweep(by=SYSTEM, at=NOW + 8 * DAY)
    assert made.row.closed_at
    subject, over = made.row.subject, made.row.closed_at + timedelta(days=366)
    assert sweeping.let_go(by=SYSTEM, at=over, dry_run=True) == 1
    assert [sweeping.let_go(by=SYSTEM, at=over) for _twice in range(2)] == [1, 0]
    keyring.forget()
    row = AuthorityDemand.objects.get()
    assert (row.authority, row.reason, row.named) == (None, None, None)
    assert (row.outcome, row.people) == (Outcome.FULL, 1)
    assert not any(model.objects.exists() for model in (DemandTarget, DemandJudgement, DemandPiece))
    assert not DataKey.objects.filter(subject=subject, destroyed_at=None).exists()
    assert queries.look_at(demand=made.key, by=staff(), at=over).authority == ""


def test_a_line_about_a_demand_names_nobody(suspect: Suspect) -> None:
    before = {line.id for line in lines_of(suspect.person)}
    made = Demand(Target(suspect.person)).judged().proposed().confirmed()
    queries.look_at(demand=made.key, by=made.second, at=NOW)
    assert {line.id for line in lines_of(suspect.person)} == before


def test_jobs_carry_the_id_of_the_demand_alone(suspect: Suspect) -> None:
    made = Demand(Target(suspect.person)).judged().proposed().confirmed()
    assert builders.run_jobs(making.TASK) == [making.TASK]
    assert made.row.state == DemandState.READY
