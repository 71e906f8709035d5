"""Customers' phones register over TLS, and only so; whoever guesses finds out nothing."""

import re
import socket
import ssl
import time
from typing import Any

import pytest

from tests.calls.conftest import Edge
from tests.calls.sip_peers import Caller, wait_for
from tests.calls.tls_peers import RegisteredPhone, TlsCaller, account_of

NAME, NOBODY = "k7w3m9x2qdzp", "zzzz3m9x2qdz"


def desk(edge: Edge, username: str = NAME, **more: Any) -> RegisteredPhone:
    address = more.pop("address", "127.0.0.5")
    return RegisteredPhone((address, 0), edge=edge.tls_address, username=username, **more)


@pytest.fixture
def phones(edge: Edge) -> Edge:
    """A node that knows one phone."""
    edge.switch.publish_phones([account_of(NAME)])
    return edge


def test_a_phone_registers_refreshes_and_leaves(phones: Edge) -> None:
    assert phones.switch.registered([NAME]) == frozenset()
    with desk(phones) as phone:
        assert phone.try_register().status == 401
        answer = phone.register(expires=3600)
        assert answer.status == 200
        assert "expires=600" in answer.one("contact")
        assert phones.switch.registered([NAME, NOBODY]) == {NAME}
        assert phone.try_register(proof=phone.proof()).status == 200
        assert phone.register(expires=0).status == 200
        assert phones.switch.registered([NAME]) == frozenset()


def test_a_registration_ends_by_itself(phones: Edge) -> None:
    with desk(phones) as phone:
        assert phone.register(expires=2).status == 200
        assert phones.switch.registered([NAME]) == {NAME}
        wait_for(lambda: not phones.switch.registered([NAME]), patience=4)


def test_a_registration_ends_with_its_connection(phones: Edge) -> None:
    with desk(phones) as phone:
        assert phone.register(expires=60).status == 200
    wait_for(lambda: not phones.switch.registered([NAME]), patience=15)


def test_a_phone_that_asks_for_too_little_is_told_the_least(phones: Edge) -> None:
    # The test node's least is one second, so a part of one is the only thing below it.
    with desk(phones) as phone:
        assert phone.register(expires=1).status == 200


def shape(text: str) -> str:
    """What a stranger can compare of an answer: all but its random parts and the names he gave himself."""
    text = re.sub(r'nonce="[^"]*"', "", text)
    text = re.sub(rf"{NAME}|{NOBODY}", "", text)
    return re.sub(r"(?m)^(via|from|to|call-id|cseq): .*$", r"\1", text)


def test_a_wrong_password_and_a_name_that_nobody_has_look_the_same(phones: Edge) -> None:
    answers = []
    for username in (NAME, NOBODY):
        with desk(phones, username, password="a-wrong-one") as phone:
            answers.append(phone.register())
    assert [answer.status for answer in answers] == [401, 401]
    assert shape(answers[0].text()) == shape(answers[1].text())
    assert "stale" not in answers[0].text()
    assert phones.switch.counters()["failed_registrations"] == 2


def test_both_take_the_same_time(phones: Edge) -> None:
    """A digest is computed for both: what is left is far below what a network lets anybody measure."""
    medians = []
    for username in (NAME, NOBODY):
        times = []
        with desk(phones, username, password="a-wrong-one") as phone:
            phone.take_challenge(phone.try_register())
            for _ in range(15):
                proof, began = phone.proof(), time.perf_counter()
                phone.try_register(proof=proof)
                times.append(time.perf_counter() - began)
        medians.append(sorted(times)[7])
    assert abs(medians[0] - medians[1]) < 0.02


def test_nobody_registers_as_somebody_else(phones: Edge) -> None:
    phones.switch.publish_phones([account_of("other4w3m9x2", "another-password")])
    with desk(phones, "other4w3m9x2") as phone:
        # The right proof of one phone, in the name of the other.
        assert phone.register(username=NAME).status == 401
    assert phones.switch.registered([NAME, "other4w3m9x2"]) == frozenset()


def test_what_was_overheard_is_good_for_nothing(phones: Edge) -> None:
    with desk(phones) as phone:
        phone.take_challenge(phone.try_register())
        proof = phone.proof()
        assert phone.try_register(proof=proof).status == 200
        replayed = phone.try_register(proof=proof)
    assert replayed.status == 401
    assert "stale=true" in replayed.one("www-authenticate").replace('"', "")
    assert phones.switch.counters()["failed_registrations"] == 0


