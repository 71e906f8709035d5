"""Odd messages are understood, broken ones harm nobody, and neither leaves a caller behind."""

import re
import uuid
from collections.abc import Iterator
from itertools import count

import pytest

from tests.calls.conftest import NUMBER, Edge
from tests.calls.odd_messages import ANSWERS, HARMLESS, REFUSED, VALID
from tests.calls.sip_messages import Address, Message
from tests.calls.sip_peers import Call, Caller, Phone, wait_for
from tests.calls.tls_peers import RegisteredPhone, TlsCaller, account_of, desk_phone

SECRET = "442079460777"
_numbers = count(10)
SOFTWARE = re.compile(r"kamailio|openser|sip-router|\bser\b|registrar", re.IGNORECASE)


class Odd:
    """A carrier that sends odd messages to a node, on which one number rings one phone."""

    def __init__(self, edge: Edge, phone: Phone, carrier: Caller) -> None:
        """Publish the number."""
        self.edge, self.phone, self.carrier = edge, phone, carrier
        # A number for each test: those of the calls that stay up count against it.
        self.number = f"+4420794600{next(_numbers):02}"
        edge.rings(phone, number=self.number)

    def write(self, template: str, address: Address | None = None) -> bytes:
        """Fill a template in."""
        host, port = address or self.carrier.address
        _, _, body = template.partition("\n\n")
        text = template.format(
            host=host,
            port=port,
            edge=f"{self.edge.address[0]}:{self.edge.address[1]}",
            length=len(body.replace("\n", "\r\n")),
            number=self.number,
            digits=self.number[1:],
            caller=f"+{SECRET}",
            id=uuid.uuid4().hex,
            long="verylong" * 30,
        )
        return text.replace("\n", "\r\n").encode()

    def send(self, template: str, patience: float) -> Call:
        """Send a message and collect what comes back, until a final answer or for so long."""
        data = self.write(template)
        call = Call(Message.parse(data, self.carrier.address), [])
        self.carrier.throw(data)
        self.carrier.listen(call, until=lambda: finals(call) != [], patience=patience)
        return call

    def rang(self) -> int:
        """How many calls the phone was rung for."""
        return len({invite.one("call-id") for invite in self.phone.requests("INVITE")})


def finals(call: Call) -> list[int]:
    return [answer.status for answer in call.answers if answer.status >= 200]


@pytest.fixture
def odd(shared_edge: Edge) -> Iterator[Odd]:
    """Ends with a call that works, a node that still runs, and a log that names no caller."""
    with Phone(("127.0.0.3", 0)) as phone, Caller(shared_edge.address) as carrier:
        odd = Odd(shared_edge, phone, carrier)
        yield odd
        before = odd.rang()
        with Caller(shared_edge.address) as ordinary:
            call = ordinary.call(odd.number, patience=2)
            assert call.status == 200
            assert ordinary.hang_up(call) == 200
        assert odd.rang() == before + 1
    assert shared_edge.running
    assert SECRET not in shared_edge.log.read_text(errors="replace")


def says_nothing(answers: list[Message]) -> None:
    for answer in answers:
        assert not SOFTWARE.search(answer.text()), answer.text()
        assert not {"server", "user-agent", "warning"} & {name for name, _ in answer.headers}


@pytest.mark.parametrize("kind", VALID)
def test_what_is_odd_and_right_is_a_call_like_any_other(odd: Odd, kind: str) -> None:
    call = odd.send(VALID[kind], patience=2)
    assert finals(call) == [200], [answer.first for answer in call.answers]
    assert odd.rang() == 1
    says_nothing(call.answers)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_broken_is_no_call(odd: Odd, kind: str) -> None:
    call = odd.send(REFUSED[kind], patience=0.15)
    assert odd.rang() == 0
    assert not [status for status in finals(call) if status < 400 or status in {500, 503}], finals(call)
    says_nothing(call.answers)


@pytest.mark.parametrize("kind", HARMLESS)
def test_what_some_take_and_some_do_not_harms_nobody(odd: Odd, kind: str) -> None:
    call = odd.send(HARMLESS[kind], patience=0.3)
    assert odd.rang() <= 1
    assert not {500, 503} & set(finals(call)), finals(call)
    says_nothing(call.answers)


@pytest.mark.parametrize("kind", ANSWERS)
def test_an_answer_that_nobody_asked_for_goes_nowhere(odd: Odd, kind: str) -> None:
    call = odd.send(ANSWERS[kind], patience=0.1)
    assert call.answers == []


