"""Inside a call each side speaks to the other and to nobody else, also when the node has died meanwhile."""

import time
from collections.abc import Iterator

import pytest

from tests.calls.conftest import NUMBER, Edge, running_node
from tests.calls.sip_messages import Message
from tests.calls.sip_peers import Call, Caller, Phone, wait_for


@pytest.fixture(scope="module")
def standing() -> Iterator[Edge]:
    """One node for all tests here that leave it alive."""
    with running_node() as edge:
        yield edge


@pytest.fixture
def victim() -> Iterator[Phone]:
    """Somebody who has nothing to do with the call."""
    with Phone(("127.0.0.7", 0)) as victim:
        yield victim


def up(edge: Edge, phone: Phone, caller: Caller, extra: tuple[tuple[str, str], ...] = ()) -> Call:
    """A call that the phone has answered."""
    edge.rings(phone)
    call = caller.call(NUMBER, extra=extra)
    assert call.status == 200
    wait_for(lambda: phone.requests("ACK"))
    return call


def answers(phone: Phone, method: str) -> list[int]:
    """The final answers that a phone got to what it asked."""
    return [m.status for m in phone.received if m.status >= 200 and m.method == method]


@pytest.mark.parametrize("method", ["INVITE", "INFO", "BYE"])
def test_the_called_side_has_nothing_sent_elsewhere(
    standing: Edge, phone: Phone, victim: Phone, method: str
) -> None:
    with Caller(standing.address) as caller:
        call = up(standing, phone, caller)
        carrier = f"sip:carrier@127.0.0.1:{caller.address[1]}"
        phone.say(method, uri=victim.uri)
        phone.say(method, uri=carrier.replace("carrier@", "+88213000001@"))
        phone.say(method, uri=f"{carrier};alias={victim.address[0]}~{victim.address[1]}~1")
        phone.say(method, uri=f"{carrier};maddr={victim.address[0]}")
        wait_for(lambda: answers(phone, method) == [481] * 4)
        phone.say(method, beyond=(f"<{victim.host};lr>",))
        wait_for(lambda: answers(phone, method) == [481] * 5)
        assert not victim.received
        caller.listen(call, until=lambda: False, patience=0.1)
        assert not [m for m in call.answers if not m.status]


def test_the_called_side_begins_nothing_else_within_a_call(standing: Edge, phone: Phone) -> None:
    with Caller(standing.address) as caller:
        up(standing, phone, caller)
        for method in ("REFER", "NOTIFY", "MESSAGE"):
            phone.say(method)
            wait_for(lambda method=method: answers(phone, method) == [405])  # type: ignore[misc]


def test_who_is_not_a_carrier_does_not_speak_for_one(standing: Edge, phone: Phone) -> None:
    with Caller(standing.address) as caller, Caller(standing.address, ("127.0.0.2", 0)) as stranger:
        call = up(standing, phone, caller)
        overheard = Call(call.invite, list(call.answers))
        stranger.say(overheard, "BYE", 5)
        stranger.listen(overheard, until=lambda: False, patience=0.2)
        assert not phone.requests("BYE")


def test_a_side_that_moves_is_followed(standing: Edge, phone: Phone) -> None:
    with Caller(standing.address) as caller, Caller(standing.address) as moved:
        call = up(standing, phone, caller)
        with Phone(("127.0.0.3", 0)) as elsewhere:
            phone.say("UPDATE", contact=elsewhere.uri)
            caller.listen(call, until=lambda: any(not m.status for m in call.answers), patience=3)
            update = next(m for m in call.answers if not m.status)
            # What the carrier calls the phone from now on is in that request.
            renewed = Call(call.invite, [with_contact(call, update.one("contact"))])
            moved.say(renewed, "BYE", 7)
            wait_for(lambda: elsewhere.requests("BYE"))


def with_contact(call: Call, contact: str) -> Message:
    """The final answer of a call as if it had come with another contact."""
    assert call.final
    headers = tuple((n, contact if n == "contact" else v) for n, v in call.final.headers)
    return type(call.final)(call.final.first, headers, call.final.body, call.final.source)


