"""Customers' phones register over TLS, and only so; whoever guesses finds out nothing."""

from tests.calls.conftest import Edge
from tests.calls.tls_peers import RegisteredPhone, account_of

NAME = "k7w3m9x2qdzp"


def desk(edge: Edge, username: str = NAME, **more: object) -> RegisteredPhone:
    return RegisteredPhone(("127.0.0.5", 0), edge=edge.tls_address, username=username, **more)  # type: ignore[arg-type]


def test_a_phone_registers_refreshes_and_leaves(edge: Edge) -> None:
    edge.switch.publish_phones([account_of(NAME)])
    assert edge.switch.registered([NAME]) == frozenset()
    with desk(edge) as phone:
        assert phone.try_register().status == 401
        assert phone.register().status == 200
        assert edge.switch.registered([NAME, "nobodyhere22"]) == {NAME}
        assert phone.try_register(proof=phone.proof()).status == 200
        assert phone.register(expires=0).status == 200
        assert edge.switch.registered([NAME]) == frozenset()
