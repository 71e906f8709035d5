"""Calls through a real node: who is rung, who is refused, and what each side sees."""

import re
import subprocess
import threading

import pytest

from ringfence.telephony.ports import Outcome, Route, RouteState
from ringfence.telephony.routing import single
from tests.calls.conftest import NUMBER, Edge
from tests.calls.sip_peers import (
    FAULTY_PHRASE,
    PHONE_SOFTWARE,
    Behaviour,
    Caller,
    Phone,
    place_with_sipp,
    wait_for,
)

UNKNOWN = "+442079460555"
SOFTWARE = re.compile(r"kamailio|openser|sip-router|opensips|\bser\b|examplesoft|carriersoft", re.IGNORECASE)


def test_a_call_reaches_the_published_destination(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    assert call.status == 200
    assert carrier.hang_up(call) == 200
    assert wait_for(lambda: phone.requests("ACK"))
    assert [len(phone.requests(method)) for method in ("INVITE", "ACK", "BYE")] == [1, 1, 1]
    invite = phone.requests("INVITE")[0]
    assert invite.first == f"INVITE {phone.uri} SIP/2.0"
    assert NUMBER in invite.one("to")
    assert edge.switch.counters()["placed_calls"] == 1


@pytest.mark.parametrize("dialled", [NUMBER, NUMBER[1:], f"00{NUMBER[1:]}"])
def test_a_number_is_found_however_the_carrier_writes_it(
    edge: Edge, phone: Phone, carrier: Caller, dialled: str
) -> None:
    edge.rings(phone)
    assert carrier.call(dialled).status == 200


def test_the_far_end_may_hang_up_though_it_is_no_carrier(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    answer = []
    thread = threading.Thread(target=lambda: answer.append(phone.hang_up().status))
    thread.start()
    assert carrier.answer_bye(call)
    thread.join()
    assert answer == [200]


def test_a_changed_destination_is_used_by_the_next_call(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone, version=1)
    with Phone(("127.0.0.3", 0)) as other:
        edge.rings(other, version=2)
        edge.rings(phone, version=1)  # An older version that arrives late changes nothing.
        assert carrier.call(NUMBER).status == 200
        assert other.requests("INVITE")
    assert not phone.received


@pytest.mark.parametrize(
    ("route", "status", "counter"),
    [
        (None, 404, "unknown_numbers"),
        (Route(NUMBER, RouteState.SUSPENDED), 403, "suspended_numbers"),
        (Route(NUMBER, RouteState.QUARANTINE), 410, "quarantined_numbers"),
        (Route(NUMBER, RouteState.IN_SERVICE), 480, "unplaceable_calls"),
    ],
)
def test_a_number_that_does_not_ring_is_refused_with_its_reason(
    edge: Edge, carrier: Caller, route: Route | None, status: int, counter: str
) -> None:
    if route:
        edge.switch.publish([route])
    assert carrier.call(NUMBER).status == status
    assert edge.switch.counters()[counter] == 1
    # Nobody's number is nobody's data; a number in service that rings nowhere is its customer's.
    assert [call.outcome for call in edge.take_in()] == ([Outcome.NOWHERE] if status == 480 else [])


def test_a_suspended_number_no_longer_rings_its_destination(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    edge.rings(phone)
    edge.switch.publish([Route(NUMBER, RouteState.SUSPENDED, single(phone.uri, 20))])
    assert carrier.call(NUMBER).status == 403
    assert not phone.received


def test_a_withdrawn_number_is_unknown(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    edge.switch.withdraw([NUMBER])
    edge.switch.withdraw([NUMBER])
    assert carrier.call(NUMBER).status == 404


@pytest.mark.parametrize(
    "dialled", ["anonymous", "1", "+1234567890123456789", "%2B442079460001", "44207'%20or"]
)
def test_what_is_no_number_is_unknown(edge: Edge, carrier: Caller, dialled: str) -> None:
    assert carrier.call(dialled).status == 404


@pytest.mark.parametrize(
    ("behaviour", "status"), [("busy", 486), ("decline", 603), ("fault", 480), ("silent", 480), ("ring", 480)]
)
def test_the_carrier_hears_how_the_destination_answered(
    edge: Edge, phone: Phone, carrier: Caller, behaviour: Behaviour, status: int
) -> None:
    phone.behaviour = behaviour
    edge.rings(phone, seconds=1)
    call = carrier.call(NUMBER)
    assert call.status == status
    assert call.final is not None
    assert FAULTY_PHRASE not in call.final.first


def test_a_caller_who_gives_up_stops_the_ringing(edge: Edge, phone: Phone, carrier: Caller) -> None:
    phone.behaviour = "ring"
    edge.rings(phone)
    call = carrier.call(NUMBER, patience=0.5)
    assert call.status == 0
    carrier.cancel(call)
    assert call.status == 487
    assert wait_for(lambda: phone.requests("CANCEL"))


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "REGISTER", "MESSAGE", "BYE", "SUBSCRIBE"])
def test_a_stranger_is_met_with_silence_and_counted(edge: Edge, phone: Phone, method: str) -> None:
    edge.rings(phone)
    with Caller(edge.address, ("127.0.0.2", 0)) as stranger:
        assert stranger.ask(method, NUMBER, patience=0.4).answers == []
    assert edge.switch.counters()["strangers"] == 1
    assert not phone.received


def test_a_stranger_cannot_speak_into_a_call(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    assert call.final is not None
    with Caller(edge.address, ("127.0.0.2", 0)) as stranger:
        forged = call.invite.text().replace("INVITE", "BYE").replace("\n", "\r\n")
        forged = forged.replace("call-id: ", "call-id: not").replace("content-length", "x-length")
        to = call.final.one("to")
        forged = re.sub(r"\nto: [^\r]*", lambda _: f"\nto: {to}\r\nRoute: <sip:{phone.uri[4:]};lr>", forged)
        stranger.throw(f"{forged}\r\nContent-Length: 0\r\n\r\n".encode())
        assert wait_for(lambda: edge.switch.counters()["strangers"] == 1)
    assert not phone.requests("BYE")
    assert carrier.hang_up(call) == 200


def test_what_is_no_message_harms_nothing(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    secret = "442079460777"
    for junk in (
        b"\0" * 200,
        f"INVITE sip:{secret}@x SIP/2.0\r\n\r\n".encode(),
        f"INVITE sip:{secret}@127.0.0.1 SIP/2.0\r\nVia: {secret}\r\nFrom: <{secret}\r\n\r\n".encode(),
        f"INVITE {secret} SIP/9.9\r\nCSeq: {secret} INVITE\r\nContent-Length: -5\r\n\r\n".encode(),
        b"SIP/2.0 200 OK\r\n\r\n",
    ):
        carrier.throw(junk)
    assert carrier.call(NUMBER, patience=2).status == 200
    assert secret not in edge.log.read_text(errors="replace")


@pytest.mark.promise("2.7")
def test_no_message_names_any_software(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone, seconds=1)
    seen = []
    for behaviour in ("answer", "busy", "fault", "ring"):
        phone.behaviour = behaviour
        call = carrier.call(NUMBER)
        if call.status == 200:
            carrier.hang_up(call)
        seen += call.answers
    seen += carrier.call(UNKNOWN).answers
    for method in ("OPTIONS", "REGISTER", "MESSAGE", "INFO"):
        seen += carrier.ask(method).answers
    seen += phone.received
    assert len(seen) > 20
    for message in seen:
        assert not SOFTWARE.search(message.text()), message.first
        assert not {"server", "user-agent", "warning"} & {name for name, _ in message.headers}
    assert any(PHONE_SOFTWARE in answer.text() for answer in phone.answered)


def test_neither_side_learns_the_other_sides_address(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    call = carrier.call(NUMBER)
    for answer in call.answers:
        assert "127.0.0.3" not in answer.text()
    routing = [
        value
        for name, value in phone.requests("INVITE")[0].headers
        if name in {"via", "contact", "record-route"}
    ]
    assert len(routing) == 4
    assert not any(f":{carrier.address[1]}" in value for value in routing)


@pytest.mark.parametrize(
    "headers",
    [
        (("P-Asserted-Identity", "<sip:+442079460888@carrier.example>"), ("Privacy", "id")),
        (("P-Preferred-Identity", "<sip:+442079460888@carrier.example>"), ("Privacy", "user;id")),
        (("Remote-Party-ID", "<sip:+442079460888@carrier.example>;party=calling;privacy=full"),),
    ],
)
def test_a_withheld_number_is_not_handed_on_by_another_header(
    edge: Edge, phone: Phone, carrier: Caller, headers: tuple[tuple[str, str], ...]
) -> None:
    edge.rings(phone)
    carrier.call(NUMBER, caller="anonymous", extra=headers)
    assert "442079460888" not in phone.requests("INVITE")[0].text()


def test_sipp_places_a_call(edge: Edge, phone: Phone) -> None:
    edge.rings(phone)
    result: subprocess.CompletedProcess[str] = place_with_sipp(
        edge.address, NUMBER, caller="+442079460321", local_port=0
    )
    assert result.returncode == 0, result.stderr
    begun, ended = edge.records(2)
    assert begun.call_id == ended.call_id
    assert ended.caller == "+442079460321"


def test_giving_up_a_call_that_is_not_there_is_answered(
    shared_edge: Edge,
) -> None:
    with Caller(shared_edge.address) as carrier:
        assert carrier.ask("CANCEL", NUMBER).status == 481
