"""Folders in memory for what the switch must keep in plain."""

from pathlib import Path

import pytest

from ringfence.config import places


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder in memory that belongs to this test's `var`; not made yet."""
    return places.in_memory(tmp_path / "switch")


def test_the_folder_is_the_same_each_time_and_not_made_by_asking(folder: Path, tmp_path: Path) -> None:
    assert folder == places.in_memory(tmp_path / "switch")
    assert folder != places.in_memory(tmp_path / "other")
    assert not folder.exists()


def test_a_folder_others_can_write_or_that_leads_elsewhere_is_refused(folder: Path, tmp_path: Path) -> None:
    near = tmp_path / "switch"
    try:
        folder.mkdir(mode=0o700)
        assert places.in_memory(near) == folder
        folder.chmod(0o770)
        with pytest.raises(places.NotOursError):
            places.in_memory(near)
        folder.rmdir()
        folder.symlink_to(tmp_path)
        with pytest.raises(places.NotOursError):
            places.in_memory(near)
    finally:
        folder.unlink() if folder.is_symlink() else folder.rmdir()
