"""A route as one line of text: what is written is read again, and what could mislead is refused."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ringfence.kernel.refusal import Refusal
from ringfence.telephony import routing
from ringfence.telephony.actions.routes import read_sip_address
from ringfence.telephony.ports import PhoneAccount, Plan, Route, RouteState, Step, StepKind, Switchover
from ringfence.telephony.routing import single

NUMBER = "+442079460001"
MONDAY = datetime(2026, 11, 30, 8, tzinfo=UTC)
MAIL = Step(StepKind.MAIL, "", 0)

e164s = st.from_regex(r"\+[1-9][0-9]{3,14}", fullmatch=True)
seconds = st.integers(1, routing.MAX_RING_SECONDS)
uris = st.sampled_from(
    [
        "sip:desk@pbx.example.com",
        "sip:192.0.2.7:5080;transport=tcp",
        "sip:+4420@[2001:db8::1]:5060",
        "sip:a,b%20$(c)=~1@x.example",
    ]
)
names = st.from_regex(r"[a-z0-9]([a-z0-9._-]{0,20}[a-z0-9])?", fullmatch=True)
steps = st.one_of(
    st.builds(Step, st.just(StepKind.SIP), uris, seconds),
    st.builds(Step, st.just(StepKind.PHONE), names, seconds),
    st.builds(Step, st.just(StepKind.FORWARD), e164s, seconds),
)
plans = st.tuples(st.lists(steps, max_size=routing.MAX_STEPS - 1), st.sampled_from([(), (MAIL,)])).map(
    lambda parts: Plan((*parts[0], *parts[1]))
)


@st.composite
def routes(draw: st.DrawFn) -> Route:
    rung = tuple(draw(st.lists(plans, max_size=4)))
    moments = draw(st.lists(st.integers(10**9, 10**10 - 1), unique=True, max_size=8)) if rung else []
    return Route(
        draw(e164s),
        RouteState.IN_SERVICE,
        rung,
        draw(st.integers(0, 2**40)),
        timetable=tuple(
            Switchover(datetime.fromtimestamp(moment, UTC), draw(st.integers(0, len(rung) - 1)))
            for moment in sorted(moments)
        ),
        account=draw(st.sampled_from(["", "9f2c51d0", "0" * 32])),
        calls_at_once=draw(st.integers(1, 100)),
        account_calls_at_once=draw(st.integers(1, 1000)),
        stop_when_busy=draw(st.booleans()),
        forwards_per_minute=draw(st.integers(0, 100)),
        forward_seconds_per_day=draw(st.integers(0, 86400)),
    )


@given(routes())
def test_what_is_written_is_read_again(route: Route) -> None:
    assert routing.decode(route.e164, routing.encode(route)) == route


@given(st.sampled_from(StepKind), st.text(max_size=60) | st.text("s1>p0 f|+4m.:sip@,;", max_size=30))
def test_no_target_is_taken_for_anything_else(kind: StepKind, target: str) -> None:
    sip = Step(StepKind.SIP, "sip:desk@pbx.example.com", 20)
    route = Route(NUMBER, RouteState.IN_SERVICE, (Plan((sip, Step(kind, target, 5))), Plan((sip, MAIL))))
    try:
        value = routing.encode(route)
    except ValueError:
        return
    assert value.count("|") == 7
    assert routing.decode(NUMBER, value) == route


def test_the_written_form_stays_as_it_is() -> None:
    forward = Step(StepKind.FORWARD, "+442079460077", 30)
    day = Plan(
        (
            Step(StepKind.SIP, "sip:desk@pbx.example.com", 25),
            Step(StepKind.PHONE, "desk7", 20),
            forward,
        )
    )
    route = Route(
        NUMBER,
        RouteState.IN_SERVICE,
        (day, Plan((MAIL,))),
        7,
        timetable=(Switchover(MONDAY, 1), Switchover(MONDAY + timedelta(hours=8), 0)),
        account="9f2c51d0",
        stop_when_busy=True,
    )
    assert routing.encode(route) == (
        "2|in_service|7|9f2c51d0|10,30,1,6,7200|179602560001179605440000"
        "|s25>sip:desk@pbx.example.com p20>desk7 f30>+442079460077|m0>"
    )
    assert routing.encode(Route(NUMBER, RouteState.IN_SERVICE)) == "2|in_service|0||10,30,0,6,7200|"
    assert routing.encode(Route(NUMBER, RouteState.QUARANTINE)) == "2|quarantine|0"


@pytest.mark.parametrize("state", [RouteState.SUSPENDED, RouteState.QUARANTINE])
def test_a_refused_number_hands_out_no_destination(state: RouteState) -> None:
    route = Route(NUMBER, state, single("sip:desk@pbx.example.com", 25), 7, account="9f2c51d0")
    assert routing.encode(route) == f"2|{state}|7"


def test_two_weeks_of_four_switchovers_a_day_fit() -> None:
    long = tuple(Step(StepKind.SIP, f"sip:{'d' * 64}@{number}.{'p' * 60}.example", 30) for number in range(4))
    timetable = tuple(Switchover(MONDAY + timedelta(hours=6 * turn), turn % 4) for turn in range(14 * 4))
    route = Route(NUMBER, RouteState.IN_SERVICE, (Plan(long),) * 4, 7, timetable=timetable, account="a" * 32)
    value = routing.encode(route)
    assert len(value) < routing.MAX_LENGTH
    assert routing.decode(NUMBER, value) == route
    with pytest.raises(ValueError, match="longer"):
        routing.encode(replace(route, plans=(Plan(long),) * 9))


@pytest.mark.parametrize(
    ("value", "plans"),
    [
        ("1|in_service|7||25 sip:desk@pbx.example.com", single("sip:desk@pbx.example.com", 25)),
        ("1|in_service|7|", ()),
        ("1|suspended|7|", ()),
    ],
)
def test_the_format_before_this_one_is_still_read(value: str, plans: tuple[Plan, ...]) -> None:
    route = routing.decode(NUMBER, value)
    assert (route.plans, route.version, route.state.value) == (plans, 7, value.split("|")[1])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"plans": (Plan((MAIL, MAIL)),)}, "last"),
        ({"plans": (Plan((Step(StepKind.MAIL, "", 5),)),)}, "destination"),
        ({"plans": (Plan((Step(StepKind.PHONE, "-desk", 5),)),)}, "destination"),
        ({"plans": (Plan((Step(StepKind.FORWARD, "442079460077", 5),)),)}, "destination"),
        ({"timetable": (Switchover(MONDAY, 1),)}, "plan"),
        ({"timetable": (Switchover(MONDAY, -1),)}, "plan"),
        ({"timetable": (Switchover(MONDAY, 0),) * 2}, "follow"),
        ({"timetable": (Switchover(MONDAY.replace(tzinfo=None), 0),)}, "zone"),
        ({"timetable": (Switchover(MONDAY.replace(microsecond=1), 0),)}, "whole second"),
        ({"timetable": (Switchover(MONDAY.replace(year=1999), 0),)}, "follow"),
        ({"account": "9F2C51D0"}, "hexadecimal"),
        ({"account": "ola|nordmann"}, "hexadecimal"),
        ({"calls_at_once": 0}, "calls at once"),
        ({"account_calls_at_once": 0}, "calls at once"),
        ({"forwards_per_minute": -1}, "per minute"),
        ({"forward_seconds_per_day": -1}, "per day"),
        ({"version": -1}, "version"),
    ],
)
def test_what_the_switch_could_not_keep_to_is_refused(changes: dict[str, object], reason: str) -> None:
    route = Route(NUMBER, RouteState.IN_SERVICE, single("sip:desk@pbx.example.com", 25))
    with pytest.raises(ValueError, match=reason):
        routing.encode(replace(route, **changes))  # type: ignore[arg-type]


def test_a_switchover_may_be_told_in_any_zone() -> None:
    oslo = MONDAY.astimezone(timezone(timedelta(hours=1)))
    route = Route(
        NUMBER, RouteState.IN_SERVICE, single("sip:a@example.com", 5), timetable=(Switchover(oslo, 0),)
    )
    assert routing.decode(NUMBER, routing.encode(route)) == route


def test_a_phone_is_written_with_what_proves_its_password() -> None:
    account = PhoneAccount("desk7", "0" * 32, "9f2c51d0", 3)
    assert routing.encode_phone(account) == f"{'0' * 32}|9f2c51d0|3"
    assert "0" * 32 not in repr(account)
    assert "9f2c51d0" not in repr(account)
    for changes in ({"username": "a b"}, {"ha1": "secret"}, {"account": ""}, {"account": "x|y"}):
        with pytest.raises(ValueError, match="phone") as refusal:
            routing.encode_phone(replace(account, **changes))  # type: ignore[arg-type]
        assert "secret" not in str(refusal.value)


@pytest.mark.parametrize(
    "uri",
    [
        "sip:pbx.example.com",
        "sip:desk@pbx.example.com",
        "sip:+442079460001@192.0.2.7",
        "sip:desk.2_a%20b@[2001:db8::7]:5061",
        "sip:desk@pbx.example.com:5060;transport=tcp;user=phone",
    ],
)
def test_a_destination_may_be_rung(uri: str) -> None:
    assert routing.is_destination(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "pbx.example.com",
        "tel:+442079460001",
        "sips:desk@pbx.example.com",
        "sip:",
        "sip:@pbx.example.com",
        "sip:desk@",
        "sip:desk:secret@pbx.example.com",
        "sip:desk@pbx.example.com:0",
        "sip:desk@pbx.example.com:70000",
        "sip:desk@-pbx.example.com",
        "sip:desk@pbx..example.com",
        "sip:a|b@pbx.example.com",
        "sip:a b@pbx.example.com",
        "sip:desk@pbx.example.com\n",
        "sip:desk@pbx.example.com\r\nX: y",
        "sip:desk@pbx.example.com?Subject=x",
        "sip:desk@pbx.example.com;maddr=198.51.100.1",
        "sip:desk@pbx.example.com;lr",
        "<sip:desk@pbx.example.com>",
        "sip:dësk@pbx.example.com",
        "sip:desk@" + "a." * 125 + "example.com",
    ],
)
def test_a_destination_that_could_mislead_is_refused(uri: str) -> None:
    assert not routing.is_destination(uri)
    with pytest.raises(ValueError, match="destination") as refusal:
        routing.encode(Route(NUMBER, RouteState.IN_SERVICE, single(uri, 20)))
    assert not uri or uri not in str(refusal.value)


@pytest.mark.parametrize(
    "e164", ["", "442079460001", "+0442079460001", "+44 2079", "+44", "+" + "1" * 16, "+44207946٠٠٠١"]
)
def test_a_number_that_is_not_e164_is_refused(e164: str) -> None:
    with pytest.raises(ValueError, match="number"):
        routing.encode(Route(e164, RouteState.SUSPENDED))


@pytest.mark.parametrize("seconds", [0, -1, routing.MAX_RING_SECONDS + 1])
def test_ringing_has_bounds(seconds: int) -> None:
    with pytest.raises(ValueError, match="seconds"):
        routing.encode(Route(NUMBER, RouteState.IN_SERVICE, single("sip:a@example.com", seconds)))


def test_more_than_the_switch_rings_is_refused() -> None:
    step = Step(StepKind.SIP, "sip:a@example.com", 20)
    for many in ((Plan((step,) * (routing.MAX_STEPS + 1)),), (Plan(()),) * (routing.MAX_PLANS + 1)):
        with pytest.raises(ValueError, match=r"steps of a plan|at most"):
            routing.encode(Route(NUMBER, RouteState.IN_SERVICE, many))


@given(st.text())
@pytest.mark.parametrize(
    "prefix", ["", "1|in_service|7|", "2|in_service|7|", "3|in_service|7|", "2|lent|7", "1|suspended|7||"]
)
def test_anything_else_is_not_read(prefix: str, rest: str) -> None:
    value = prefix + rest
    try:
        route = routing.decode(NUMBER, value)
    except ValueError:
        return
    assert routing.encode(route) == value or value.startswith("1|")


def test_a_route_does_not_show_where_it_leads() -> None:
    assert "desk" not in repr(Route(NUMBER, RouteState.IN_SERVICE, single("sip:desk@example.com", 20)))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1:5432;transport=tcp",
        "10.1.2.3",
        "[::1]:5060",
        "169.254.169.254",
        "LOCALHOST.",
        "192.168.0.9",
    ],
)
def test_a_public_switch_rings_no_machine_inside(host: str, settings: Settings) -> None:
    if host.startswith(("127.", "[::1]", "LOCALHOST")):
        assert read_sip_address(f"a@{host}"), "a rehearsal on this machine may"
    settings.SIP_ADDRESS = "8.8.8.8"
    with pytest.raises(Refusal) as refusal:
        read_sip_address(f"a@{host}")
    assert refusal.value.code == "destination.internal"
    assert read_sip_address("a@8.8.4.4:5060;transport=tcp")
    assert read_sip_address("a@pbx.example")


@pytest.mark.parametrize(
    ("place", "address", "advertised"),
    [
        ("127.0.0.1:15060", "127.0.0.1", ""),
        ("localhost:15060;transport=tcp", "127.0.0.1", ""),
        ("127.0.0.2:15060", "0.0.0.0", ""),
        ("[::1]:15060", "127.0.0.1", ""),
        ("8.8.4.4:15060", "8.8.4.4", ""),
        ("SIP.shop.example.:15060", "8.8.4.4", "sip.shop.example"),
        ("sip.shop.example:5080", "8.8.4.4", "sip.shop.example:5080"),
    ],
)
def test_a_number_never_rings_at_the_switch_itself(
    place: str, address: str, advertised: str, settings: Settings
) -> None:
    settings.SIP_PORT, settings.SIP_ADVERTISED, settings.SIP_ADDRESS = 15060, advertised, address
    assert routing.is_itself(f"sip:a@{place}", address=address, port=15060, advertised=advertised)
    with pytest.raises(Refusal) as refusal:
        read_sip_address(f"a@{place}")
    assert refusal.value.code in {"destination.itself", "destination.internal"}


def test_another_port_or_host_is_not_the_switch_itself() -> None:
    for place in ("127.0.0.1:5070", "127.0.0.1", "pbx.example:15060", "192.0.2.7:15060"):
        assert not routing.is_itself(
            f"sip:a@{place}", address="127.0.0.1", port=15060, advertised="sip.shop.example:5080"
        )
