"""Where a customer's step may not lead, whatever it is called: to carriers, to this node, into private networks."""

from collections.abc import Iterator

import pytest

from ringfence.adapters.switch.control import ControlConnection
from ringfence.telephony.ports import Step, StepKind
from tests.calls.conftest import NUMBER, Edge, plan, ring, running_node
from tests.calls.sip_peers import Caller, Phone


@pytest.fixture(scope="module")
def outbound() -> Iterator[Phone]:
    """A carrier that takes calls for phone numbers."""
    with Phone(("127.0.0.5", 0)) as carrier:
        yield carrier


@pytest.fixture(scope="module")
def guarded(outbound: Phone) -> Iterator[Edge]:
    """A node that has this outbound carrier, and trunks of which one is elsewhere."""
    with running_node(outbound=(outbound.host,), trunks=("127.0.0.1", "192.0.2.0/28")) as edge:
        yield edge


@pytest.fixture
def edge(guarded: Edge, outbound: Phone) -> Edge:
    """One node for all of these tests."""
    guarded.begin()
    outbound.received.clear()
    return guarded


def to(uri: str) -> Step:
    """The step that rings a SIP address."""
    return Step(StepKind.SIP, uri, 1)


@pytest.mark.parametrize("host", ["127.0.0.5", "127.0.0.5;transport=udp"])
def test_a_step_that_leads_to_an_outbound_carrier_is_not_sent(
    edge: Edge, phone: Phone, outbound: Phone, carrier: Caller, host: str
) -> None:
    place, _, parameters = host.partition(";")
    uri = f"sip:+88213000001@{place}:{outbound.address[1]}" + (f";{parameters}" if parameters else "")
    edge.publishes(plan(to(uri), ring(phone)))
    assert carrier.call(NUMBER).status == 200
    assert not outbound.received
    assert len(phone.requests("INVITE")) == 1


def test_nobody_is_rung_by_a_plan_that_leads_to_a_carrier_alone(
    edge: Edge, outbound: Phone, carrier: Caller
) -> None:
    edge.publishes(plan(to(f"sip:+88213000001@{outbound.address[0]}:{outbound.address[1]}")))
    assert carrier.call(NUMBER).status == 480
    assert not outbound.received
    assert edge.switch.counters()["refused_places"] == 1
    assert [line.rang for line in edge.lines("ended")] == ["0"]


@pytest.mark.parametrize("host", ["10.0.0.7", "192.168.4.4", "169.254.169.254", "100.64.0.1", "192.0.2.3"])
def test_nothing_is_sent_to_private_networks_and_trunks(edge: Edge, carrier: Caller, host: str) -> None:
    edge.publishes(plan(to(f"sip:x@{host}")))
    assert carrier.call(NUMBER).status == 480
    assert edge.switch.counters()["refused_places"] == 1


def test_a_step_that_leads_back_to_the_node_is_not_sent(edge: Edge, carrier: Caller) -> None:
    edge.publishes(plan(to(f"sip:{NUMBER}@127.0.0.1:{edge.node.sip_port}")))
    assert carrier.call(NUMBER).status == 480
    assert edge.switch.counters()["refused_places"] == 1


def test_a_carrier_is_known_by_where_its_calls_went_too(phone: Phone) -> None:
    # Its name was not found when the node started.
    with Phone(("127.0.0.1", 0)) as paid, running_node(outbound=(paid.host,)) as edge:
        listed = edge.node.run_dir / "trunks.list"
        kept = [line for line in listed.read_text().splitlines() if not line.endswith(f" {paid.address[1]}")]
        listed.write_text("\n".join(kept) + "\n")
        with ControlConnection(edge.node.control) as control:
            control.ask("permissions.addressReload")
        edge.publishes(plan(Step(StepKind.FORWARD, "+442079460077", 1)), account="9f2c51d0")
        edge.publishes(plan(to(f"sip:+88213000001@127.0.0.1:{paid.address[1]}")), number="+442079460002")
        with Caller(edge.address) as caller:
            assert caller.call(NUMBER).status == 200
            assert caller.call("+442079460002").status == 480
        assert len(paid.requests("INVITE")) == 1
