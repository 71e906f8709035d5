"""What every test stands on: a PostgreSQL of its own, both databases, and a `var` folder per test.

The cluster is made once for a run, in a folder that is thrown away, and shared by the parallel workers,
each of which has databases of its own. Code under test speaks to the data database as the role the running
store has, which may read and write rows and do nothing else to the tables.
"""

import atexit
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker, Settings

from ringfence.config import embedded, parsing
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring

RUN = "TEST_RUN_VAR"
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
}


def _start_cluster() -> None:
    """Start the run's cluster and point the settings at it; a parallel worker inherits both."""
    for name in [name for name in os.environ if name.startswith("RINGFENCE_")]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="ringfence-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    folder.chmod(0o755)
    server = embedded.EmbeddedServer(folder)
    process = server.start(tuning=QUICK)
    atexit.register(embedded.stop, process)
    with psycopg.connect(server.url(embedded.SUPERUSER, "postgres"), autocommit=True) as connection:
        for role in (embedded.OWNER, embedded.KEYS):
            connection.execute(f"ALTER ROLE {role} CREATEDB")
    with psycopg.connect(server.url(embedded.SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(embedded.grants())
    os.environ[RUN] = os.environ["RINGFENCE_VAR_DIR"] = str(folder)
    os.environ["DATABASE_URL"] = server.owner_url
    os.environ["KEYS_DATABASE_URL"] = server.keys_url


def _own_var() -> None:
    """Give each parallel worker a `var` of its own, and so a key store: one ends epochs that another uses."""
    folder = Path(os.environ[RUN]) / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    folder.mkdir(exist_ok=True)
    os.environ["RINGFENCE_VAR_DIR"] = str(folder)


if RUN not in os.environ:
    _start_cluster()
_own_var()
os.environ["DJANGO_SETTINGS_MODULE"] = "ringfence.config.settings"
django.setup()
django_settings.KEY_STORE_DIR = Path(os.environ["RINGFENCE_VAR_DIR"]) / "keystore"


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "promise(clause): proves the clause of the privacy policy it names")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


@pytest.fixture(scope="session")
def cluster() -> embedded.EmbeddedServer:
    """The run's PostgreSQL server."""
    return embedded.EmbeddedServer(Path(os.environ[RUN]))


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None,
    django_db_blocker: DjangoDbBlocker,
    cluster: embedded.EmbeddedServer,
) -> Iterator[None]:
    """Once the tables are made by the role that owns them, go on as the role of the running store."""
    owner = {part: connections["default"].settings_dict[part] for part in ("USER", "PASSWORD")}
    store = parsing.django_database(cluster.data_url)

    def become(role: dict[str, str]) -> None:
        with django_db_blocker.unblock():
            connections["default"].close()
        connections["default"].settings_dict.update(role)

    become({part: store[part] for part in owner})
    yield
    become(owner)


def _empty(connection: psycopg.Connection[tuple[Any, ...]]) -> None:
    """Empty the tables that hold anything, which takes a tenth of the time that all of them take.

    A server of the test's that still takes in late news may hold one of them for a moment.
    """
    filled = connection.execute(
        "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class WHERE relkind = 'r' AND pg_relation_size(oid) > 0"
        " AND relnamespace = 'public'::regnamespace AND relname <> 'django_migrations'"
    ).fetchone()
    if not filled or not filled[0]:
        return
    for _try in range(20):
        try:
            connection.execute(f"TRUNCATE {filled[0]} RESTART IDENTITY CASCADE")
        except psycopg.errors.DeadlockDetected:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the tables of a test stay in use")


@pytest.fixture(autouse=True, scope="session")
def empty_tables_as_superuser(cluster: embedded.EmbeddedServer) -> None:
    """After a test with real transactions, empty the tables past every trigger that refuses it."""

    def teardown(self: TransactionTestCase) -> None:
        for alias in self.databases:
            name = connections[alias].settings_dict["NAME"]
            connections[alias].close()
            with psycopg.connect(cluster.url(embedded.SUPERUSER, name), autocommit=True) as connection:
                connection.execute("SET session_replication_role = replica")
                _empty(connection)

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def var_folder(tmp_path: Path, settings: Settings) -> Path:
    """A `var` folder of this test's own, which the settings name."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    Path(django_settings.STATIC_ROOT).mkdir(exist_ok=True)
    settings.STOCK_COUNTS_SECONDS = settings.PRICE_LIST_SECONDS = 0
    settings.PROMISES_SECONDS = settings.CATALOGUE_SECONDS = 0
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = django_settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    return tmp_path / "var"


@pytest.fixture(autouse=True)
def key_epoch(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin a key epoch for a test with databases, and forget the keys in use after it."""
    marker = request.node.get_closest_marker("django_db")
    if marker and "keys" in marker.kwargs.get("databases", ()):
        request.getfixturevalue("_django_db_helper")
        from ringfence.privacy.keys import actions

        actions.begin_epoch(by=Actor.system("tests"), at=datetime.now(UTC))
    yield
    keyring.forget()
