"""A node does not listen before it knows what it should."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import OperationalError, connection
from pytest_django import Settings

from ringfence.config import following, readiness
from ringfence.interfaces import clock
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import node_queries
from ringfence.telephony.actions import nodes
from ringfence.telephony.models import EdgeNode
from tests.calls.sip_peers import wait_for
from tests.telephony.following_world import RememberingSwitch, follow, in_service
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

BEFORE = clock.now() - timedelta(minutes=1)


def ready() -> bool:
    """Whether a node that wants to start now may."""
    return readiness.is_ready(clock.now())


def lose_place() -> None:
    """Let the node be one that was away for long."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telephony_edgenode SET followed_transaction = NULL, followed_change = NULL")


@pytest.fixture
def switch(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> RememberingSwitch:
    """The switch of this machine, which does not run."""
    settings.SIP_RUN_DIR, settings.SIP_NODE = tmp_path / "run", "edge-1"
    made = RememberingSwitch()
    made.answers = False
    monkeypatch.setattr(following, "switch", lambda: made)
    return made


def test_while_nobody_follows_for_it_it_is_brought_up_to_date(switch: RememberingSwitch) -> None:
    offer, _customer = in_service()
    assert ready()
    assert switch.kept_routes.keys() == {offer.e164}
    later, _customer = in_service()
    assert ready()
    assert switch.kept_routes.keys() == {offer.e164, later.e164}
    switch.answers = True
    publisher = following.enter()
    follow(publisher)
    assert later.e164 in switch.told, "what only its start knew is told again"


def test_while_somebody_loads_for_it_it_waits(switch: RememberingSwitch) -> None:
    with following.alone() as is_alone:
        assert is_alone
        assert not ready(), "it has never spoken"
        publisher = following.enter()
        since = clock.now()
        following.catch_up(publisher)
        assert readiness.is_ready(since)
        loading = publisher.load(by=SYSTEM, at=AT)
        next(loading)
        assert not readiness.is_ready(since)
        assert readiness.is_ready(BEFORE), "but not for ever: what it had is whole"
        switch.finish("of another store")
        assert not readiness.is_ready(BEFORE), "what was written for another node is not taken for its own"


def test_it_waits_until_its_publisher_has_followed_what_was_committed_before(
    switch: RememberingSwitch,
) -> None:
    with following.alone():
        publisher = following.enter()
        following.catch_up(publisher)
        offer, _customer = in_service()
        since = clock.now()
        assert not readiness.is_ready(since), "whole, and of yesterday"
        following.catch_up(publisher)
        assert offer.e164 in switch.kept_routes
        assert readiness.is_ready(since), "though the place of a node that does not answer stays behind"
        lose_place()
        assert not readiness.is_ready(since)


def test_a_running_publisher_is_woken_and_lets_it_start_at_once(switch: RememberingSwitch) -> None:
    follower = following.Follower()
    thread = threading.Thread(target=follower.run)
    thread.start()
    try:
        wait_for(following.caught_up_at)
        offer, _customer = in_service()
        since = clock.now()
        wait_for(lambda: readiness.is_ready(since))
        assert offer.e164 in switch.kept_routes
    finally:
        follower.stopping.set()
        thread.join()


def test_a_load_that_was_broken_off_is_begun_again(switch: RememberingSwitch) -> None:
    publisher = following.enter()
    next(publisher.load(by=SYSTEM, at=AT))
    offer, _customer = in_service()
    following.enter()
    assert EdgeNode.objects.get().loaded_at
    assert offer.e164 in switch.kept_routes


def test_a_node_that_lost_its_place_loads_before_it_starts(switch: RememberingSwitch) -> None:
    assert ready()
    offer, _customer = in_service()
    lose_place()
    assert ready()
    assert offer.e164 in switch.kept_routes


def test_a_name_that_another_machine_speaks_for_is_refused(
    switch: RememberingSwitch, settings: Settings, tmp_path: Path
) -> None:
    assert ready()
    assert ready(), "the same machine"
    settings.SIP_RUN_DIR = tmp_path / "another"
    with following.alone(), pytest.raises(Refusal, match="another RINGFENCE_SIP_NODE"):
        following.enter()
    assert not ready()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telephony_edgenode SET last_seen = last_seen - interval '20 seconds'")
    assert ready(), "the one before is gone"
    assert switch.good_for


def test_without_a_database_a_whole_snapshot_is_enough(
    switch: RememberingSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(nodes, "seen", gone)
    assert not ready(), "it knows no number"
    switch.finish("edge-1")
    assert ready()
    monkeypatch.setattr(node_queries, "node_named", gone)
    with following.alone():
        assert ready()
    assert not EdgeNode.objects.exists()
