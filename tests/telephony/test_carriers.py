"""A carrier's host is no destination: there every number could be called, past the guard of forwards."""

from uuid import uuid4

import pytest
from pytest_django import Settings

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import queries, route_queries
from ringfence.telephony.actions import route_steps
from ringfence.telephony.actions.route_ground import Wanted
from ringfence.telephony.forwarding import WhyNot
from ringfence.telephony.node_contents import made_with
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_rules import PlanName
from ringfence.telephony.targets import read_sip_address
from tests.world import AT, number_of, rings_at

OUTBOUND = ("sip:Out.carrier.example:5070;transport=tcp", "sip:8.8.4.4", "sip:[2001:4860::9]")


@pytest.fixture
def carrier(settings: Settings) -> None:
    """Carriers by name and by address, and one that calls from a network."""
    settings.SIP_OUTBOUND = OUTBOUND
    settings.SIP_TRUNKS = ("127.0.0.1/32", "9.9.9.0/24", "2620:fe::/48")
    settings.SIP_TLS_TRUNK_NAMES = ("in.carrier.example",)


@pytest.mark.usefixtures("carrier")
@pytest.mark.parametrize(
    "host",
    [
        "out.carrier.example",
        "OUT.carrier.example.:5099",
        "out.carrier.example;transport=udp;user=phone",
        "in.carrier.example",
        "8.8.4.4",
        "8.8.4.4:5090",
        "[::ffff:8.8.4.4]",
        "[2001:4860:0::9]:5060",
        "9.9.9.200",
        "[2620:fe::1]",
    ],
)
def test_a_carriers_host_is_no_destination(host: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_sip_address(f"sip:+88299900123@{host}")
    assert refused.value.code in {"destination.carrier", "destination.internal"}
    assert refused.value.code == "destination.carrier" or "ffff" in host


@pytest.mark.usefixtures("carrier")
@pytest.mark.parametrize("host", ["134743044", "0x08080404", "8.8.1028", "010.8.4.4", "out.0x7f"])
def test_an_address_written_so_that_it_is_not_recognised_is_refused(host: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_sip_address(f"a@{host}")
    assert refused.value.code == "destination.unreadable"


@pytest.mark.usefixtures("carrier")
def test_others_are_let_through() -> None:
    for host in ("pbx.example", "carrier.example", "8.8.8.8", "9.9.8.1:5070", "127.0.0.1:5099"):
        assert read_sip_address(f"a@{host}") == f"sip:a@{host}"


def test_on_a_developers_machine_the_port_tells_a_carrier_from_a_phone(settings: Settings) -> None:
    settings.SIP_OUTBOUND, settings.SIP_TRUNKS = ("sip:127.0.0.1:5098",), ("127.0.0.1/32",)
    for host in ("127.0.0.1:5098", "localhost:5098", "LOCALHOST.:5098;transport=tcp"):
        with pytest.raises(Refusal, match="belongs to a carrier"):
            read_sip_address(f"a@{host}")
    for host in ("127.0.0.1:5099", "localhost:5099", "127.0.0.2:5098"):
        assert read_sip_address(f"a@{host}")


@pytest.mark.django_db(databases=["default", "keys"])
def test_a_step_that_has_become_a_carriers_is_left_out_and_the_page_says_why(settings: Settings) -> None:
    subject = uuid4()
    number = number_of(subject)
    rings_at(number, subject, "+88299900123@out.carrier.example")
    wanted = Wanted(StepKind.SIP, "desk@pbx.example", ring_seconds=20)
    route_steps.add_step(
        number=number.id, plan=PlanName.OPEN, wanted=wanted, by=Actor.customer(subject), at=AT
    )
    before = made_with()
    settings.SIP_OUTBOUND = OUTBOUND
    route, _e164, _version = queries.route_of(number.id)
    assert route is not None
    assert [step.target for step in route.plans[0].steps] == ["sip:desk@pbx.example"]
    steps = route_queries.routing_of(subject, number.id, AT).open
    assert [step.why_not for step in steps] == [WhyNot.CARRIER, None]
    settings.SIP_OUTBOUND, settings.SIP_TRUNKS = (), ("9.9.9.0/24",)
    assert made_with() != before, "a node learns of it when it starts"
