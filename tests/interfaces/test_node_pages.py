"""The console's pages of the nodes: how each stands, told anew after a question, forgotten when it is gone."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import public_id
from ringfence.telephony.actions import nodes
from ringfence.telephony.models import EdgeNode
from ringfence.telephony.node_models import Changed, Place
from ringfence.telephony.starting_point import Compared
from tests.accounts.builders import staff_member
from tests.world import SYSTEM

pytestmark = pytest.mark.django_db(databases=["default", "keys"])


@pytest.fixture
def desk(settings: Settings) -> Client:
    """A member of staff of operations."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    client = Client(headers={"accept": "text/html"})
    staff_member(client, Role.OPERATIONS)
    return client


@pytest.fixture
def node() -> UUID:
    """A node that spoke just now, has loaded everything, was compared, and follows."""
    now = datetime.now(UTC)
    key = nodes.seen(name="edge-1", by=SYSTEM, at=now)
    nodes.load_begins(node=key, place=Place(1, 0), by=SYSTEM, at=now)
    nodes.loaded(node=key, by=SYSTEM, at=now)
    totals = nodes.Totals()
    totals.add(Compared(1234, 2, 255))
    nodes.compared(node=key, totals=totals, unreadable=0, by=SYSTEM, at=now)
    report = {
        "answers": True,
        "format": "2",
        "counters": {"placed_calls": 77, "strangers": 5, "news_of_later": 1},
    }
    nodes.reported(node=key, report=report, by=SYSTEM, at=now)
    return key


def words(client: Client, path: str) -> str:
    """Return the words of a page."""
    answer = client.get(path)
    assert answer.status_code == 200, answer
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split()))


def test_without_nodes_it_says_how_one_comes(desk: Client) -> None:
    assert "No node has spoken yet" in words(desk, "/en/staff/nodes/")
    assert "Ingen node har meldt seg ennå" in words(desk, "/nb/staff/nodes/")
    assert "Nodes" not in words(desk, "/en/staff/").split("Sign out")[1]


def test_a_node_that_follows_is_shown_with_what_it_holds_and_counts(desk: Client, node: UUID) -> None:
    listed = words(desk, "/en/staff/nodes/")
    assert "edge-1 Up to date Nothing 1,234 0" in listed
    assert "2 mended" in listed
    page = words(desk, f"/en/staff/nodes/{public_id('node', node)}/")
    assert "Calls placed Rang at least one destination. 77" in page
    assert "Strangers refused Not from a carrier: met with silence. 5" in page
    assert "What has not happened" not in page
    assert "Switch running since Not known" in page
    assert "00000000000000ff" in page
    assert "Taking calls and up to date: 1." in words(desk, "/en/staff/")


def test_how_far_it_is_behind_is_said_in_changes_and_seconds(desk: Client, node: UUID) -> None:
    nodes.load_begins(node=node, place=Place(1, 0), by=SYSTEM, at=datetime.now(UTC))
    nodes.loaded(node=node, by=SYSTEM, at=datetime.now(UTC))
    _a_change()
    assert re.search(r"1 change, \d+\.\d s old", words(desk, "/en/staff/nodes/"))
    with connection.cursor() as cursor:
        cursor.execute("UPDATE telephony_routechange SET written_at = written_at - interval '20 s'")
    _a_change()
    assert re.search(r"edge-1 Behind 2 changes, the oldest 2\d\.\d s old", words(desk, "/en/staff/nodes/"))
    assert re.search(r"2 endringer, den eldste 2\d,\d sekunder gammel", words(desk, "/nb/staff/nodes/"))
    assert "Changes take longer than ten seconds" in words(desk, "/en/staff/")


def _a_change() -> None:
    from ringfence.kernel.action import action

    @action("tests.change")
    def change(*, by: object, at: datetime) -> None:
        nodes.note_changes(Changed.NUMBER, ["some number"])

    change(by=SYSTEM, at=datetime.now(UTC))


def test_a_silent_node_is_told_of_on_the_desk_and_may_be_forgotten(desk: Client, node: UUID) -> None:
    path = f"/en/staff/nodes/{public_id('node', node)}/"
    desk.post(f"{path}forget/")
    assert "This node is still there. Stop it first" in words(desk, path)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE telephony_edgenode SET last_seen = %s", [datetime.now(UTC) - timedelta(minutes=1)]
        )
    assert "Silent edge-1 Nothing was heard of it" in words(desk, "/en/staff/")
    assert "Forget this node" in words(desk, path)
    assert "It is no longer waited for" in words(desk, f"{path}forget/")
    answer = desk.post(f"{path}forget/", follow=True)
    assert "The node is forgotten." in answer.content.decode()
    assert not EdgeNode.objects.exists()
    assert desk.get(path).status_code == 404
    assert desk.get("/en/staff/nodes/edge-1/").status_code == 404


def test_everything_is_published_anew_after_a_question_with_a_bar_that_moves(
    desk: Client, node: UUID
) -> None:
    path = f"/en/staff/nodes/{public_id('node', node)}/"
    assert "Refresh" not in desk.get(path).headers
    assert "Publish everything anew?" in words(desk, f"{path}anew/")
    assert EdgeNode.objects.get().anew_asked_at is None
    desk.post(f"{path}anew/")
    nodes.reported(node=node, report={"anew_done": 25, "anew_of": 101}, by=SYSTEM, at=datetime.now(UTC))
    shown = desk.get(path)
    assert shown.headers["Refresh"] == "2"
    assert b'<progress value="24"' in shown.content
    assert "Being published: 24 %" in words(desk, path)
    assert "24 %" in words(desk, "/en/staff/nodes/")
    assert desk.get("/en/staff/nodes/").headers["Refresh"] == "2"
    nodes.loaded(node=node, by=SYSTEM, at=datetime.now(UTC))
    assert "Refresh" not in desk.get(path).headers


def test_a_switch_that_does_not_answer_and_routes_that_cannot_be_read_are_said(
    desk: Client, node: UUID
) -> None:
    nodes.reported(node=node, report={"answers": False, "unreadable": 3}, by=SYSTEM, at=datetime.now(UTC))
    page = words(desk, f"/en/staff/nodes/{public_id('node', node)}/")
    assert "Switch does not answer" in page
    assert "keeps every change for its next start" in page
    assert "Routes that cannot be read: 3." in page


def test_what_never_happened_is_folded_and_a_restart_is_said(desk: Client, node: UUID) -> None:
    later = datetime.now(UTC) + timedelta(hours=1)
    counters = {"placed_calls": 0, "loops": 3, "started_at": int(later.timestamp())}
    nodes.reported(node=node, report={"counters": counters}, by=SYSTEM, at=datetime.now(UTC))
    page = words(desk, f"/en/staff/nodes/{public_id('node', node)}/")
    assert (
        page.index("Calls in a circle") < page.index("What has not happened (1)") < page.index("Calls placed")
    )
    assert "restarted: it ran before" in page
