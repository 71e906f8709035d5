"""A route as one line of text: what is written is read again, and what could mislead is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from ringfence.kernel.refusal import Refusal
from ringfence.telephony import routing
from ringfence.telephony.actions.routes import read_sip_address
from ringfence.telephony.ports import Destination, Route, RouteState

NUMBER = "+442079460001"

destinations = st.builds(
    Destination,
    st.sampled_from(
        ["sip:desk@pbx.example.com", "sip:192.0.2.7:5080;transport=tcp", "sip:+4420@[2001:db8::1]:5060"]
    ),
    st.integers(1, routing.MAX_RING_SECONDS),
)
routes = st.builds(
    Route,
    st.from_regex(r"\+[1-9][0-9]{3,14}", fullmatch=True),
    st.just(RouteState.IN_SERVICE),
    st.lists(destinations, max_size=routing.MAX_DESTINATIONS).map(tuple),
    st.integers(0, 2**40),
)


@given(routes)
def test_what_is_written_is_read_again(route: Route) -> None:
    assert routing.decode(route.e164, routing.encode(route)) == route


def test_the_written_form_stays_as_it_is() -> None:
    route = Route(NUMBER, RouteState.IN_SERVICE, (Destination("sip:desk@pbx.example.com", 25),), 7)
    assert routing.encode(route) == "1|in_service|7||25 sip:desk@pbx.example.com"
    assert routing.encode(Route(NUMBER, RouteState.QUARANTINE)) == "1|quarantine|0|"


def test_a_refused_number_hands_out_no_destination() -> None:
    route = Route(NUMBER, RouteState.SUSPENDED, (Destination("sip:desk@pbx.example.com", 25),), 7)
    assert routing.encode(route) == "1|suspended|7|"


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
        routing.encode(Route(NUMBER, RouteState.IN_SERVICE, (Destination(uri, 20),)))
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
        routing.encode(Route(NUMBER, RouteState.IN_SERVICE, (Destination("sip:a@example.com", seconds),)))


def test_more_destinations_than_the_switch_rings_are_refused() -> None:
    many = (Destination("sip:a@example.com", 20),) * (routing.MAX_DESTINATIONS + 1)
    with pytest.raises(ValueError, match="at most"):
        routing.encode(Route(NUMBER, RouteState.IN_SERVICE, many))


@given(st.text())
@pytest.mark.parametrize("prefix", ["", "1|in_service|7|", "2|in_service|7|", "1|lent|7|", "1|suspended|7||"])
def test_anything_else_is_not_read(prefix: str, rest: str) -> None:
    value = prefix + rest
    try:
        route = routing.decode(NUMBER, value)
    except ValueError:
        return
    assert routing.encode(route) == value


def test_a_route_does_not_show_where_it_leads() -> None:
    assert "desk" not in repr(
        Route(NUMBER, RouteState.IN_SERVICE, (Destination("sip:desk@example.com", 20),))
    )


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
