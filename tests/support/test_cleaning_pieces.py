"""A number is found wherever it stands in what is attached, also where two pieces of a large one meet (clause 2.4)."""

from email import message_from_bytes, policy

import pytest

from ringfence.support import cleaning
from tests.mail_letters import letter

pytestmark = pytest.mark.promise("2.4")
CARD = b" 4111 1111 1111 1111 "


@pytest.mark.parametrize("before", [0, 50, 60, 64, 79, 80, 128, 1000])
def test_a_number_at_the_border_of_two_pieces_is_found(monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    monkeypatch.setattr(cleaning, "PIECE", 64)
    monkeypatch.setattr(cleaning, "OVERLAP", 64)
    made = letter()
    made.add_attachment(b"x" * before + CARD + b"y" * 100, maintype="application", subtype="x", filename="a")
    clean, removed = cleaning.without_payment_data(bytes(made))
    assert sum(removed.values()) == 1
    (attached,) = message_from_bytes(clean, policy=policy.default).iter_attachments()
    assert attached.get_content().strip() == cleaning.INSTEAD


def test_what_only_seems_to_be_a_number_where_a_piece_is_cut_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"x" * 63 + b"NO9386011117947" + b"y" * 100
    monkeypatch.setattr(cleaning, "PIECE", 64)
    monkeypatch.setattr(cleaning, "OVERLAP", 64)
    made = letter()
    made.add_attachment(content, maintype="application", subtype="x", filename="a")
    assert cleaning.without_payment_data(bytes(made)) == (bytes(made), {})
