"""What a node starts from: whole or not at all, the newest, and no trace of what is gone."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from ringfence.adapters.switch import launch, tables
from ringfence.adapters.switch import snapshot as module
from ringfence.adapters.switch.kamailio import KamailioSwitch, SipNode
from ringfence.adapters.switch.snapshot import Entry, Snapshot
from ringfence.telephony.ports import Route, RouteState, SnapshotUnavailable, SwitchUnavailable
from ringfence.telephony.routing import encode, single
from ringfence.telephony.starting_point import NUMBER_PARTS, PHONES, SnapshotLost

KEY = "442079460001"
TABLE = "did01"


@pytest.fixture
def snapshot(tmp_path: Path) -> Iterator[Snapshot]:
    snapshot = Snapshot(tmp_path / "routes.sqlite")
    snapshot.create()
    yield snapshot
    snapshot.close()


def entry(name: str, version: int) -> Entry:
    return Entry(
        KEY,
        encode(Route(f"+{KEY}", RouteState.IN_SERVICE, single(f"sip:{name}@example.com", 20), version)),
        version,
    )


def traces(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.glob("routes*"))


def test_it_keeps_the_newest_version_and_no_trace_of_others(snapshot: Snapshot, tmp_path: Path) -> None:
    snapshot.write({TABLE: [entry("first", 1)]})
    snapshot.write({TABLE: [entry("second", 2)]})
    told = snapshot.write({TABLE: [entry("late", 1)]})
    assert told == {TABLE: snapshot.read(TABLE)}
    assert "second@" in told[TABLE][KEY]
    assert b"first@" not in traces(tmp_path)
    assert b"late@" not in traces(tmp_path)
    assert snapshot.versions(TABLE) == {KEY: 2}
    with sqlite3.connect(tmp_path / "routes.sqlite") as connection:
        found = dict(connection.execute("SELECT table_name, table_version FROM version"))
    connection.close()
    assert found == dict.fromkeys(tables.ALL, 2)


@pytest.mark.promise("2.9")
def test_what_is_replaced_or_removed_leaves_no_trace(snapshot: Snapshot, tmp_path: Path) -> None:
    snapshot.write({TABLE: [entry("canary", 7)]})
    snapshot.replace(TABLE, [entry("lower", 1)])
    assert snapshot.versions(TABLE) == {KEY: 1}, "a whole table is replaced whatever the versions are"
    assert b"canary" not in traces(tmp_path)
    snapshot.replace(TABLE, [], but=[KEY])
    assert snapshot.versions(TABLE) == {KEY: 1}
    snapshot.remove({TABLE: [KEY]})
    assert b"lower" not in traces(tmp_path)


def test_it_is_good_once_it_was_finished_for_this_node(snapshot: Snapshot) -> None:
    assert not snapshot.is_good()
    snapshot.write({TABLE: [entry("a", 1)]})
    assert not snapshot.is_good("node"), "what was not written to its end is not good"
    snapshot.finish("node")
    assert snapshot.is_good("node")
    assert snapshot.is_good()
    assert not snapshot.is_good("another")


def test_while_it_is_written_anew_the_one_before_stays(snapshot: Snapshot, tmp_path: Path) -> None:
    snapshot.write({TABLE: [entry("before", 1)]})
    snapshot.finish("node")
    snapshot.begin()
    snapshot.replace(TABLE, [entry("anew", 2)])
    # Whoever starts now, or finds what a killed writer left, has the one before, whole.
    for reader in (snapshot, Snapshot(tmp_path / "routes.sqlite")):
        assert reader.is_good("node")
        assert "before@" in reader.read(TABLE)[KEY]
    snapshot.write({TABLE: [entry("meanwhile", 3)]})
    snapshot.begin()
    snapshot.replace(TABLE, [entry("again", 2)])
    snapshot.finish("another")
    assert snapshot.is_good("another")
    assert "again@" in snapshot.read(TABLE)[KEY]
    assert b"before@" not in traces(tmp_path)
    assert [path.name for path in tmp_path.glob("*.new*")] == []


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Somebody else writes and does not end."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


@contextmanager
def full(snapshot: Snapshot) -> Iterator[None]:
    """The disk takes no further page."""
    with snapshot.writing() as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")
    yield


@pytest.mark.parametrize("trouble", ["locked", "full"])
def test_trouble_that_passes_costs_no_good_snapshot(
    snapshot: Snapshot, tmp_path: Path, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "routes.sqlite"
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    snapshot.finish("node")
    snapshot.close()
    many = [Entry(f"44{n:010}", "x" * 200, 1) for n in range(4000)]
    with locked(path) if trouble == "locked" else full(snapshot), pytest.raises(SnapshotUnavailable):
        snapshot.write({TABLE: many})
    assert snapshot.is_good("node")
    snapshot.write({TABLE: many})
    assert len(snapshot.read(TABLE)) == len(many)


@pytest.mark.parametrize("damage", ["torn", "short", "empty", "text", "format", "gone", "earlier"])
def test_one_that_is_torn_lost_or_of_another_format_is_not_good(
    snapshot: Snapshot, tmp_path: Path, damage: str
) -> None:
    snapshot.write(
        {table: [Entry(f"44{n:010}", "x" * 200, 1) for n in range(40)] for table in tables.NUMBERS}
    )
    snapshot.finish("node")
    snapshot.close()
    path = tmp_path / "routes.sqlite"
    data = path.read_bytes()
    match damage:
        case "torn":
            path.write_bytes(data[: len(data) // 2] + b"\0" * (len(data) // 4) + data[len(data) * 3 // 4 :])
        case "short":
            path.write_bytes(data[: len(data) // 3])
        case "empty":
            path.write_bytes(b"")
        case "text":
            path.write_text("no database at all " * 100)
        case "gone":
            path.unlink()
        case "format":
            with sqlite3.connect(path) as connection:
                connection.execute("UPDATE mark SET format = '0'")
            connection.close()
        case "earlier":
            path.unlink()
            with sqlite3.connect(path) as connection:
                connection.execute(
                    "CREATE TABLE did (key_name varchar(64) PRIMARY KEY, key_value varchar(4096))"
                )
            connection.close()
    assert not snapshot.is_good("node")
    assert not snapshot.is_good()
    snapshot.begin()
    snapshot.replace(TABLE, [entry("a", 1)])
    snapshot.finish("node")
    assert snapshot.is_good("node")
    assert snapshot.versions(TABLE) == {KEY: 1}


def test_a_publisher_is_told_that_it_is_lost(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    switch = KamailioSwitch(SipNode(run_dir=tmp_path / "run", spool_dir=tmp_path / "spool", sip_port=25170))
    route = Route(f"+{KEY}", RouteState.SUSPENDED)
    for ask in (
        lambda: switch.publish([route]),
        lambda: switch.withdraw([route.e164]),
        lambda: switch.versions(0),
        lambda: switch.kept(PHONES),
    ):
        with pytest.raises(SnapshotLost):
            ask()
    switch.begin()
    switch.finish("node")
    assert switch.is_good("node")
    with pytest.raises(SwitchUnavailable):
        switch.publish([route])
    assert switch.versions(1) == {route.e164: 0}, "the node starts with it"
    with pytest.raises(SwitchUnavailable):
        switch.compare(1)


def test_memory_and_tables_follow_from_how_much_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(launch, "program", lambda: "/usr/sbin/kamailio")
    node = SipNode(run_dir=tmp_path / "run", spool_dir=tmp_path / "spool", sip_port=25170)

    def start() -> tuple[int, int, str]:
        command = launch.prepare(node)
        shared, private = (int(command[command.index(option) + 1]) for option in ("-m", "-M"))
        return shared, private, (node.run_dir / "tables.cfg").read_text()

    shared, private, script = start()
    assert script.count("modparam") == NUMBER_PARTS
    assert "size=8;" in script
    snapshot = Snapshot(node.snapshot)
    snapshot.replace(TABLE, [Entry(str(n), "x" * 100, 1) for n in range(20_000)])
    snapshot.close()
    more_shared, more_private, more_script = start()
    assert more_shared > shared
    assert more_private > private
    assert "size=12;" in more_script
