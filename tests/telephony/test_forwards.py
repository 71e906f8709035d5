"""Forwarding to phone numbers: off at first, guarded, slow to begin, easy to take back."""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pytest_django import Settings

from ringfence.accounts.models import OutgoingLetter
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import queries, route_queries
from ringfence.telephony.actions import forwards, route_steps
from ringfence.telephony.actions.route_ground import Wanted
from ringfence.telephony.forwarding import WhyNot
from ringfence.telephony.models import Number, NumberRouting, RouteStep
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_queries import StepView
from ringfence.telephony.route_rules import LINK_FOR, PlanName
from tests.accounts import builders
from tests.world import AT, SYSTEM, number_of, rings_at, take_in_stock

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
HOUR = timedelta(hours=1)
STRANGER = Actor.stranger()
LONDON, OSLO = "+442079460991", "+4740000000"


@pytest.fixture(autouse=True)
def carrier(settings: Settings) -> None:
    """A carrier that takes calls out."""
    settings.SIP_OUTBOUND = ("sip:192.0.2.9",)


class Line:
    """A number in service that rings at an office, and its customer, who has allowed a country."""

    def __init__(self) -> None:
        self.subject = builders.customer()
        self.by = Actor.customer(self.subject)
        self.offer = number_of(self.subject)
        rings_at(self.offer, self.subject, "office@pbx.example")
        forwards.allow_country(subject=self.subject, country="GB", by=self.by, at=AT)

    @property
    def version(self) -> int:
        """Return the version of its route."""
        return queries.route_of(self.offer.id)[2]

    def add(self, target: str = LONDON, at: datetime = AT) -> bool:
        """Add a forward; return whether it rings at once."""
        wanted = Wanted(StepKind.FORWARD, target, ring_seconds=20)
        return route_steps.add_step(
            number=self.offer.id, plan=PlanName.OPEN, wanted=wanted, by=self.by, at=at
        )

    def change(self, step: UUID, target: str = LONDON, at: datetime = AT) -> bool:
        """Make a step a forward; return whether it rings at once."""
        wanted = Wanted(StepKind.FORWARD, target, ring_seconds=20)
        return route_steps.change_step(step=step, wanted=wanted, by=self.by, at=at)

    def rings(self) -> list[str]:
        """Return what the switch rings, in order."""
        route, _e164, _version = queries.route_of(self.offer.id)
        assert route is not None
        return [step.target for step in route.plans[0].steps]

    def steps(self, at: datetime = AT) -> tuple[StepView, ...]:
        """Return the steps as they are edited."""
        return route_queries.routing_of(self.subject, self.offer.id, at).open


@pytest.fixture
def line() -> Line:
    return Line()


def letters(kind: str) -> list[dict[str, str]]:
    found = OutgoingLetter.objects.filter(kind=kind).order_by("made_at", "id")
    return [letter.facts.open() for letter in found]


def begin_due(at: datetime) -> None:
    for number in route_queries.forwards_due(at):
        forwards.begin(number=number, by=SYSTEM, at=at)


OFFICE = "sip:office@pbx.example"


def test_a_new_forward_waits_and_what_rang_rings_on(line: Line) -> None:
    version = line.version
    assert line.add() is False
    assert line.rings() == [OFFICE]
    assert line.version == version, "the switch has nothing new to hear"
    (told,) = letters("forward-waits")
    assert (told["number"], told["target"]) == (line.offer.e164, LONDON)
    assert datetime.fromisoformat(told["effective"]) == AT + HOUR
    begin_due(AT + HOUR - timedelta(seconds=1))
    assert line.rings() == [OFFICE]
    begin_due(AT + HOUR)
    assert line.rings() == [OFFICE, LONDON]
    assert line.version == version + 1
    assert route_queries.forwards_due(AT + HOUR) == []


def test_a_changed_target_keeps_the_old_one_until_its_time(line: Line) -> None:
    (office,) = line.steps()
    assert line.change(office.id) is False
    assert line.rings() == [OFFICE]
    (waiting,) = line.steps()
    assert (waiting.target, waiting.waits) == (LONDON, True)
    assert waiting.until_then is not None
    assert waiting.until_then.target == OFFICE
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    assert line.rings() == [LONDON]


def test_the_letters_link_takes_it_back_once_without_signing_in(line: Line) -> None:
    (office,) = line.steps()
    line.change(office.id)
    token = letters("forward-waits")[0]["token"]
    found = route_queries.undoable(token, AT)
    assert found is not None
    assert (found.e164, found.target, found.waits) == (line.offer.e164, LONDON, True)
    forwards.undo(token=token, by=STRANGER, at=AT)
    assert line.rings() == [OFFICE]
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    assert line.rings() == [OFFICE]
    with pytest.raises(Refusal, match="used already"):
        forwards.undo(token=token, by=STRANGER, at=AT)
    with pytest.raises(Refusal, match="nothing left"):
        route_steps.undo(number=line.offer.id, by=line.by, at=AT)