def test_a_password_is_guessed_a_few_times_and_no_more(phones: Edge) -> None:
    with desk(phones, password="a-wrong-one") as guesser:
        guesser.take_challenge(guesser.try_register())
        for _ in range(20):
            assert guesser.try_register(proof=guesser.proof()).status == 401
        with pytest.raises(TimeoutError):
            guesser.try_register(proof=guesser.proof(), patience=0.4)
    # Another phone at the same place is heard; the one whose password is guessed is protected wherever it is.
    phones.switch.publish_phones([account_of("other4w3m9x2")])
    with desk(phones, "other4w3m9x2") as other:
        assert other.register().status == 200
    assert phones.switch.counters()["banned_registrations"] == 1


def test_an_address_that_tries_many_names_is_heard_no_more(phones: Edge) -> None:
    with desk(phones, password="a-wrong-one") as scanner:
        scanner.take_challenge(scanner.try_register())
        for number in range(50):
            scanner.username = f"guess{number:07}"
            assert scanner.try_register(proof=scanner.proof()).status == 401
        with pytest.raises(TimeoutError):
            scanner.try_register(patience=0.4)
    with desk(phones, address="127.0.0.6") as phone:
        assert phone.register().status == 200


def test_a_customer_registers_a_few_devices_and_no_more(phones: Edge) -> None:
    opened = [desk(phones) for _ in range(4)]
    try:
        answers = [phone.__enter__().register() for phone in opened]
    finally:
        for phone in opened:
            phone.__exit__()
    assert [answer.status for answer in answers] == [200, 200, 200, 503]
    assert answers[3].one("retry-after") == "60"


@pytest.mark.parametrize("method", ["REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE"])
def test_a_stranger_over_udp_is_met_with_silence(phones: Edge, method: str) -> None:
    with Caller(phones.address, ("127.0.0.2", 0)) as stranger:
        assert stranger.ask(method, NAME, patience=0.3).answers == []


@pytest.mark.parametrize("method", ["INVITE", "OPTIONS", "SUBSCRIBE", "REGISTER"])
def test_over_tls_only_a_registration_at_our_own_name_is_heard(phones: Edge, method: str) -> None:
    with TlsCaller(phones.tls_address, ("127.0.0.2", 0)) as stranger:
        # Scanners know the address and not the name.
        assert stranger.ask(method, NAME, patience=0.3).answers == []
    assert phones.switch.counters()["strangers"] == 1


def test_a_registered_phone_places_no_calls(phones: Edge) -> None:
    with desk(phones) as phone:
        assert phone.register().status == 200
        caller = TlsCaller(phones.tls_address)
        caller._link, caller.address = phone.link, phone.address
        for method, status in (("INVITE", 403), ("OPTIONS", 200), ("SUBSCRIBE", 405), ("MESSAGE", 405)):
            data = f"{method} sip:+442079460001@localhost SIP/2.0"
            phone.received.clear()
            phone.ask(data)
            assert wait_for(lambda: [m.status for m in phone.received if m.status]) == [status], method


def test_a_withdrawn_phone_and_a_changed_password_end_what_was_registered(phones: Edge) -> None:
    with desk(phones) as phone:
        assert phone.register().status == 200
        phones.switch.publish_phones([account_of(NAME)])
        assert phones.switch.registered([NAME]) == {NAME}
        phones.switch.publish_phones([account_of(NAME, "the-next-password", version=2)])
        assert phones.switch.registered([NAME]) == frozenset()
        assert phone.register().status == 401
        assert phone.register(password="the-next-password").status == 200
        phones.switch.withdraw_phones([NAME])
        assert phones.switch.registered([NAME]) == frozenset()
        assert phone.register(password="the-next-password").status == 401


def test_phones_survive_a_restart_and_register_anew(phones: Edge) -> None:
    with desk(phones) as phone:
        assert phone.register().status == 200
        phones.stop()
        assert phone.link.closed.wait(3)
    phones.start()
    assert phones.switch.registered([NAME]) == frozenset()
    with desk(phones) as phone:
        assert phone.register().status == 200


@pytest.mark.promise("2.7")
def test_no_answer_to_a_phone_names_any_software(phones: Edge) -> None:
    opened = [desk(phones) for _ in range(4)]
    seen = []
    for phone in opened:
        with phone:
            phone.register()
            phone.register(password="a-wrong-one")
            phone.try_register(contact="<sip:broken")
            seen += phone.received
    assert len(seen) > 15
    for message in seen:
        names = {name for name, _ in message.headers}
        assert not {"server", "user-agent", "warning", "p-registrar-error"} & names
        assert not re.search(r"kamailio|openser|ser\b|registrar", message.text(), re.IGNORECASE), message.text()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_of_tls_are_refused(phones: Edge) -> None:
    with desk(phones) as phone:
        assert phone.link.version == "TLSv1.3"
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_connection(phones.tls_address) as raw, pytest.raises(ssl.SSLError):
        old.wrap_socket(raw)
