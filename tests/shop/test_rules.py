"""The shop's decisions: the state table as a machine, windows against the law, money that goes back once."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal
from ringfence.shop.refund_rules import RefundEvent, RefundStep, move_refund
from ringfence.shop.rules import (
    FIRST_STATE,
    HOLD,
    HOLDS_THE_NUMBER,
    MOVES,
    OrderEvent,
    OrderState,
    Window,
    WindowRule,
    amount_owed,
    cancellation_window,
    diagram,
    hold_ends_at,
    move,
    price,
    refund_amount,
)
from ringfence.shop.vat_rules import EEA

MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2036, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
COUNTRIES = st.sampled_from(["NO", "SE", "DE", "IS", "BG", "GB", "US", "EG", "ZZ"])
ZONES = st.sampled_from(
    ["Europe/Oslo", "Europe/Sofia", "America/New_York", "Africa/Cairo", "Pacific/Kiritimati"]
)


PAYS = {OrderEvent.PAYMENT_CONFIRMED, OrderEvent.NUMBER_STILL_FREE, OrderEvent.EQUAL_OFFERED}


class OrderLife(RuleBasedStateMachine):
    """Any events in any order: money that came in is delivered for or owed back, and goes back once."""

    def __init__(self) -> None:
        """Begin with an order that is held and unpaid."""
        super().__init__()
        self.state = FIRST_STATE
        self.paid = False
        self.refunds = 0

    @rule(event=st.sampled_from(OrderEvent))
    def happen(self, event: OrderEvent) -> None:
        """Move where the table moves, and refuse everywhere else."""
        if (self.state, event) not in MOVES:
            with pytest.raises(Refusal) as refused:
                move(self.state, event)
            assert refused.value.code == "order.cannot_move"
            return
        self.state = move(self.state, event)
        self.paid |= event in PAYS
        self.refunds += event is OrderEvent.REFUND

    @invariant()
    def a_refund_follows_a_payment_and_comes_once(self) -> None:
        """Money goes back once, and only money that came in."""
        assert self.refunds == (self.state is OrderState.REFUNDED)
        assert not self.refunds or self.paid

    @invariant()
    def paid_money_is_never_forgotten(self) -> None:
        """Whoever paid is in a state that knows it."""
        kept = {OrderState.PAID, OrderState.ACTIVE, OrderState.CANCELLED, OrderState.REFUNDED}
        kept |= {OrderState.CHOOSING, OrderState.ENDED, OrderState.CHARGED_BACK}
        assert self.paid == (self.state in kept)

    @invariant()
    def only_the_paid_are_active(self) -> None:
        """Nothing is delivered unpaid."""
        assert self.state is not OrderState.ACTIVE or self.paid


TestOrderLife = OrderLife.TestCase


def test_every_state_is_reached_and_every_event_used() -> None:
    reached, waiting = {FIRST_STATE}, [FIRST_STATE]
    while waiting:
        state = waiting.pop()
        for target in {to for (from_, _), to in MOVES.items() if from_ is state} - reached:
            reached.add(target)
            waiting.append(target)
    assert reached == set(OrderState)
    assert {event for _, event in MOVES} == set(OrderEvent)


def test_an_order_that_let_its_number_go_takes_it_back_only_while_it_is_free() -> None:
    for (state, event), target in MOVES.items():
        if state not in HOLDS_THE_NUMBER and event not in {OrderEvent.NUMBER_STILL_FREE, OrderEvent.CHOOSE}:
            assert target not in HOLDS_THE_NUMBER


@settings(deadline=None)
@given(st.lists(st.sampled_from(RefundEvent), max_size=30))
def test_a_refund_that_is_settled_stays_settled(events: list[RefundEvent]) -> None:
    step = RefundStep.OWED
    for event in events:
        after = move_refund(step, event)
        if step in {RefundStep.DONE, RefundStep.VOID}:
            assert after is None
        if event is RefundEvent.FAILED:
            assert after in {RefundStep.OWED, None}
        step = after or step


def test_the_diagram_shows_every_move_once() -> None:
    lines = diagram().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    [*] --> held" in lines
    assert "    refunded --> [*]" in lines
    for (state, event), target in MOVES.items():
        assert lines.count(f"    {state} --> {target}: {event}") == 1
    assert diagram() == diagram()


def test_the_table_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        MOVES[OrderState.HELD, OrderEvent.GIVE_UP] = OrderState.PAID  # type: ignore[index]  # the point


@settings(deadline=None)
@given(MOMENTS)
def test_a_hold_is_ten_minutes(held_at: datetime) -> None:
    assert hold_ends_at(held_at) - held_at == HOLD == timedelta(minutes=10)


@settings(deadline=None)
@given(provided_at=MOMENTS, country=COUNTRIES, consumer=st.booleans(), zone=ZONES)
def test_a_window_is_never_shorter_than_the_law_and_the_policy(
    provided_at: datetime,
    country: str,
    *,
    consumer: bool,
    zone: str,
) -> None:
    window = cancellation_window(provided_at=provided_at, country=country, consumer=consumer, time_zone=zone)
    business = cancellation_window(provided_at=provided_at, country=country, consumer=False, time_zone=zone)
    assert window.ends_at >= business.ends_at
    assert window.ends_at - provided_at >= timedelta(days=2, hours=-1)
    assert window.is_open(provided_at)
    assert window.is_open(window.ends_at - timedelta(microseconds=1))
    assert not window.is_open(window.ends_at)
    local_end = window.ends_at.astimezone(ZoneInfo(zone))
    if consumer and country in EEA:
        assert window.rule is WindowRule.FOURTEEN_DAYS_EEA
        local_day = provided_at.astimezone(ZoneInfo(zone)).date()
        assert local_end.date() >= local_day + timedelta(days=15)
    else:
        assert window.rule is WindowRule.TWO_WORKING_DAYS
        assert window.article == "6.1"


@settings(deadline=None)
@given(
    provided_at=MOMENTS,
    later=st.timedeltas(timedelta(0), timedelta(days=30)),
    country=COUNTRIES,
    consumer=st.booleans(),
    zone=ZONES,
)
def test_a_later_service_never_ends_earlier(
    provided_at: datetime,
    later: timedelta,
    country: str,
    *,
    consumer: bool,
    zone: str,
) -> None:
    first, second = (
        cancellation_window(provided_at=at, country=country, consumer=consumer, time_zone=zone)
        for at in (provided_at, provided_at + later)
    )
    assert first.ends_at <= second.ends_at


def test_christmas_in_norway_for_a_business() -> None:
    window = cancellation_window(
        provided_at=datetime(2026, 12, 23, 12, tzinfo=UTC),
        country="NO",
        consumer=False,
        time_zone="Europe/Oslo",
    )
    assert window == Window(datetime(2026, 12, 28, 23, tzinfo=UTC), WindowRule.TWO_WORKING_DAYS, "6.1")


def test_fourteen_days_that_end_on_a_holiday_end_after_it() -> None:
    window = cancellation_window(
        provided_at=datetime(2026, 12, 11, 12, tzinfo=UTC),
        country="NO",
        consumer=True,
        time_zone="Europe/Oslo",
    )
    assert window.ends_at == datetime(2026, 12, 28, 23, tzinfo=UTC)


@settings(deadline=None)
@given(st.integers(1, 10**9), st.data())
def test_refunds_add_up_to_what_was_paid_and_never_more(paid_minor: int, data: st.DataObject) -> None:
    at = datetime(2026, 2, 2, tzinfo=UTC)
    window = Window(at + timedelta(days=1), WindowRule.TWO_WORKING_DAYS, "6.1")
    paid = Money(paid_minor, "NOK")
    already = Money(data.draw(st.integers(0, paid_minor - 1)), "NOK")
    back = refund_amount(paid=paid, refunded=already, window=window, at=at)
    assert already + back == paid
    with pytest.raises(Refusal) as refused:
        refund_amount(paid=paid, refunded=already + back, window=window, at=at)
    assert refused.value.code == "order.nothing_to_refund"
    with pytest.raises(Refusal) as refused:
        refund_amount(paid=paid, refunded=already, window=window, at=window.ends_at)
    assert refused.value.code == "order.window_closed"
    assert amount_owed(paid=paid, refunded=already) == back


def test_the_price_of_a_norwegian_number() -> None:
    found = price(Money(5900, "NOK"), Decimal(25))
    assert (found.vat, found.gross) == (Money(1475, "NOK"), Money(7375, "NOK"))
    assert len(EEA) == 30
    assert {"IS", "LI", "NO"} < EEA
    assert not {"CH", "GB"} & EEA