def test_proxies_that_put_themselves_into_the_call_stay_in_it(edge: Edge, phone: Phone) -> None:
    with Phone(("127.0.0.4", 0)) as proxy, Caller(edge.address) as caller:
        edge.rings(phone)
        assert caller.call(NUMBER, extra=(("Record-Route", f"<{proxy.host};lr>"),)).status == 200
        phone.say("INFO")
        wait_for(lambda: proxy.requests("INFO"))
        edge.kill()
        edge.start()
        phone.say("BYE")
        wait_for(lambda: proxy.requests("BYE"))
        phone.behind = proxy.host
        edge.rings(phone, number="+442079460002", version=2)
        call = caller.call("+442079460002")
        wait_for(lambda: proxy.requests("ACK"))
        caller.hang_up(call)
        assert len(proxy.requests("BYE")) == 2


def restarted(edge: Edge, phone: Phone, caller: Caller, extra: tuple[tuple[str, str], ...] = ()) -> Call:
    """A call that is up, at a node that has died and knows nothing of it."""
    call = up(edge, phone, caller, extra)
    edge.kill()
    edge.start()
    return call


def test_the_called_side_hangs_up_after_the_node_has_died(
    edge: Edge, phone: Phone, carrier: Caller, victim: Phone
) -> None:
    call = restarted(edge, phone, carrier)
    strangers = edge.switch.counters()["strangers"]
    phone.say("BYE", change=lambda route: route.replace(";mk=", ";mk=0"))
    wait_for(lambda: edge.switch.counters()["strangers"] == strangers + 1)
    phone.say("BYE", uri=victim.uri)
    phone.say("BYE", beyond=(f"<{victim.host};lr>",))
    wait_for(lambda: answers(phone, "BYE") == [481] * 2)
    phone.say("BYE")
    assert carrier.answer_bye(call)
    wait_for(lambda: answers(phone, "BYE") == [481, 481, 200])
    assert not victim.received


def test_a_carrier_may_only_end_what_the_node_no_longer_knows(
    edge: Edge, phone: Phone, carrier: Caller
) -> None:
    call = restarted(edge, phone, carrier)
    carrier.say(call, "INVITE", 2)
    carrier.listen(call, until=lambda: any(m.status == 481 for m in call.answers), patience=2)
    assert call.answers[-1].status == 481
    assert len(phone.requests("INVITE")) == 1
    assert carrier.hang_up(call) == 200


WITHHELD = (("Privacy", "id"), ("P-Asserted-Identity", "<sip:+442079460999@carrier.example>"))


@pytest.mark.promise("2.8")
@pytest.mark.parametrize(
    "extra",
    [WITHHELD, (("Remote-Party-ID", "<sip:+442079460999@c.example>;privacy=full"),), (("Privacy", "user"),)],
)
def test_a_withheld_number_is_told_the_called_side_nowhere(
    standing: Edge, phone: Phone, extra: tuple[tuple[str, str], ...]
) -> None:
    with Caller(standing.address) as caller:
        call = up(standing, phone, caller, extra)
        assert call.final
        assert call.final.one("from") == call.invite.one("from")
        caller.say(call, "INFO", 2)
        wait_for(lambda: phone.requests("INFO"))
        phone.say("INFO")
        caller.listen(call, until=lambda: any(not m.status for m in call.answers), patience=3)
        (asked,) = [m for m in call.answers if not m.status]
        assert asked.one("to") == call.invite.one("from")
        assert caller.hang_up(call) == 200
        anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag='
        assert {m.one("from").startswith(anonymous) for m in phone.received if not m.status} == {True}
        assert not [m for m in phone.received if "442079460999" in m.text()]


@pytest.mark.promise("2.8")
def test_a_withheld_number_stays_so_when_the_node_has_died(edge: Edge, phone: Phone, carrier: Caller) -> None:
    call = restarted(edge, phone, carrier, WITHHELD)
    assert carrier.hang_up(call) == 200
    time.sleep(0.05)
    assert len(phone.requests("BYE")) == 1
    assert not [m for m in phone.received if "442079460999" in m.text()]