def test_the_link_brings_back_what_rang_even_after_it_began(line: Line) -> None:
    (office,) = line.steps()
    line.change(office.id)
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    token = letters("forward-waits")[0]["token"]
    forwards.undo(token=token, by=STRANGER, at=AT + timedelta(days=6))
    assert line.rings() == [OFFICE]


def test_the_first_letters_link_takes_back_what_came_after_it_too(line: Line) -> None:
    (office,) = line.steps()
    line.change(office.id)
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    (first,) = line.steps()
    line.change(first.id, "+442079460992", AT + HOUR)
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + 2 * HOUR)
    assert line.rings() == ["+442079460992"]
    forwards.undo(token=letters("forward-waits")[0]["token"], by=STRANGER, at=AT + 3 * HOUR)
    assert line.rings() == [OFFICE]
    assert RouteStep.objects.count() == 1


def test_a_link_ends_and_takes_along_what_it_kept(line: Line) -> None:
    (office,) = line.steps()
    line.change(office.id)
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    over = AT + HOUR + timedelta(days=7)
    token = letters("forward-waits")[0]["token"]
    assert route_queries.undoable(token, over) is None
    assert forwards.close_links(by=SYSTEM, at=over) == 1
    assert [step.target.open() for step in RouteStep.objects.all()] == [LONDON]
    with pytest.raises(Refusal, match="too old"):
        forwards.undo(token=token, by=STRANGER, at=over)


def test_it_is_cancelled_in_the_account_and_by_its_holder_alone(line: Line) -> None:
    line.add()
    waiting = line.steps()[-1]
    with pytest.raises(Refusal, match="not yours"):
        forwards.cancel(step=waiting.id, by=Actor.customer(uuid4()), at=AT)
    forwards.cancel(step=waiting.id, by=line.by, at=AT)
    assert [step.target for step in line.steps()] == [OFFICE]


def test_a_target_that_rings_already_need_not_cool_off_again(line: Line) -> None:
    line.add()
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    later = AT + HOUR + LINK_FOR
    forwards.close_links(by=SYSTEM, at=later)
    other = number_of(line.subject)
    wanted = Wanted(StepKind.FORWARD, "020 7946 0991", ring_seconds=20)
    assert route_steps.add_step(number=other.id, plan=PlanName.OPEN, wanted=wanted, by=line.by, at=later)
    assert len(letters("forward-waits")) == 1


def test_a_copy_of_a_forward_whose_link_is_open_has_a_letter_of_its_own(line: Line) -> None:
    line.add()
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    assert line.rings() == [OFFICE, LONDON]
    assert line.add(at=AT + HOUR) is False
    first, second = line.steps()[1:]
    route_steps.remove_step(step=first.id, by=line.by, at=AT + HOUR)
    assert (line.rings(), second.waits) == ([OFFICE], True)
    other = number_of(line.subject)
    wanted = Wanted(StepKind.FORWARD, LONDON, ring_seconds=20)
    assert not route_steps.add_step(
        number=other.id, plan=PlanName.OPEN, wanted=wanted, by=line.by, at=AT + HOUR
    )
    begin_due(AT + 2 * HOUR)
    assert line.rings() == [OFFICE, LONDON]
    told = letters("forward-waits")
    assert len(told) == 3, "each that rings can be taken back"
    for letter in told[1:]:
        forwards.undo(token=letter["token"], by=STRANGER, at=AT + 3 * HOUR)
    assert line.rings() == [OFFICE]
    assert RouteStep.objects.filter(number=other.id).count() == 0


def test_a_step_that_another_replaces_is_not_changed_again(line: Line) -> None:
    (office,) = line.steps()
    line.change(office.id)
    (waiting,) = line.steps()
    for at in (AT, AT + HOUR):
        begin_due(at)
        wanted = Wanted(StepKind.SIP, "thief@pbx.example", ring_seconds=20)
        for act in (
            lambda at=at: line.change(office.id, "+442079460992", at),
            lambda at=at, wanted=wanted: route_steps.change_step(
                step=office.id, wanted=wanted, by=line.by, at=at
            ),
            lambda at=at: route_steps.remove_step(step=office.id, by=line.by, at=at),
            lambda at=at: route_steps.move_step(step=office.id, up=True, by=line.by, at=at),
            lambda: route_queries.step_of(line.subject, line.offer.id, office.public_id),
        ):
            with pytest.raises(Refusal, match="in the meantime"):
                act()
    assert line.rings() == [LONDON]
    assert route_queries.step_of(line.subject, line.offer.id, waiting.public_id) is not None
    assert len(letters("forward-waits")) == 1


