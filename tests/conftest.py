"""What every test stands on: a PostgreSQL of its own, both databases, and a `var` folder per test.

The cluster is made once for a run, in a folder that is thrown away, and shared by the parallel workers,
each of which has databases of its own, copied from those that the first worker has migrated. Code under test speaks
to the data database as the role the running store has, which may read and write rows and do nothing else to the tables.
"""

import atexit
import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
import psycopg
import pytest
from django.conf import settings as django_settings
from django.db import connections
from django.test import TransactionTestCase
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings
from xdist.remote import Producer

from ringfence.config import embedded, parsing
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from tests import databases, scheduling
from tests.config.installation import FURNISHED

RUN = "TEST_RUN_VAR"
QUICK = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "autovacuum": "off",  # it would work beside the tests, and the next plan would depend on when
}


def _start_cluster() -> None:
    """Start the run's cluster and point the settings at it; a parallel worker inherits both."""
    for name in [name for name in os.environ if name.startswith("RINGFENCE_")]:
        del os.environ[name]
    folder = Path(tempfile.mkdtemp(prefix="ringfence-tests-"))
    for one in (folder, Path(f"{folder}{FURNISHED}")):
        atexit.register(shutil.rmtree, one, ignore_errors=True)
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
django_settings.STOCK_COUNTS_SECONDS = django_settings.PRICE_LIST_SECONDS = 0
django_settings.PROMISES_SECONDS = django_settings.CATALOGUE_SECONDS = 0
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
django_settings.STORAGES = django_settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}


def pytest_configure(config: pytest.Config) -> None:
    """Declare the markers."""
    config.addinivalue_line("markers", "promise(clause): proves the clause of the privacy policy it names")
    config.addinivalue_line("markers", "slow: takes more than a few seconds")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> scheduling.ByModule:
    """Give parallel workers whole modules, in the order in which they were collected."""
    config.option.loadscopereorder = False
    return scheduling.ByModule(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest."""
    items.sort(key=lambda item: scheduling.rank(item.nodeid))


def pytest_collection_finish() -> None:
    """Spare the collector what stays until the end: it would look through all modules again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000)


@pytest.fixture(scope="session")
def cluster() -> embedded.EmbeddedServer:
    """The run's PostgreSQL server."""
    return embedded.EmbeddedServer(Path(os.environ[RUN]))


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, cluster: embedded.EmbeddedServer
) -> None:
    """Once the tables are made by the role that owns them, go on as the role of the running store."""
    store = parsing.django_database(cluster.data_url)
    with django_db_blocker.unblock():
        databases.make(cluster, os.environ.get("PYTEST_XDIST_WORKER", "alone"))
    connections["default"].settings_dict.update({part: store[part] for part in ("USER", "PASSWORD")})


@pytest.fixture(autouse=True, scope="session")
def emptier(cluster: embedded.EmbeddedServer) -> Iterator[databases.Emptier]:
    """After a test with real transactions, empty the tables, and leave its connections to the next one."""
    made = databases.Emptier(cluster)

    def teardown(self: TransactionTestCase) -> None:
        for alias in self.databases:
            databases.settle(alias)
            made.empty(connections[alias].settings_dict["NAME"])

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]
    TransactionTestCase._should_reload_connections = lambda self: False  # type: ignore[method-assign]
    yield made
    made.leave()


@pytest.fixture(autouse=True)
def var_folder(tmp_path: Path, settings: Settings) -> Path:
    """A `var` folder of this test's own, which the settings name."""
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    Path(django_settings.STATIC_ROOT).mkdir(exist_ok=True)
    return tmp_path / "var"


@pytest.fixture(autouse=True)
def no_language() -> None:
    """No test speaks the language in which another one ended."""
    translation.deactivate()


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
