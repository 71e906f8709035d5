"""Lines that name who was deleted: whole on disk before anything is destroyed, whatever happens meanwhile."""

import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from ringfence.kernel.actor import Actor
from ringfence.privacy import durable, sweeping
from ringfence.privacy.backups import tombstones, written
from ringfence.privacy.erasure import actions as erasure
from ringfence.privacy.erasure.models import Erasure
from tests.accounts.builders import customer

NOW = datetime.now(UTC)
SYSTEM = Actor.system("tests")
ONE, OTHER = b"1" * 32, b"2" * 32


@pytest.fixture
def place(var_folder: Path) -> Path:
    return written.paths()[0]


@pytest.mark.promise("2.9")
@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
@pytest.mark.parametrize("lost", [1, 80])
def test_a_torn_line_is_written_again_before_a_key_goes(place: Path, lost: int) -> None:
    sweeping.found(by=SYSTEM, at=NOW)
    gone: UUID = customer()
    erasure.begin(subject=gone, request=None, by=SYSTEM, at=NOW)
    digest = tombstones.digest_of(gone)
    whole = place.read_bytes()
    place.write_bytes(whole[:-lost])
    erasure.proceed(erasure=Erasure.objects.get(subject=gone).pk, by=SYSTEM, at=NOW)
    lines, foreign = written.read(place)
    assert (set(lines), foreign) == ({digest}, 0)
    assert lines[digest] >= NOW
    assert place.read_bytes().endswith(b"}\n") or lost == 1


@pytest.mark.promise("2.9")
def test_a_line_is_added_to_the_file_that_stands_there(place: Path) -> None:
    written.add(place, {ONE: NOW})
    adding = threading.Thread(target=written.add, args=(place, {OTHER: NOW}))
    with written._held(place):
        adding.start()
        adding.join(0.2)
        assert adding.is_alive(), "it waits"
        durable.write(place, place.read_bytes())
    adding.join(5)
    assert set(written.read(place)[0]) == {ONE, OTHER}


def test_a_line_after_a_torn_one_stands_by_itself(place: Path) -> None:
    written.add(place, {ONE: NOW})
    for torn in (b'{"person": "12', b"\0" * 40):
        with place.open("ab") as file:
            file.write(torn)
        written.add(place, {OTHER: NOW})
        assert written.read(place) == ({ONE: NOW, OTHER: NOW}, 0)


def test_a_file_is_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "here" / "mark"
    path.parent.mkdir()
    durable.write(path, b"before")

    def fail(_descriptor: int) -> None:
        raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", fail)
        with pytest.raises(OSError, match="full"):
            durable.write(path, b"after")
    assert path.read_bytes() == b"before"
    assert [one.name for one in path.parent.iterdir()] == ["mark"]
    assert path.stat().st_mode & 0o077 == 0
    durable.remove(path)
    durable.remove(path)
    assert not path.exists()
