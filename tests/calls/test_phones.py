"""Customers' phones register over TLS, and only so; whoever guesses finds out nothing."""

import re
import secrets
import socket
import ssl
import time
from contextlib import ExitStack
from itertools import count

import pytest

from tests.calls.conftest import Edge
from tests.calls.sip_messages import Message
from tests.calls.sip_peers import wait_for
from tests.calls.tls_peers import PASSWORD, RegisteredPhone, TlsCaller, account_of

_places = count(1)


class Desk:
    """A customer's phone at a node that other tests use too: a name and an address that nobody else has."""

    def __init__(self, edge: Edge) -> None:
        """Publish the phone."""
        self.edge, self.switch = edge, edge.switch
        self.name, self.nobody = secrets.token_hex(6), secrets.token_hex(6)
        self.address = f"127.0.5.{next(_places)}"
        self.switch.publish_phones([account_of(self.name)])

    def phone(self, name: str = "", password: str = PASSWORD, address: str = "") -> RegisteredPhone:
        """Return the phone, or another at its place."""
        source = (address or self.address, 0)
        return RegisteredPhone(
            source, edge=self.edge.tls_address, username=name or self.name, password=password
        )

    def counted(self, counter: str) -> int:
        """Return what the node has counted."""
        return self.switch.counters()[counter]

    def is_registered(self) -> bool:
        """Whether the node can ring the phone."""
        return self.switch.registered([self.name, self.nobody]) == {self.name}


@pytest.fixture
def desk(shared_edge: Edge) -> Desk:
    """A phone that may register."""
    return Desk(shared_edge)


def test_a_phone_registers_refreshes_and_leaves(desk: Desk) -> None:
    assert not desk.is_registered()
    with desk.phone() as phone:
        assert phone.try_register().status == 401
        answer = phone.register(expires=3600)
        assert answer.status == 200
        assert "expires=600" in answer.one("contact")
        assert desk.is_registered()
        assert phone.try_register(proof=phone.proof()).status == 200
        assert phone.register(expires=0).status == 200
        assert not desk.is_registered()


def test_a_registration_ends_by_itself(desk: Desk) -> None:
    with desk.phone() as phone:
        assert phone.register(expires=2).status == 200
        assert desk.is_registered()
        wait_for(lambda: not desk.is_registered(), patience=4)


def test_a_registration_ends_with_its_connection(desk: Desk) -> None:
    with desk.phone() as phone:
        assert phone.register(expires=60).status == 200
    wait_for(lambda: not desk.is_registered(), patience=15)


def test_a_phone_that_asks_for_too_little_is_told_the_least(desk: Desk) -> None:
    with desk.phone() as phone:
        answer = phone.register(expires=1)
    assert (answer.status, answer.one("min-expires")) == (423, "2")


def test_a_wrong_password_and_a_name_that_nobody_has_look_the_same(desk: Desk) -> None:
    before, answers = desk.counted("failed_registrations"), []
    for username in (desk.name, desk.nobody):
        with desk.phone(username, "a-wrong-one") as phone:
            answers.append(phone.register())
    assert [answer.status for answer in answers] == [401, 401]
    assert shape(answers[0]) == shape(answers[1])
    assert "stale" not in answers[0].text()
    assert desk.counted("failed_registrations") == before + 2


def shape(answer: Message) -> str:
    """What a stranger can compare of an answer: all but its random parts and what is his own."""
    text = re.sub(r'nonce="[^"]*"', "", answer.text())
    return re.sub(r"(?m)^(via|from|to|call-id|cseq): .*$", r"\1", text)


def test_both_take_the_same_time(desk: Desk) -> None:
    """A digest is computed for both: what is left is far below what a network lets anybody measure."""
    medians = []
    for username in (desk.name, desk.nobody):
        times = []
        with desk.phone(username, "a-wrong-one") as phone:
            phone.take_challenge(phone.try_register())
            for _ in range(15):
                proof, began = phone.proof(), time.perf_counter()
                phone.try_register(proof=proof)
                times.append(time.perf_counter() - began)
        medians.append(sorted(times)[7])
    assert abs(medians[0] - medians[1]) < 0.02


def test_nobody_registers_as_somebody_else(desk: Desk) -> None:
    other = Desk(desk.edge)
    with other.phone() as phone:
        # The right proof of one phone, in the name of the other.
        assert phone.register(username=desk.name).status == 401
    assert not desk.is_registered()
    assert not other.is_registered()


def test_what_was_overheard_is_good_for_nothing(desk: Desk) -> None:
    before = desk.counted("failed_registrations")
    with desk.phone() as phone:
        phone.take_challenge(phone.try_register())
        proof = phone.proof()
        assert phone.try_register(proof=proof).status == 200
        replayed = phone.try_register(proof=proof)
        assert replayed.status == 401
        assert "stale=true" in replayed.one("www-authenticate")
        # Without counting, a nonce is good once.
        phone.take_challenge(replayed)
        old = phone.proof(counting=False)
        assert phone.try_register(proof=old).status == 200
        assert phone.try_register(proof=old).status == 401
    assert desk.counted("failed_registrations") == before


