"""Logs hold no personal data."""

import json
import logging

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from ringfence.config import logs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("from customer-one@example.com today", "from [e-mail] today"),
        ("to sip:desk@pbx.example.com:5060", "to [e-mail]:5060"),
        ("address 192.0.2.17 refused", "address [ip] refused"),
        ("address 2001:db8::17 refused", "address [ip] refused"),
        ("address ::1.", "address [ip]."),
        ("call +44 20 7946 0101 ended", "call [number] ended"),
        ("call 004420-7946-0101 ended", "call [number] ended"),
        ("call (0)20 7946 0101 ended", "call [number] ended"),
        ("paid with 4242 4242 4242 4242", "paid with [card]"),
        ("paid with 4242424242424242,", "paid with [card],"),
        ("into NO93 8601 1117 947 now", "into [account] now"),
        (f"GET /nb/deletion/{'a1_-' * 8}/ 200", "GET /nb/deletion/[link]/ 200"),
        (f"GET /nb/reset/{'a1_' * 14}x/", "GET /nb/reset/[link]/"),
        ("GET /nb/account/orders/ord_01hzxk7q2vj901hzxk7q2vj9ab/", "GET /nb/account/orders/[id]/"),
        ("Key (email)=(customer-one@example.com)", "Key (email)=([e-mail])"),
    ],
)
@pytest.mark.promise("2.3")
def test_personal_data_is_masked(text: str, expected: str) -> None:
    assert logs.masked(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "order ord_01HZXK7Q2VJ9 paid",
        "at 2026-11-23 14:51:07.123456+00:00",
        "at 2026-11-23T14:51:07Z",
        "on 2026-11-23 at 12:30:05",
        "took 0.123456789 s",
        "job 1234 of 5678",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "/nb/konto/",
    ],
)
def test_what_is_not_personal_stays_readable(text: str) -> None:
    assert logs.masked(text) == text


@given(
    st.from_regex(r"[a-z][a-z0-9._+-]{0,20}@[a-z0-9-]{1,20}\.(com|org|no)", fullmatch=True),
    st.sampled_from(["", " ", "<", "(", "'", "=", ": "]),
)
@pytest.mark.promise("2.3")
def test_no_address_gets_through(address: str, before: str) -> None:
    assert address not in logs.masked(f"letter to{before}{address}.")


@given(st.from_regex(r"\+[1-9][0-9]{7,14}", fullmatch=True), st.sampled_from(["", " ", "tel:", "(", "="]))
@pytest.mark.promise("2.3")
def test_no_phone_number_gets_through(number: str, before: str) -> None:
    assert number[4:] not in logs.masked(f"call {before}{number} ended")


@pytest.fixture
def restored_logging() -> object:
    """Put logging back as it was after a test that configures it."""
    root = logging.getLogger()
    before = (root.level, list(root.handlers))
    yield
    root.handlers[:] = before[1]
    root.setLevel(before[0])


@pytest.mark.promise("2.3")
@pytest.mark.usefixtures("restored_logging")
def test_a_line_is_json_without_personal_data(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure({"level": "info"})
    structlog.get_logger("shop").info(
        "order.paid", order="ord_1", email="x", amount=1200, nested={"phone": "1", "list": ["a@example.com"]}
    )
    try:
        int("customer-one@example.com")
    except ValueError:
        logging.getLogger("anything").exception("no letter to %s", "customer-one@example.com")
    paid, failed = map(json.loads, capsys.readouterr().out.splitlines())
    assert paid["event"] == "order.paid"
    assert paid["amount"] == 1200
    assert paid["order"] == "ord_1"
    assert paid["email"] == paid["nested"]["phone"] == logs.HIDDEN
    assert paid["nested"]["list"] == ["[e-mail]"]
    assert failed["event"] == "no letter to [e-mail]"
    assert "ValueError: invalid literal for int() with base 10: '[e-mail]'" in failed["exception"]
    assert "customer-one" not in json.dumps(failed)


@pytest.mark.promise("2.4")
@pytest.mark.usefixtures("restored_logging")
def test_no_card_number_gets_through_in_any_part_of_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """The last net: texts, plain names, whole numbers, exceptions."""
    logs.configure({"level": "info"})
    card = "4242424242424242"
    structlog.get_logger("shop").info(
        "typed", task=f"about {card}", amount=int(card), words=["4242 4242\u00a04242-4242"]
    )
    try:
        int(f"x{card}")
    except ValueError:
        logging.getLogger("anything").exception("no")
    said = capsys.readouterr().out
    assert said.count("[card]") == 4
    assert "4242" not in said
