"""Breaking things as nobody in the house could."""

from collections.abc import Callable

import psycopg
import pytest
from django.db import connection

from ringfence.config import embedded
from tests.mail_port import open_mail_port  # noqa: F401 - a fixture

Break = Callable[..., None]


@pytest.fixture
def break_data(cluster: embedded.EmbeddedServer) -> Break:
    """Run statements in the data database as its superuser, past triggers and constraints of others."""

    def run(statement: str, *values: object) -> None:
        name = connection.settings_dict["NAME"]
        with psycopg.connect(cluster.url(embedded.SUPERUSER, name), autocommit=True) as raw:
            raw.execute("SET session_replication_role = replica")
            raw.execute(statement, values)

    return run
