"""What the nodes of the edge are told, how far each has followed, and what they report."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.guarded import require_action
from ringfence.telephony import changes
from ringfence.telephony.models import EdgeNode, RouteChange
from ringfence.telephony.node_models import Changed, Place
from ringfence.telephony.starting_point import PHONES, Compared

AWAY: Final = timedelta(days=7)
"""Changes are kept for a node that was seen within this time; one that is away longer loads everything anew."""

TAKEN: Final = timedelta(seconds=12)
"""For how long after its last word a node's name is its machine's; it says something every five seconds."""


@dataclass
class Totals:
    """What came of comparing all parts that a node holds."""

    numbers: int = 0
    phones: int = 0
    differences: int = 0
    digest: int = 0
    parts: int = 0

    def add(self, part: Compared) -> None:
        """Add the next part."""
        if self.parts == PHONES:
            self.phones += part.entries
        else:
            self.numbers += part.entries
        self.differences += part.differences
        self.digest = (self.digest + part.digest) % (1 << 64)
        self.parts += 1

    @property
    def is_all(self) -> bool:
        """Whether no part is left."""
        return self.parts > PHONES


def note_changes(what: Changed, keys: Collection[str]) -> None:
    """Note, inside an action, that numbers or phones changed; every node is told after the commit."""
    require_action("a change of a route")
    RouteChange.objects.bulk_create([RouteChange(what=what, key=key) for key in keys], batch_size=2000)


@action("node.seen")
def seen(*, name: str, reporter: str = "", by: Actor, at: datetime) -> UUID:
    """Take note that a node is there; return its key. Leaves a ledger line when it is new.

    `reporter` stands for the machine. Refused while another one has spoken for a node of the same name just now.
    """
    row = EdgeNode.objects.select_for_update().filter(name=name).first()
    if row is None:
        fields = {"first_seen": at, "last_seen": at, "reporter": reporter}
        row, made = EdgeNode.objects.get_or_create(name=name, defaults=fields)
        if made:
            about(node=row.public_id)
            return row.pk
    is_another = reporter and row.reporter and reporter != row.reporter
    if is_another and row.last_seen > at - TAKEN:
        raise Refusal(
            "node.name_taken",
            gettext_noop(
                "Another machine speaks for a node of this name. Give one of them another RINGFENCE_SIP_NODE."
            ),
        )
    nothing_happened()
    EdgeNode.objects.filter(pk=row.pk).update(last_seen=at, reporter=reporter or row.reporter)
    return row.pk


@action("node.followed")
def followed(*, node: UUID, before: Place | None, place: Place, by: Actor, at: datetime) -> bool:
    """Take note of how far a node has followed, unless that was changed meanwhile; tell whether it was noted.

    Leaves no ledger line: nothing was decided.
    """
    nothing_happened()
    known = {
        "followed_transaction": before.transaction if before else None,
        "followed_change": before.change if before else None,
    }
    return bool(
        EdgeNode.objects.filter(pk=node, **known).update(
            followed_transaction=place.transaction, followed_change=place.change, last_seen=at
        )
    )


@action("node.load_begins")
def load_begins(*, node: UUID, place: Place, by: Actor, at: datetime) -> None:
    """Take note that a node writes everything anew, and from which place on it will follow afterwards."""
    row = EdgeNode.objects.select_for_update().get(pk=node)
    row.followed_transaction, row.followed_change = place
    row.loaded_at, row.last_seen = None, at
    row.save(update_fields=["followed_transaction", "followed_change", "loaded_at", "last_seen"])
    about(node=row.public_id)


@action("node.reported")
def reported(*, node: UUID, report: Mapping[str, object], by: Actor, at: datetime) -> None:
    """Take note of what a node says about itself, by the names of the fields of `EdgeNode`."""
    nothing_happened()
    EdgeNode.objects.filter(pk=node).update(last_seen=at, **report)


@action("node.watched")
def watched(*, node: UUID, waiting_since: datetime, logs_found: int, by: Actor, at: datetime) -> None:
    """Take note of what a node saw on its machine: since when its oldest record waits, and logs that show a secret."""
    nothing_happened()
    EdgeNode.objects.filter(pk=node).update(watched_at=at, waiting_since=waiting_since, logs_found=logs_found)


@action("node.compared")
def compared(*, node: UUID, totals: Totals, unreadable: int, by: Actor, at: datetime) -> None:
    """Take note of what came of comparing all that a node holds. Leaves a ledger line when something was mended."""
    row = EdgeNode.objects.select_for_update().filter(pk=node).first()
    if row is None or not totals.differences:
        nothing_happened()
    if row is None:
        return
    row.held_numbers, row.held_phones, row.digest = totals.numbers, totals.phones, f"{totals.digest:016x}"
    row.differences, row.unreadable, row.compared_at = totals.differences, unreadable, at
    if totals.differences:
        row.mended, row.differed_at = row.mended + totals.differences, at
        about(node=row.public_id, differences=totals.differences)
    row.save()


@action("node.loaded")
def loaded(*, node: UUID, made_with: str = "", by: Actor, at: datetime) -> None:
    """Take note that a node has loaded everything, made with the settings that `made_with` stands for."""
    row = EdgeNode.objects.select_for_update().filter(pk=node).first()
    if row is None:
        nothing_happened()
        return
    row.loaded_at, row.anew_asked_at, row.last_seen, row.made_with = at, None, at, made_with
    row.save(update_fields=["loaded_at", "anew_asked_at", "last_seen", "made_with"])
    about(node=row.public_id)


@action("node.load_anew")
def load_anew(*, node: UUID, by: Actor, at: datetime) -> None:
    """Have a node load everything anew; its publisher begins within seconds. One that does so already goes on."""
    row = EdgeNode.objects.select_for_update().filter(pk=node).first()
    if row is None:
        raise Refusal("node.gone", gettext_noop("This node is not known any more."))
    if row.anew_asked_at:
        nothing_happened()
        return
    row.anew_asked_at, row.anew_done, row.anew_of = at, 0, 0
    row.save(update_fields=["anew_asked_at", "anew_done", "anew_of"])
    about(node=row.public_id)


@action("node.forget")
def forget(*, node: UUID, silent_since: datetime, by: Actor, at: datetime) -> None:
    """Forget a node that is gone for good; refused while it has been heard of since `silent_since`."""
    row = EdgeNode.objects.select_for_update().filter(pk=node).first()
    if row is None:
        nothing_happened()
        return
    if row.last_seen > silent_since:
        raise Refusal(
            "node.lives", gettext_noop("This node is still there. Stop it first; then it can be forgotten.")
        )
    about(node=row.public_id)
    row.delete()


@action("node.prune")
def prune(*, by: Actor, at: datetime) -> int:
    """Delete changes that every node has followed; return how many.

    A node that has not been seen for seven days holds up nothing, and has to load everything anew when it is back. So
    have all nodes when the database was restored into another cluster.
    """
    nothing_happened()
    _forget_another_count(changes.next_transaction())
    lost = EdgeNode.objects.filter(last_seen__lte=at - AWAY)
    lost.update(followed_transaction=None, followed_change=None)
    return _delete_followed(at)


def _forget_another_count(following: int) -> None:
    """Forget places and changes of a cluster that had come further: transactions are counted anew in this one."""
    places = EdgeNode.objects.filter(followed_transaction__gte=following)
    strays = RouteChange.objects.filter(transaction__gte=following)
    if places.exists() or strays.exists():
        EdgeNode.objects.update(followed_transaction=None, followed_change=None)
        strays.delete()


def _delete_followed(at: datetime) -> int:
    waiting = EdgeNode.objects.filter(last_seen__gt=at - AWAY)
    if not waiting.exists():
        return RouteChange.objects.filter(written_at__lte=at - AWAY).delete()[0]
    if waiting.filter(followed_transaction=None).exists():
        # It loads everything now, and then asks for what changed since it began.
        return 0
    slowest = waiting.order_by("followed_transaction", "followed_change").values_list(
        "followed_transaction", "followed_change"
    )[0]
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM telephony_routechange WHERE (transaction, id) <= (%s, %s)", slowest)
        return int(cursor.rowcount)
