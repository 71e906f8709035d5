"""A node does not listen before it knows what it should."""

from pathlib import Path

import pytest
from django.db import OperationalError
from pytest_django import Settings

from ringfence.config import following
from ringfence.telephony import node_queries
from ringfence.telephony.actions import nodes
from ringfence.telephony.models import EdgeNode
from tests.telephony.following_world import RememberingSwitch, follow, in_service
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)


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
    assert following.is_ready()
    assert switch.kept_routes.keys() == {offer.e164}
    later, _customer = in_service()
    assert following.is_ready()
    assert switch.kept_routes.keys() == {offer.e164, later.e164}
    switch.answers = True
    publisher = following.enter()
    assert follow(publisher) == 2, "what only its start knew is told again"


def test_while_somebody_loads_for_it_it_waits(switch: RememberingSwitch) -> None:
    with following.alone() as is_alone:
        assert is_alone
        assert not following.is_ready(), "it has never spoken"
        publisher = following.enter()
        assert following.is_ready()
        loading = publisher.load(by=SYSTEM, at=AT)
        next(loading)
        assert not following.is_ready()
        switch.finish("of another store")
        assert not following.is_ready(), "what was written for another node is not taken for its own"


def test_without_a_database_a_whole_snapshot_is_enough(
    switch: RememberingSwitch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> None:
        raise OperationalError

    monkeypatch.setattr(nodes, "seen", gone)
    assert not following.is_ready(), "it knows no number"
    switch.finish("edge-1")
    assert following.is_ready()
    monkeypatch.setattr(node_queries, "key_of", gone)
    with following.alone():
        assert following.is_ready()
    assert not EdgeNode.objects.exists()
