"""Calls to registered phones over the connection each has opened, and carriers that call over TLS."""

import dataclasses
import threading
from pathlib import Path

from ringfence.telephony.ports import Plan, Route, RouteState, Step, StepKind
from tests.calls.conftest import NUMBER, Edge
from tests.calls.sip_peers import Caller, Phone, wait_for
from tests.calls.tls_peers import TlsCaller, account_of, certificate_of, desk_phone

NAME = "k7w3m9x2qdzp"


def rings(edge: Edge, *steps: Step, number: str = NUMBER) -> None:
    """Publish that a number goes through these steps."""
    edge.switch.publish_phones([account_of(NAME)])
    edge.switch.publish([Route(number, RouteState.IN_SERVICE, (Plan(steps),))])


def test_a_call_rings_a_registered_phone_and_either_side_hangs_up(edge: Edge, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20))
    with desk_phone(edge, NAME) as phone:
        assert phone.register().status == 200
        call = carrier.call(NUMBER)
        assert call.status == 200
        assert wait_for(lambda: phone.requests("ACK"))
        invite = phone.requests("INVITE")[0]
        assert invite.first == f"INVITE {phone.uri} SIP/2.0"
        assert NAME not in "".join(answer.text() for answer in call.answers)
        assert carrier.hang_up(call) == 200
        assert [len(phone.requests(method)) for method in ("INVITE", "ACK", "BYE")] == [1, 1, 1]

        second = carrier.call(NUMBER)
        answer = []
        thread = threading.Thread(target=lambda: answer.append(phone.hang_up().status))
        thread.start()
        assert carrier.answer_bye(second)
        thread.join()
        assert answer == [200]


def test_a_phone_that_is_not_registered_is_passed(edge: Edge, phone: Phone, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20), Step(StepKind.SIP, phone.uri, 20))
    call = carrier.call(NUMBER)
    assert call.status == 200
    assert len(phone.requests("INVITE")) == 1
    carrier.hang_up(call)
    with desk_phone(edge, NAME) as registered:
        registered.register()
        registered.register(expires=0)
        assert carrier.call(NUMBER).status == 200
        assert not registered.requests("INVITE")


def test_a_phone_that_has_gone_without_a_word_is_passed(edge: Edge, phone: Phone, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20), Step(StepKind.SIP, phone.uri, 20))
    with desk_phone(edge, NAME) as registered:
        registered.register()
    assert carrier.call(NUMBER).status == 200
    assert len(phone.requests("INVITE")) == 1


def test_hanging_up_on_a_phone_that_has_gone_is_answered_in_our_words(edge: Edge, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20))
    with desk_phone(edge, NAME) as registered:
        registered.register()
        call = carrier.call(NUMBER)
        assert call.status == 200
    assert carrier.hang_up(call) == 481
    assert call.answers[-1].first == "SIP/2.0 481 Call Does Not Exist"


def test_an_app_that_sleeps_is_given_time_to_wake(edge: Edge, phone: Phone, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20), Step(StepKind.SIP, phone.uri, 20))
    with desk_phone(edge, NAME) as registered:
        registered.hesitates = 2.5
        registered.register()
        assert carrier.call(NUMBER).status == 200
        assert not phone.requests("INVITE")


def test_a_busy_phone_is_followed_by_the_next_step(edge: Edge, phone: Phone, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20), Step(StepKind.SIP, phone.uri, 20))
    with desk_phone(edge, NAME) as registered:
        registered.behaviour = "busy"
        registered.register()
        assert carrier.call(NUMBER).status == 200
        assert len(registered.requests("INVITE")) == 1


def test_a_phone_comes_after_a_step_that_failed(edge: Edge, phone: Phone, carrier: Caller) -> None:
    phone.behaviour = "busy"
    rings(edge, Step(StepKind.SIP, phone.uri, 20), Step(StepKind.PHONE, NAME, 20))
    with desk_phone(edge, NAME) as registered:
        registered.register()
        call = carrier.call(NUMBER)
        assert call.status == 200
        assert len(registered.requests("INVITE")) == 1
        assert carrier.hang_up(call) == 200


def test_all_devices_ring_until_one_answers(edge: Edge, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20))
    with desk_phone(edge, NAME) as first, desk_phone(edge, NAME) as second:
        first.behaviour, second.hesitates = "ring", 0.2
        first.register()
        second.register()
        call = carrier.call(NUMBER)
        assert call.status == 200
        assert wait_for(lambda: first.requests("CANCEL"))
        assert carrier.hang_up(call) == 200
        assert len(second.requests("BYE")) == 1


def test_a_withdrawn_phone_is_not_rung(edge: Edge, carrier: Caller) -> None:
    rings(edge, Step(StepKind.PHONE, NAME, 20))
    with desk_phone(edge, NAME) as phone:
        phone.register()
        edge.switch.withdraw_phones([NAME])
        assert carrier.call(NUMBER).status == 480
        assert not phone.requests("INVITE")


def test_a_carrier_calls_over_tls(edge: Edge, phone: Phone) -> None:
    edge.rings(phone)
    with TlsCaller(edge.tls_address) as carrier:
        call = carrier.call(NUMBER)
        assert call.status == 200
        assert carrier.hang_up(call) == 200
        second = carrier.call(NUMBER)
        thread = threading.Thread(target=phone.hang_up)
        thread.start()
        assert carrier.answer_bye(second)
        thread.join()
    with TlsCaller(edge.tls_address, ("127.0.0.2", 0)) as stranger:
        assert stranger.call(NUMBER, patience=0.4).status == 0


def test_a_carrier_shows_a_certificate_where_one_is_asked_for(
    edge: Edge, phone: Phone, tmp_path: Path
) -> None:
    right, wrong = (
        certificate_of("sip.carrier.example", tmp_path),
        certificate_of("sip.other.example", tmp_path),
    )
    authorities = tmp_path / "authorities.pem"
    authorities.write_bytes(right[0].read_bytes() + wrong[0].read_bytes())
    strange = certificate_of("sip.carrier.example", tmp_path / "strange")
    edge.stop()
    assert edge.node.tls
    tls = dataclasses.replace(edge.node.tls, trunk_names=("sip.carrier.example",), authorities=authorities)
    edge.node = dataclasses.replace(edge.node, tls=tls)
    edge.start()
    edge.rings(phone)
    for certificate, status in ((right, 200), (wrong, 0), (strange, 0), (None, 0)):
        with TlsCaller(edge.tls_address, certificate=certificate) as carrier:
            call = carrier.call(NUMBER, patience=2 if status else 0.4)
            assert call.status == status
            if status:
                assert carrier.hang_up(call) == 200
    assert edge.switch.counters()["unproven_trunks"] >= 3
    # A phone has no certificate, and needs none.
    edge.switch.publish_phones([account_of(NAME)])
    with desk_phone(edge, NAME) as registered:
        assert registered.register().status == 200
