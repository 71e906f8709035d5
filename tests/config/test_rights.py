"""A database server of one's own, with one role that owns the tables and another that runs the store."""

import os
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from ringfence.config import embedded
from tests.config.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.promise("2.3")]
PASSWORD = "only-for-tests"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "alone")
OWNER, STORE, KEYS = ROLES = tuple(f"separate_{name}_{WORKER}" for name in ("owner", "store", "keys"))
DATA, KEPT = DATABASES = tuple(f"separate_{name}_{WORKER}" for name in ("data", "kept"))


@dataclass
class Server:
    """An operator's own server: the settings that name it, and its two addresses of the data database."""

    settings: dict[str, str]

    @property
    def store(self) -> str:
        """The data database, as the running store."""
        return self.settings["DATABASE_URL"]

    @property
    def owner(self) -> str:
        """The data database, as the role that owns its tables."""
        return self.settings["DATABASE_OWNER_URL"]


def drop(server: "psycopg.Connection[tuple[object, ...]]") -> None:
    for name in DATABASES:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")  # type: ignore[call-overload]
    for role in ROLES:
        server.execute(f"DROP ROLE IF EXISTS {role}")  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def own_server(cluster: embedded.EmbeddedServer, installation: Installation) -> Iterator[Server]:
    """Two migrated databases and three roles without any privilege but owning a database."""
    host = f"host={str(cluster.sockets).replace('/', '%2F')}"
    with psycopg.connect(cluster.url(embedded.SUPERUSER, "postgres"), autocommit=True) as server:
        drop(server)
        for role in ROLES:
            server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")  # type: ignore[call-overload]
        for name, owner in zip(DATABASES, (OWNER, KEYS), strict=True):
            server.execute(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE template0")  # type: ignore[call-overload]

        def url(role: str, database: str) -> str:
            return f"postgresql://{role}:{PASSWORD}@/{database}?{host}"

        made = Server(
            {
                "DATABASE_URL": url(STORE, DATA),
                "DATABASE_OWNER_URL": url(OWNER, DATA),
                "KEYS_DATABASE_URL": url(KEYS, KEPT),
            }
        )
        status, said = installation.run("migrate", **made.settings)
        assert status == 0, said
        yield made
        drop(server)


def test_the_store_starts_as_a_role_of_its_own(installation: Installation, own_server: Server) -> None:
    for _again in range(2):
        status, said = installation.run("migrate", **own_server.settings)
        assert status == 0, said
    status, said = installation.run("sweep", **own_server.settings)
    assert status == 0, said
    _, said = installation.run("doctor", **own_server.settings)
    assert "ok    rights" in said
    assert "ok    data database" in said


def test_it_may_write_rows_and_not_change_the_ledger(own_server: Server) -> None:
    with psycopg.connect(own_server.store, autocommit=True) as store:
        lines = store.execute("SELECT count(*) FROM privacy_ledgerline").fetchone()
        assert lines
        assert lines[0] > 0
        store.execute("DELETE FROM accounts_trycount")
        for statement in (
            "UPDATE privacy_ledgerline SET id = id",
            "DELETE FROM privacy_checkpoint",
            "TRUNCATE privacy_ledgerleaf",
            "CREATE TABLE extra (id int)",
            "ALTER TABLE privacy_ledgerline DISABLE TRIGGER ALL",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                store.execute(statement)  # type: ignore[call-overload]


def test_tables_of_a_later_version_may_be_used_too(own_server: Server) -> None:
    with psycopg.connect(own_server.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE of_tomorrow (id serial PRIMARY KEY)")
    with psycopg.connect(own_server.store, autocommit=True) as store:
        store.execute("INSERT INTO of_tomorrow DEFAULT VALUES")


def test_tables_that_were_there_before_the_role_are_opened_to_it(
    installation: Installation, own_server: Server
) -> None:
    """An installation that ran as the owner alone until now gets a role of its own."""
    with psycopg.connect(own_server.owner, autocommit=True) as owner:
        owner.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {STORE}")
        owner.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {STORE}")
    status, said = installation.run("migrate", **own_server.settings)
    assert status == 0, said
    test_it_may_write_rows_and_not_change_the_ledger(own_server)
