"""A database restored into another cluster: transactions are counted anew there, below what a node followed."""

import pytest
from django.db import connection

from ringfence.telephony import node_queries
from ringfence.telephony.actions import nodes, routes
from ringfence.telephony.models import EdgeNode, RouteChange
from ringfence.telephony.starting_point import SnapshotLost
from tests.telephony.following_world import a_node, follow, in_service, load
from tests.world import AT, SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"], transaction=True)

FURTHER = 1_000_000_000
"""How many transactions the cluster before had seen more."""


def restore() -> None:
    """Let places and changes be what they are after a dump is restored into a cluster that has only begun."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_edgenode SET followed_transaction = followed_transaction + %s", [FURTHER]
        )
        cursor.execute("UPDATE telephony_routechange SET transaction = transaction + %s", [FURTHER])


def test_a_node_that_followed_further_than_the_cluster_has_come_loads_everything() -> None:
    offer, customer = in_service()
    publisher, switch = a_node()
    assert follow(publisher) == 0
    restore()
    routes.set_destination(number=offer.id, sip_uri="new@pbx.example", by=customer, at=AT)
    with pytest.raises(SnapshotLost):
        publisher.follow(by=SYSTEM, at=AT)
    load(publisher)
    assert "new@pbx.example" in switch.held[offer.e164]
    routes.set_destination(number=offer.id, sip_uri="later@pbx.example", by=customer, at=AT)
    publisher.follow(by=SYSTEM, at=AT)
    assert "later@pbx.example" in switch.held[offer.e164]


def test_what_nobody_followed_is_not_pruned_and_not_called_published() -> None:
    offer, customer = in_service()
    first, second = a_node("edge-1")[0], a_node("edge-2")[0]
    restore()
    routes.set_destination(number=offer.id, sip_uri="new@pbx.example", by=customer, at=AT)
    assert nodes.prune(by=SYSTEM, at=AT) == 0
    assert RouteChange.objects.count() == 1, "only what the cluster before counted is gone"
    assert not EdgeNode.objects.exclude(followed_transaction=None).exists()
    assert node_queries.numbers_behind([offer.id]) == {offer.id}
    for publisher in (first, second):
        with pytest.raises(SnapshotLost):
            publisher.follow(by=SYSTEM, at=AT)
        load(publisher)
        follow(publisher)
    assert not node_queries.numbers_behind([offer.id])