@pytest.mark.promise("2.8")
def test_what_can_be_undone_no_more_is_not_kept(line: Line) -> None:
    line.add()
    late = AT + HOUR + timedelta(seconds=1)
    with pytest.raises(Refusal, match="that is over"):
        route_steps.undo(number=line.offer.id, by=line.by, at=late)
    forwards.close_links(by=SYSTEM, at=AT + HOUR)
    assert NumberRouting.objects.get().before is not None
    forwards.close_links(by=SYSTEM, at=late)
    assert NumberRouting.objects.get().before is None


def test_what_was_removed_does_not_come_back_without_cooling_off(line: Line) -> None:
    line.add()
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    route_steps.remove_step(step=line.steps()[-1].id, by=line.by, at=AT + HOUR)
    route_steps.undo(number=line.offer.id, by=line.by, at=AT + HOUR)
    assert line.rings() == [OFFICE]
    assert line.steps()[-1].waits
    assert len(letters("forward-waits")) == 2


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("hello", "forward.unreadable"),
        ("+44207946099", "forward.invalid"),
        ("+44 909 879 0000", "forward.kind"),
        ("+44 843 000 0000", "forward.kind"),
        ("+44 808 157 0192", "forward.kind"),
        ("+870 773 111 632", "forward.no_country"),
        ("+1 212 555 0123", "forward.country_closed"),
        ("+44 7797 712345", "forward.country_closed"),
        ("+47 22 12 34 56", "forward.country_off"),
    ],
)
def test_what_earns_by_being_called_or_was_not_allowed_is_refused(line: Line, target: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        line.add(target)
    assert refused.value.code == code
    assert letters("forward-waits") == []


def test_a_call_never_goes_round_in_a_circle(line: Line) -> None:
    take_in_stock("+442079460990,,49.00,0,NOK,voice")
    other = number_of(uuid4())
    for target, code in ((line.offer.e164, "itself"), (other.e164, "house"), ("+442079460990", "house")):
        with pytest.raises(Refusal) as refused:
            line.add(target)
        assert refused.value.code == f"forward.{code}"


def test_a_country_is_allowed_with_a_letter_and_forbidden_at_once(line: Line, settings: Settings) -> None:
    assert letters("forward-country") == [{"country": "GB"}]
    forwards.allow_country(subject=line.subject, country="GB", by=line.by, at=AT)
    assert len(letters("forward-country")) == 1
    with pytest.raises(Refusal, match="Choose one of the list"):
        forwards.allow_country(subject=line.subject, country="US", by=line.by, at=AT)
    line.add()
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    version = line.version
    forwards.forbid_country(subject=line.subject, country="GB", by=line.by, at=AT + HOUR)
    assert (line.rings(), line.version) == ([OFFICE], version + 1)
    assert line.steps()[-1].why_not is WhyNot.COUNTRY_OFF
    assert [one.country for one in route_queries.countries_of(line.subject)] == list(
        settings.FORWARD_COUNTRIES
    )


@pytest.mark.parametrize(
    ("setting", "why"), [("FORWARD_COUNTRIES", WhyNot.COUNTRY_CLOSED), ("SIP_OUTBOUND", WhyNot.NO_TRUNK)]
)
def test_what_the_operator_takes_away_rings_no_more(
    line: Line, settings: Settings, setting: str, why: WhyNot
) -> None:
    line.add()
    forwards.begin(number=line.offer.id, by=SYSTEM, at=AT + HOUR)
    assert line.rings() == [OFFICE, LONDON]
    setattr(settings, setting, ())
    assert line.rings() == [OFFICE]
    assert line.steps()[-1].why_not is why
    with pytest.raises(Refusal):
        line.add("+442079460992")


def test_the_caps_of_the_operator_are_told(line: Line, settings: Settings) -> None:
    settings.FORWARDS_PER_MINUTE, settings.FORWARD_SECONDS_PER_DAY = 2, 600
    route, _e164, _version = queries.route_of(line.offer.id)
    assert route is not None
    assert (route.forwards_per_minute, route.forward_seconds_per_day) == (2, 600)


def test_an_operator_may_do_without_cooling_off(line: Line, settings: Settings) -> None:
    settings.FORWARD_COOLING_MINUTES = 0
    assert line.add() is True
    assert line.rings() == [OFFICE, LONDON]
    assert len(letters("forward-waits")) == 1
    assert Number.objects.get(pk=line.offer.id).route_version == line.version