def test_a_password_is_guessed_a_few_times_and_no_more(desk: Desk) -> None:
    before = desk.counted("banned_registrations")
    with desk.phone(password="a-wrong-one") as guesser:
        guesser.take_challenge(guesser.try_register())
        for _ in range(20):
            assert guesser.try_register(proof=guesser.proof()).status == 401
        with pytest.raises(TimeoutError):
            guesser.try_register(proof=guesser.proof(), patience=0.4)
    assert desk.counted("banned_registrations") == before + 1
    # Another phone at the same place is heard.
    other = Desk(desk.edge)
    with other.phone(address=desk.address) as phone:
        assert phone.register().status == 200


def test_an_address_that_tries_many_names_is_heard_no_more(desk: Desk) -> None:
    with desk.phone(password="a-wrong-one") as scanner:
        scanner.take_challenge(scanner.try_register())
        for _ in range(50):
            scanner.username = secrets.token_hex(6)
            assert scanner.try_register(proof=scanner.proof()).status == 401
        with pytest.raises(TimeoutError):
            scanner.try_register(patience=0.4)
    with desk.phone(address="127.0.6.1") as phone:
        assert phone.register().status == 200


def test_a_customer_registers_a_few_devices_and_no_more(desk: Desk) -> None:
    with ExitStack() as open_ones:
        answers = [open_ones.enter_context(desk.phone()).register() for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 503]
    assert answers[3].one("retry-after") == "60"


def test_a_device_that_changes_its_network_stays_one_device(desk: Desk) -> None:
    with ExitStack() as open_ones:
        first = open_ones.enter_context(desk.phone())
        assert first.register().status == 200
        for _ in range(4):
            again = desk.phone()
            again.call_id, again.sequence = first.call_id, first.sequence + 10
            first = open_ones.enter_context(again)
            answer = first.register()
            assert answer.status == 200
            assert answer.one("contact").count("sip:") == 1


@pytest.mark.parametrize(("kind", "transport"), [(socket.SOCK_DGRAM, "UDP"), (socket.SOCK_STREAM, "TCP")])
def test_without_tls_a_phone_is_met_with_silence(desk: Desk, kind: socket.SocketKind, transport: str) -> None:
    with socket.socket(socket.AF_INET, kind) as link, desk.phone() as phone:
        link.bind((desk.address, 0))
        link.connect(desk.edge.address)
        link.settimeout(0.4)
        link.send(phone.registration(expires=60, transport=transport))
        with pytest.raises(TimeoutError):
            link.recv(4096)


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE"])
def test_over_tls_only_a_registration_at_our_own_name_is_heard(desk: Desk, method: str) -> None:
    before = desk.counted("strangers")
    with TlsCaller(desk.edge.tls_address, (desk.address, 0)) as stranger:
        # A scan knows the address, and not the name.
        assert stranger.ask(method, desk.name, patience=0.3).answers == []
    assert desk.counted("strangers") == before + 1


def test_a_registered_phone_places_no_calls(desk: Desk) -> None:
    with desk.phone() as phone:
        assert phone.register().status == 200
        for method, status in (("INVITE", 403), ("OPTIONS", 200), ("SUBSCRIBE", 405), ("MESSAGE", 405)):
            phone.received.clear()
            phone.ask(f"{method} sip:+442079460001@localhost SIP/2.0")
            assert wait_for(lambda: [m.status for m in phone.received if m.status]) == [status], method


def test_a_withdrawn_phone_and_a_changed_password_end_what_was_registered(desk: Desk) -> None:
    with desk.phone() as phone:
        assert phone.register().status == 200
        desk.switch.publish_phones([account_of(desk.name)])
        assert desk.is_registered()
        desk.switch.publish_phones([account_of(desk.name, "the-next-password", version=2)])
        assert not desk.is_registered()
        assert phone.register().status == 401
        assert phone.register(password="the-next-password").status == 200
        desk.switch.withdraw_phones([desk.name])
        assert not desk.is_registered()
        assert phone.register(password="the-next-password").status == 401


@pytest.mark.promise("2.7")
def test_no_answer_to_a_phone_names_any_software(desk: Desk) -> None:
    seen = []
    with ExitStack() as open_ones:
        for _ in range(4):
            phone = open_ones.enter_context(desk.phone())
            phone.register()
            phone.register(expires=1)
            phone.register(password="a-wrong-one")
            phone.register(contact="<sip:broken")
            seen += phone.received
    assert {200, 400, 401, 423, 503} <= {message.status for message in seen}
    for message in seen:
        names = {name for name, _ in message.headers}
        assert not {"server", "user-agent", "warning", "p-registrar-error"} & names
        assert not re.search(r"kamailio|openser|\bser\b|registrar", message.text(), re.IGNORECASE)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_of_tls_are_refused(desk: Desk) -> None:
    with desk.phone() as phone:
        assert phone.link.version == "TLSv1.3"
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    here = (desk.address, 0)
    with (
        socket.create_connection(desk.edge.tls_address, source_address=here) as raw,
        pytest.raises(ssl.SSLError),
    ):
        old.wrap_socket(raw)
    # Neither who it was nor who registers is written anywhere.
    log = desk.edge.log.read_text(errors="replace")
    assert desk.address not in log
    assert desk.name not in log


def test_after_a_restart_phones_register_anew(edge: Edge) -> None:
    desk = Desk(edge)
    with desk.phone() as phone:
        assert phone.register().status == 200
        edge.stop()
        assert phone.link.closed.wait(3)
    edge.start()
    assert not desk.is_registered()
    with desk.phone() as phone:
        assert phone.register().status == 200
