"""One-time codes are found where a text speaks of one, and nowhere else."""

import pytest

from ringfence.telephony.message_codes import codes_in


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Your code is 482913", "482913"),
        ("482913 er koden din", "482913"),
        ("G-482913 is your Example verification code.", "G-482913"),
        ("Bruk engangskode: 1234", "1234"),
        ("Din BankID-kode er 99 kr? Nei: 77120.", "77120"),
        ("Code 123-456 for login", "123456"),
        ("Use 123 456 as your passcode", "123456"),
        ("Your OTP: A7K9Q2", "A7K9Q2"),
        ("Hello, it is 2026 and all is well", ""),
        ("Call me at 90000123", ""),
        ("Your code was sent to +4790000123", ""),
        ("Code: see https://example.com/123456", ""),
        ("Passordet utløper 31.12.2026", ""),
        ("Login code 4829 valid in 2026", "4829"),
        ("", ""),
    ],
)
def test_codes(text: str, code: str) -> None:
    found = codes_in(text)
    assert found.first == code
    assert "".join(piece.text for piece in found.pieces) == text
