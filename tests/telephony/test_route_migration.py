"""An installation with one destination per number goes on ringing, sealed as it was."""

from collections.abc import Iterator
from datetime import datetime
from importlib import import_module
from uuid import uuid4

import psycopg
import pytest
from django.db import connection

from ringfence.config import embedded
from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.sealed import Place, seal
from ringfence.telephony import queries
from ringfence.telephony.models import RouteStep
from tests.world import AT, SYSTEM, number_of

MIGRATION = import_module("ringfence.telephony.migrations.0008_routes")
OLD_TABLE = """
CREATE TABLE telephony_destination (
    number_id uuid NOT NULL PRIMARY KEY, subject uuid NOT NULL, sip_uri bytea NOT NULL,
    ring_seconds smallint NOT NULL CHECK (ring_seconds >= 0), changed_at timestamptz NOT NULL)
"""


@pytest.fixture
def old(
    django_db_setup: None, cluster: embedded.EmbeddedServer
) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A schema of its own in which a destination is as it was."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(cluster.url(embedded.SUPERUSER, name), autocommit=True) as server:
        server.execute("CREATE SCHEMA before; SET search_path = before")
        server.execute(OLD_TABLE)
        yield server
        server.execute("DROP SCHEMA before CASCADE")


def test_every_destination_becomes_a_step_and_none_is_lost(
    old: psycopg.Connection[tuple[object, ...]],
) -> None:
    rows = [(uuid4(), uuid4(), bytes([number]) * 40, 30, AT) for number in range(5)]
    for row in rows:
        old.execute("INSERT INTO telephony_destination VALUES (%s, %s, %s, %s, %s)", row)
    old.execute(MIGRATION.TO_STEPS)
    steps = old.execute(
        "SELECT number_id, subject, sip_uri, ring_seconds, changed_at FROM telephony_destination"
        " WHERE id = number_id AND plan = 'open' AND position = 0 AND kind = 'sip' AND NOT waits"
        " AND effective_at = changed_at AND replaces_id IS NULL"
    ).fetchall()
    assert sorted(steps, key=str) == sorted(rows, key=str)
    old.execute(MIGRATION.TO_DESTINATIONS)
    back = old.execute(
        "SELECT number_id, subject, sip_uri, ring_seconds, changed_at FROM telephony_destination"
    )
    assert sorted(back.fetchall(), key=str) == sorted(rows, key=str)


@action("tests.seal_as_before")
def seal_as_before(*, place: Place, by: Actor, at: datetime) -> bytes:
    """Seal a destination for where it stood when a number had one."""
    return seal(b"sip:desk@pbx.example", place)


@pytest.mark.django_db(databases=["default", "keys"])
def test_what_was_sealed_for_a_destination_opens_as_a_step() -> None:
    subject = uuid4()
    number = number_of(subject)
    place = Place("telephony_destination", "sip_uri", str(number.id), subject, RetentionClass.ACCOUNT)
    blob = seal_as_before(place=place, by=SYSTEM, at=AT)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO telephony_destination (id, number_id, subject, plan, position, kind, sip_uri, ring_seconds,"
            " effective_at, waits, changed_at) VALUES (%s, %s, %s, 'open', 0, 'sip', %s, 30, %s, false, %s)",
            [number.id, number.id, subject, blob, AT, AT],
        )
    assert RouteStep.objects.get().target.open() == "sip:desk@pbx.example"
    route, _e164, _version = queries.route_of(number.id)
    assert route is not None
    assert route.plans[0].steps[0].target == "sip:desk@pbx.example"
