"""The node itself: its configuration, its restart, its control socket."""

import stat
import subprocess
from pathlib import Path

import pytest

from ringfence.adapters.switch.dump import NoSuchTable, dump
from ringfence.adapters.switch.kamailio import KamailioSwitch, SipNode, prepare
from ringfence.telephony import routing
from ringfence.telephony.ports import Route, RouteState, SwitchUnavailable
from ringfence.telephony.routing import single
from tests.calls.conftest import NUMBER, Edge
from tests.calls.sip_peers import Caller, Phone, wait_for


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"advertised": "203.0.113.7"},
        {"advertised": "203.0.113.7:5060", "trunks": ("192.0.2.0/24", "2001:db8::/32", "198.51.100.9")},
        {"address": "::1", "trunks": ()},
        {"outbound": ("sip:192.0.2.7:5060;transport=tcp", "sip:carrier.example"), "calls_at_once": 1},
    ],
)
def test_the_configuration_is_accepted(tmp_path: Path, changes: dict[str, object]) -> None:
    node = SipNode(run_dir=tmp_path / "r", spool_dir=tmp_path / "s", sip_port=25160, **changes)  # type: ignore[arg-type]
    command = [word for word in prepare(node) if word not in {"-DD", "-E"}]
    result = subprocess.run([*command, "-c"], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "ERROR" not in result.stderr
    assert "WARNING" not in result.stderr


def test_a_restarted_node_has_its_routes_at_once(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    assert edge.stop() == 0
    edge.start()
    assert carrier.call(NUMBER).status == 200


def test_a_killed_node_has_its_routes_at_once(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    edge.kill()
    edge.start()
    assert carrier.call(NUMBER).status == 200


def test_what_is_published_while_the_node_is_down_holds_when_it_is_back(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    edge.kill()
    assert not edge.switch.healthy()
    with pytest.raises(SwitchUnavailable):
        edge.rings(phone)
    edge.start()
    assert edge.switch.healthy()
    assert carrier.call(NUMBER).status == 200


def test_a_call_that_is_up_can_be_ended_by_the_carrier_after_a_restart(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    edge.kill()
    edge.start()
    assert carrier.hang_up(call) == 200


@pytest.mark.parametrize("count", [3, 250])
def test_the_node_tells_what_it_holds(edge: Edge, count: int) -> None:
    plans = single("sip:desk@pbx.example.com;transport=tcp", 25)
    routes = [Route(f"+4420794{number:05}", RouteState.IN_SERVICE, plans, 7) for number in range(count)]
    edge.switch.publish(routes)
    edge.switch.publish(routes)
    assert edge.switch.routes() == {route.e164: routing.encode(route) for route in routes}
    edge.switch.withdraw([route.e164 for route in routes[1:]])
    assert edge.switch.routes() == {routes[0].e164: routing.encode(routes[0])}


def test_a_refusal_to_tell_is_no_empty_table(edge: Edge) -> None:
    assert dump(edge.node.run_dir, "did00") == {}
    with pytest.raises(NoSuchTable):
        dump(edge.node.run_dir, "nothing")


def test_nothing_changes_when_one_route_cannot_be_written(edge: Edge, phone: Phone) -> None:
    good = Route(NUMBER, RouteState.IN_SERVICE, single(phone.uri, 20))
    bad = Route("+442079460002", RouteState.IN_SERVICE, single("sip:a|b@example.com", 20))
    with pytest.raises(ValueError, match="destination"):
        edge.switch.publish([good, bad])
    assert edge.switch.routes() == {}


@pytest.mark.promise("2.9")
def test_a_withdrawn_destination_is_in_no_file(edge: Edge) -> None:
    distinct = "sip:canary-desk@pbx.example.com"
    edge.switch.publish([Route(NUMBER, RouteState.IN_SERVICE, single(distinct, 20))])
    files = [path for path in edge.node.run_dir.iterdir() if path.is_file()]
    assert any(b"canary-desk" in path.read_bytes() for path in files)
    edge.switch.withdraw([NUMBER])
    files = [path for path in edge.node.run_dir.iterdir() if path.is_file()]
    assert not any(b"canary-desk" in path.read_bytes() for path in files)


def test_what_the_node_keeps_is_its_owners_alone(edge: Edge, phone: Phone) -> None:
    edge.rings(phone)
    for directory in (edge.node.run_dir, edge.node.spool_dir):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(edge.node.control.stat().st_mode) == 0o600
    assert not list(edge.node.run_dir.glob("reply-*"))


def test_a_node_that_was_never_started_is_unavailable(tmp_path: Path) -> None:
    switch = KamailioSwitch(SipNode(run_dir=tmp_path / "none", spool_dir=tmp_path, sip_port=25161))
    assert not switch.healthy()
    for ask in (
        switch.routes,
        switch.counters,
        lambda: switch.publish([]),
        lambda: switch.withdraw([NUMBER]),
    ):
        with pytest.raises(SwitchUnavailable):
            ask()


def test_a_flood_from_strangers_leaves_calls_alone(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    assert call.final is not None
    with Caller(edge.address, ("127.0.0.2", 0)) as stranger:
        junk = call.invite.text().replace("\n", "\r\n").replace(call.invite.one("to"), "<sip:x@y>;tag=z")
        for _ in range(1500):
            stranger.throw(f"{junk}\r\n\r\n".encode())
        assert wait_for(lambda: edge.switch.counters()["floods"] > 0)
        assert carrier.call(NUMBER, patience=2).status == 200
