"""Steps of a number: in their order, changed, undone, and what the switch is told of them."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.inventory import Personal, declared_fields
from ringfence.telephony import queries, route_queries
from ringfence.telephony.actions import numbers, phones, route_settings, route_steps, routes
from ringfence.telephony.actions.route_ground import Wanted
from ringfence.telephony.models import ForwardCountry, NumberRouting, RouteStep
from ringfence.telephony.opening_hours import Hours, Interval
from ringfence.telephony.ports import Plan, Step, StepKind
from ringfence.telephony.route_rules import MOST_STEPS, PlanName
from ringfence.telephony.routing import decode, encode
from tests.world import AT, SYSTEM, number_of, rings_at

pytestmark = pytest.mark.django_db(databases=["default", "keys"])
OPEN, CLOSED = PlanName.OPEN, PlanName.CLOSED
MAIL = Wanted(StepKind.MAIL)


def sip(name: str, seconds: int = 20) -> Wanted:
    return Wanted(StepKind.SIP, f"{name}@pbx.example", ring_seconds=seconds)


class Line:
    """A number in service and the customer who has it."""

    def __init__(self) -> None:
        self.subject = uuid4()
        self.by = Actor.customer(self.subject)
        self.offer = number_of(self.subject)

    def add(self, wanted: Wanted, plan: PlanName = OPEN, *, is_first: bool = False) -> None:
        """Add a step."""
        route_steps.add_step(
            number=self.offer.id, plan=plan, wanted=wanted, is_first=is_first, by=self.by, at=AT
        )

    def chain(self, plan: PlanName = OPEN) -> list[str]:
        """Return what the switch rings, in order."""
        route, _e164, _version = queries.route_of(self.offer.id)
        assert route is not None
        assert decode(route.e164, encode(route)) == route
        steps = route.plans[0 if plan is OPEN else 1].steps
        return [step.target.removeprefix("sip:").partition("@")[0] or step.kind.value for step in steps]

    def steps(self, plan: PlanName = OPEN) -> list[UUID]:
        """Return the steps as they are edited."""
        return [step.id for step in route_queries.routing_of(self.subject, self.offer.id, AT).plan(plan)]


@pytest.fixture
def line() -> Line:
    return Line()


def test_steps_ring_in_their_order_and_the_letter_comes_last(line: Line) -> None:
    line.add(sip("one"))
    line.add(MAIL)
    line.add(sip("two", 45))
    assert line.chain() == ["one", "two", "mail"]
    line.add(sip("zero"), is_first=True)
    route, _e164, version = queries.route_of(line.offer.id)
    assert route is not None
    assert route.plans == (
        Plan(
            (
                Step(StepKind.SIP, "sip:zero@pbx.example", 20),
                Step(StepKind.SIP, "sip:one@pbx.example", 20),
                Step(StepKind.SIP, "sip:two@pbx.example", 45),
                Step(StepKind.MAIL, "", 0),
            )
        ),
    )
    assert version == 5
    assert [found for chunk in queries.routes() for found in chunk] == [route]


def test_steps_are_moved_by_one_and_never_behind_the_letter(line: Line) -> None:
    for name in ("one", "two", "three"):
        line.add(sip(name))
    line.add(MAIL)
    one, two, three, mail = line.steps()
    route_steps.move_step(step=three, up=True, by=line.by, at=AT)
    assert line.chain() == ["one", "three", "two", "mail"]
    for step, up in ((one, True), (two, False), (mail, True)):
        route_steps.move_step(step=step, up=up, by=line.by, at=AT)
    assert line.chain() == ["one", "three", "two", "mail"]


def test_a_step_is_changed_and_removed(line: Line) -> None:
    line.add(sip("one"))
    line.add(sip("two"))
    one, two = line.steps()
    route_steps.change_step(step=one, wanted=sip("uno", 60), by=line.by, at=AT)
    assert line.chain() == ["uno", "two"]
    route_steps.remove_step(step=one, by=line.by, at=AT)
    assert line.chain() == ["two"]
    with pytest.raises(Refusal, match="in the meantime"):
        route_steps.remove_step(step=one, by=line.by, at=AT)
    route_steps.change_step(step=two, wanted=MAIL, by=line.by, at=AT)
    assert line.chain() == ["mail"]


def test_a_registered_phone_is_rung_by_its_user_name(line: Line) -> None:
    phone = phones.add(subject=line.subject, name="Desk", by=line.by, at=AT)
    line.add(Wanted(StepKind.PHONE, phone=phone.phone, ring_seconds=20))
    assert line.chain() == [phone.username]
    with pytest.raises(Refusal, match="rings this phone"):
        phones.remove(phone=phone.phone, by=line.by, at=AT)
    other = phones.add(subject=uuid4(), name="Desk", by=SYSTEM, at=AT)
    with pytest.raises(Refusal, match="one of your phones"):
        line.add(Wanted(StepKind.PHONE, phone=other.phone, ring_seconds=20))


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (sip("a b"), "destination.unreadable"),
        (sip("one", 4), "step.ring_seconds"),
        (sip("one", 121), "step.ring_seconds"),
        (Wanted(StepKind.PHONE, ring_seconds=20), "step.phone"),
        (Wanted(StepKind.FORWARD, "+4721000000", ring_seconds=20), "forward.no_trunk"),
    ],
)
def test_a_step_that_cannot_ring_is_refused_with_a_reason(line: Line, wanted: Wanted, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        line.add(wanted)
    assert refused.value.code == code
    assert line.chain() == []


def test_a_chain_has_an_end(line: Line) -> None:
    line.add(MAIL)
    with pytest.raises(Refusal, match="one is enough"):
        line.add(MAIL)
    for number in range(MOST_STEPS - 1):
        line.add(sip(f"n{number}"))
    with pytest.raises(Refusal, match="Remove one first"):
        line.add(sip("more"))


def test_only_the_holder_changes_a_number_and_only_while_it_is_in_service(line: Line) -> None:
    line.add(sip("one"))
    (step,) = line.steps()
    stranger = Actor.customer(uuid4())
    with pytest.raises(Refusal, match="not yours"):
        route_steps.remove_step(step=step, by=stranger, at=AT)
    assert route_queries.routing_of(stranger.person or uuid4(), line.offer.id, AT).open == ()
    numbers.suspend(number=line.offer.id, reason="abuse", by=SYSTEM, at=AT)
    with pytest.raises(Refusal, match="not in service"):
        route_steps.remove_step(step=step, by=line.by, at=AT)


def test_opening_hours_make_two_plans_and_a_timetable(line: Line) -> None:
    line.add(sip("office"))
    line.add(MAIL, CLOSED)
    route, _e164, _version = queries.route_of(line.offer.id)
    assert route is not None
    assert (len(route.plans), route.timetable) == (1, ())
    hours = Hours("Europe/Oslo", ((Interval(540, 1020),),) * 7, "NO")
    route_settings.set_hours(number=line.offer.id, hours=hours, by=line.by, at=AT)
    route, _e164, _version = queries.route_of(line.offer.id)
    assert route is not None
    assert (line.chain(), line.chain(CLOSED)) == (["office"], ["mail"])
    assert [entry.plan for entry in route.timetable[:3]] == [1, 0, 1]
    assert route.timetable[-1].until > AT + timedelta(days=14)
    assert decode(route.e164, encode(route)) == route
    route_settings.set_hours(number=line.offer.id, hours=None, by=line.by, at=AT)
    route, _e164, _version = queries.route_of(line.offer.id)
    assert route is not None
    assert route.timetable == ()


def test_two_weeks_are_always_ahead_and_a_route_does_not_follow_the_clock(line: Line) -> None:
    hours = Hours("Europe/Oslo", ((Interval(540, 1020),),) * 7)
    route_settings.set_hours(number=line.offer.id, hours=hours, by=line.by, at=AT)
    before, _e164, version = queries.route_of(line.offer.id)
    assert route_settings.count_timetables(by=SYSTEM, at=AT + timedelta(hours=5)) == 0
    assert queries.route_of(line.offer.id)[0] == before
    tomorrow = AT + timedelta(days=1)
    assert route_settings.count_timetables(by=SYSTEM, at=tomorrow) == 1
    assert route_settings.count_timetables(by=SYSTEM, at=tomorrow) == 0
    route, _e164, newer = queries.route_of(line.offer.id)
    assert route is not None
    assert newer == version + 1
    assert route.timetable[-1].until >= tomorrow + timedelta(days=14)


def test_limits_and_the_account_are_told_and_a_customer_may_want_less(line: Line) -> None:
    other = number_of(line.subject)
    route_settings.set_answering(
        number=line.offer.id, stop_when_busy=True, calls_at_once=2, by=line.by, at=AT
    )
    route, _e164, _version = queries.route_of(line.offer.id)
    usual, _e164, _version = queries.route_of(other.id)
    assert route is not None
    assert usual is not None
    assert (route.stop_when_busy, route.calls_at_once) == (True, 2)
    assert (usual.stop_when_busy, usual.calls_at_once, usual.account_calls_at_once) == (False, 20, 60)
    assert route.account == usual.account != ""
    assert str(line.subject) not in route.account
    with pytest.raises(Refusal, match="1 to 20"):
        route_settings.set_answering(
            number=line.offer.id, stop_when_busy=True, calls_at_once=21, by=line.by, at=AT
        )


def test_the_last_change_is_undone_for_an_hour(line: Line) -> None:
    line.add(sip("one"))
    line.add(sip("two"))
    one, two = line.steps()
    route_steps.remove_step(step=one, by=line.by, at=AT)
    assert route_queries.routing_of(line.subject, line.offer.id, AT).can_undo
    assert not route_queries.routing_of(line.subject, line.offer.id, AT + timedelta(hours=2)).can_undo
    route_steps.undo(number=line.offer.id, by=line.by, at=AT)
    assert (line.chain(), line.steps()) == (["one", "two"], [one, two])
    with pytest.raises(Refusal, match="nothing left"):
        route_steps.undo(number=line.offer.id, by=line.by, at=AT)
    routes.clear_destination(number=line.offer.id, by=line.by, at=AT)
    route_steps.undo(number=line.offer.id, by=line.by, at=AT)
    assert line.chain() == ["one", "two"]
    line.add(sip("three"))
    route_steps.undo(number=line.offer.id, by=line.by, at=AT)
    assert line.chain() == ["one", "two"]


def test_hours_and_busy_come_back_too(line: Line) -> None:
    hours = Hours("Europe/Oslo", ((Interval(540, 1020),),) * 7)
    route_settings.set_hours(number=line.offer.id, hours=hours, by=line.by, at=AT)
    route_settings.set_hours(number=line.offer.id, hours=None, by=line.by, at=AT)
    route_steps.undo(number=line.offer.id, by=line.by, at=AT)
    assert route_queries.routing_of(line.subject, line.offer.id, AT).hours == hours
    assert queries.number_of(line.subject, line.offer.public_id).has_hours  # type: ignore[union-attr] # it is there


def test_a_number_at_rest_keeps_nothing_of_its_customer(line: Line) -> None:
    line.add(sip("one"))
    route_settings.set_answering(
        number=line.offer.id, stop_when_busy=True, calls_at_once=2, by=line.by, at=AT
    )
    numbers.rest(number=line.offer.id, by=SYSTEM, at=AT)
    assert not RouteStep.objects.exists()
    assert not NumberRouting.objects.exists()


@pytest.mark.promise("1.2")
@pytest.mark.parametrize("model", [RouteStep, NumberRouting, ForwardCountry])
def test_every_field_says_where_it_comes_from(model: type[RouteStep]) -> None:
    declared = [one for one in declared_fields(model).values() if isinstance(one, Personal)]
    assert declared
    assert all(one.source and one.purpose and one.basis and (one.label or one.plain) for one in declared)


def test_a_thousand_numbers_are_put_together_with_a_handful_of_questions(
    django_assert_max_num_queries: object,
) -> None:
    for _number in range(5):
        subject = uuid4()
        rings_at(number_of(subject), subject, "a@pbx.example")
    with django_assert_max_num_queries(6):  # type: ignore[operator] # pytest-django's
        assert len([route for chunk in queries.routes() for route in chunk]) == 5
