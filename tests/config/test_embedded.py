"""The embedded database: who may do what in it, and that it is ours alone."""

from pathlib import Path

import psycopg
import pytest

from ringfence.config import embedded, embedded_account, places, secrets

ROLES = (embedded.OWNER, embedded.APP, embedded.KEYS)


@pytest.mark.promise("2.3")
def test_no_role_of_the_store_is_a_superuser(cluster: embedded.EmbeddedServer) -> None:
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres")) as connection:
        rows = connection.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles"
            " WHERE rolname = ANY(%s)",
            [list(ROLES)],
        ).fetchall()
    assert {row[0] for row in rows} == set(ROLES)
    assert not any(any(row[1:]) for row in rows)


@pytest.mark.promise("2.3")
@pytest.mark.parametrize(
    "statement",
    ["CREATE TABLE extra (id int)", "CREATE SCHEMA extra", "CREATE ROLE extra", "SELECT * FROM pg_authid"],
)
def test_the_running_store_may_not_change_tables(cluster: embedded.EmbeddedServer, statement: str) -> None:
    with psycopg.connect(cluster.data_url) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.promise("2.3")
@pytest.mark.parametrize(
    ("role", "database"),
    [(embedded.APP, embedded.KEYS_DATABASE), (embedded.KEYS, embedded.DATA_DATABASE)],
)
def test_data_and_keys_are_closed_to_each_others_role(
    cluster: embedded.EmbeddedServer, role: str, database: str
) -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(cluster.url(role, database))


@pytest.mark.parametrize("role", [*ROLES, embedded.SUPERUSER])
def test_nobody_gets_in_without_the_password(cluster: embedded.EmbeddedServer, role: str) -> None:
    wrong = f"postgresql://{role}:wrong@/postgres?host={cluster.sockets}"
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


def test_passwords_are_readable_by_their_owner_only(cluster: embedded.EmbeddedServer) -> None:
    files = list((cluster.var / "secrets").iterdir())
    assert len(files) >= 4
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}
    assert (cluster.var / "secrets").stat().st_mode & 0o777 == 0o700


def test_the_server_listens_on_no_network(cluster: embedded.EmbeddedServer) -> None:
    with psycopg.connect(cluster.data_url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_secret_is_made_once(tmp_path: Path) -> None:
    first = secrets.made_once(tmp_path / "secrets", "one")
    assert len(first) >= 32
    assert secrets.made_once(tmp_path / "secrets", "one") == first
    assert secrets.made_once(tmp_path / "secrets", "two") != first


def test_sockets_of_a_deep_folder_are_elsewhere(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / "run"
    assert len(str(places.for_sockets(deep, longest=85))) <= 85
    assert places.for_sockets(deep, longest=85) == places.for_sockets(deep, longest=85)
    assert places.for_sockets(Path("/srv/store/run"), longest=85) == Path("/srv/store/run")


def test_a_folder_that_somebody_else_laid_out_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    victim = tmp_path / "victim"
    victim.mkdir(mode=0o700)
    link = tmp_path / "link"
    link.symlink_to(victim)
    with pytest.raises(places.NotOursError):
        places.require_own(link)
    victim.chmod(0o777)
    with pytest.raises(places.NotOursError):
        places.require_own(victim)
    victim.chmod(0o700)
    places.require_own(victim)
    monkeypatch.setattr(places.os, "geteuid", lambda: 4_000_000)
    with pytest.raises(places.NotOursError):
        places.require_own(victim)


def test_a_missing_program_is_a_sentence() -> None:
    assert embedded_account.binary("postgres").exists()