def test_a_reason_of_odd_characters_and_none_at_all_are_passed_on_as_ours(odd: Odd) -> None:
    """3.1.1.12 and 3.1.1.13: what the phone says for a reason is not what the carrier hears."""
    for phrase in ("= 2**3 * 5 ** 2 но сто девяносто девять", ""):
        odd.phone.busy_phrase = phrase
        odd.phone.behaviour = "busy"
        call = odd.carrier.call(odd.number, patience=2)
        assert (call.status, call.final and call.final.first) == (486, "SIP/2.0 486 Busy Here")
    odd.phone.behaviour = "answer"


@pytest.mark.parametrize("kind", ["negative length", "too short", "two lengths", "a target that never ends"])
def test_a_broken_stream_harms_no_other_connection(odd: Odd, kind: str) -> None:
    with TlsCaller(odd.edge.tls_address) as broken, TlsCaller(odd.edge.tls_address) as whole:
        broken._link.sendto(odd.write(REFUSED[kind], broken.address), None)
        call = whole.call(odd.number, patience=2)
        assert call.status == 200
        assert whole.hang_up(call) == 200
    odd.phone.received.clear()


AUTHORIZATIONS = {
    # 3.3.7: a scheme that nobody knows.
    "unknown scheme": 'NobodyKnowsThis opaque-data=here, "more"',
    "open quotation mark": 'Digest username="k7w3m9x2qdzp, realm="localhost',
    "nothing": "Digest",
    "numbers": 'Digest username="k7w3m9x2qdzp", realm="localhost", nonce="%n%n", uri="x", response="0"',
    "long": 'Digest username="'
    + "k" * 2000
    + '", realm="localhost", nonce="x", uri="x", response="'
    + "0" * 32
    + '"',
    "two names": 'Digest username="k7w3m9x2qdzp", username="x", realm="localhost", nonce="x", uri="x", response="x"',
}
CONTACTS = {
    # 3.1.2.13, 3.3.12 and 3.3.13
    "headers": "<sip:user@example.com?Route=%3Csip:sip.example.com%3E>",
    "open": "<sip:user@example.com",
    "unknown parameters": "<sip:user@127.0.0.5:7>;unknownparam=1",
    "everybody": "*",
    "an address of many": "<sip:" + "u" * 700 + "@127.0.0.5>",
    "nothing": "<>",
    "another scheme": "<tel:+442079460222>",
}


def test_broken_proofs_and_contacts_register_nobody(odd: Odd) -> None:
    username = "k7w3m9x2qdzp"
    odd.edge.switch.publish_phones([account_of(username)])
    seen = []
    with desk_phone(odd.edge, username) as phone:
        for kind, proof in AUTHORIZATIONS.items():
            answer = phone.try_register(proof=proof)
            assert answer.status in {400, 401}, kind
            seen.append(answer)
        assert odd.edge.switch.registered([username]) == frozenset()
        for kind, contact in CONTACTS.items():
            answer = phone.register(contact=contact)
            assert answer.status in {200, 400}, kind
            seen.append(answer)
            assert phone.register(expires=0, contact="*").status == 200
        assert phone.register().status == 200
    says_nothing(seen)


def test_a_flood_is_cut_off_and_calls_go_on(edge: Edge, phone: Phone, carrier: Caller) -> None:
    edge.rings(phone)
    username = "k7w3m9x2qdzp"
    edge.switch.publish_phones([account_of(username)])
    call = carrier.call(NUMBER)
    assert call.final is not None
    junk = call.invite.text().replace("\n", "\r\n").replace(call.invite.one("to"), "<sip:x@y>;tag=z")
    data = f"{junk}\r\n\r\n".encode()
    with Caller(edge.address, ("127.0.0.5", 0)) as stranger, desk_phone(edge, username) as blocked:
        for _ in range(1500):
            stranger.throw(data)
        wait_for(lambda: edge.switch.counters()["floods"] > 0)
        # Whoever shares the flooding address is not heard either; all others are.
        with pytest.raises(TimeoutError):
            blocked.try_register(patience=0.3)
        for _ in range(10):
            second = carrier.call(NUMBER, patience=1)
            assert second.status == 200
            assert carrier.hang_up(second) == 200
            for _ in range(50):
                stranger.throw(data)
        counted = edge.switch.counters()
        assert counted["floods"] > 1000
        # The flood is over, and in a few seconds so is the silence.
        assert wait_for(lambda: heard(blocked), patience=8)


def heard(phone: RegisteredPhone) -> bool:
    try:
        return phone.try_register(patience=0.3).status == 401
    except TimeoutError:
        return False
