"""Sealed streams: what was written is read again, and whatever was changed, cut or moved does not open."""

import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.config.backups import sealing
from ringfence.privacy.backups.ports import BackupFailed

SECRET = "a secret of the tests, long enough for it"


def sealed(*parts: bytes, purpose: str = "data one") -> bytes:
    file = io.BytesIO()
    writing = sealing.Sealing(file, SECRET, purpose)
    for part in parts:
        writing.write(part)
    writing.close()
    return file.getvalue()


def plain(content: bytes, secret: str = SECRET, purpose: str = "data one") -> bytes:
    return b"".join(sealing.opened(io.BytesIO(content), secret, purpose))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.binary(max_size=2000), max_size=6))
def test_what_is_sealed_opens_again(parts: list[bytes]) -> None:
    assert plain(sealed(*parts)) == b"".join(parts)


@pytest.mark.parametrize("size", [0, 1, sealing.PIECE - 1, sealing.PIECE, 3 * sealing.PIECE + 7])
def test_pieces_of_every_size_open_again(size: int) -> None:
    content = os.urandom(size)
    assert plain(sealed(content)) == content


def test_much_of_the_same_opens_a_bounded_part_at_a_time() -> None:
    content = sealed(bytes(20 * sealing.PIECE))
    parts = list(sealing.opened(io.BytesIO(content), SECRET, "data one"))
    assert sum(map(len, parts)) == 20 * sealing.PIECE
    assert max(map(len, parts)) <= sealing.PIECE


@pytest.mark.promise("2.3")
def test_what_was_changed_cut_or_moved_does_not_open() -> None:
    pieces = sealed(os.urandom(2 * sealing.PIECE))
    whole = len(sealing.FORMAT) + sealing.SALT_BYTES
    step = sealing.LENGTH.size + sealing.PIECE + sealing.TAG_BYTES
    head, first, second, last = (
        pieces[:whole],
        pieces[whole : whole + step],
        pieces[whole + step : whole + 2 * step],
        pieces[whole + 2 * step :],
    )
    changed = bytearray(pieces)
    changed[whole + 1000] ^= 1
    for wrong in (
        bytes(changed),
        pieces[:-1],
        head + first + second,
        head + second + first + last,
        head + first + last,
        head,
        b"",
    ):
        with pytest.raises(BackupFailed):
            plain(wrong)
    with pytest.raises(BackupFailed):
        plain(pieces, secret="another secret of the tests, also long")
    with pytest.raises(BackupFailed):
        plain(pieces, purpose="data two")
