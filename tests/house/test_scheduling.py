"""The running store is started twice at most for a run, and what a module starts once."""

from pathlib import Path

from tests.house import source
from tests.scheduling import EVERY_PAGE, USE_THE_STORE, ByModule, rank


def piece(nodeid: str) -> str:
    return ByModule.__new__(ByModule)._split_scope(nodeid)


def test_modules_that_use_the_running_store_are_two_pieces() -> None:
    using = {
        source.named(path)
        for path in source.python("tests")
        if path.name.startswith("test_") and "RunningStore" in path.read_text("utf-8")
    } - {source.named(Path(__file__))}
    assert len(using) >= 8
    assert {name for name in using if not name.startswith(USE_THE_STORE)} == set()
    assert {piece(f"{name}::test_one[a::b]") for name in using} == {"store", EVERY_PAGE}


def test_every_other_module_is_a_piece_of_its_own() -> None:
    assert piece("tests/kernel/test_money.py::test_one[a::b]") == "tests/kernel/test_money.py"


def test_what_takes_longest_is_begun_first() -> None:
    order = sorted(["tests/kernel/x.py::a", "tests/calls/x.py::a", "tests/browser/x.py::a"], key=rank)
    assert [one.split("/")[1] for one in order] == ["browser", "calls", "kernel"]
