"""Whether this machine's node may listen: it must not answer callers from what was right days ago."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.db import Error

from ringfence.config import following
from ringfence.interfaces import clock
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import changes, node_queries
from ringfence.telephony.ports import SwitchUnavailable
from ringfence.telephony.publisher import NodeForgotten
from ringfence.telephony.starting_point import SnapshotLost

PATIENCE: Final = timedelta(seconds=30)
"""How long a node waits for its publisher when it has something whole to start from: no call is better than none."""

log = structlog.get_logger(__name__)


def is_ready(since: datetime) -> bool:
    """Whether this machine's node, which wants to start since then, may: what it starts from is whole and up to date.

    While nobody follows for it, it is brought up to date here; otherwise its publisher is waited for. Without a
    database a whole snapshot is enough.
    """
    try:
        with following.alone() as is_alone:
            if is_alone:
                _bring_up_to_date()
                return True
        return _is_followed(since)
    except Error:
        return _is_whole()
    except Refusal as refusal:
        log.warning("node.not_entered", reason=str(refusal))
        return False
    except (SwitchUnavailable, NodeForgotten):
        return False
    finally:
        following.let_go()


def _bring_up_to_date() -> None:
    publisher = following.enter()
    try:
        following.catch_up(publisher)
    except SnapshotLost:
        following.load(publisher)
        following.catch_up(publisher)


def _is_followed(since: datetime) -> bool:
    """Whether the publisher has followed all that was committed when the node began to wait."""
    row = node_queries.node_named(settings.SIP_NODE)
    if row is None or not following.here().is_good(row.pk.hex):
        return False
    if row.place and row.loaded_at and following.caught_up_at() >= since.timestamp():
        return True
    if clock.now() - since > PATIENCE:
        log.warning("node.starts_late")
        return True
    changes.call_publishers()
    return False


def _is_whole() -> bool:
    try:
        return following.here().is_whole()
    except SwitchUnavailable:
        return False
