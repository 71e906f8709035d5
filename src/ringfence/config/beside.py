"""What goes on beside the node of this machine: it is told what changed, its call records are taken in, it is watched.

Each is a thread. They run inside the worker where the whole store is on one machine, and by `ringfence edge` on a
further one. One of each at a time: who is second waits, and goes on when the first is gone. None gives up.
"""

import contextlib
import threading
import time
from collections.abc import Iterator

import structlog
from django.conf import settings

from ringfence.config.following import PAUSE_SECONDS, PUBLISHER, Follower, alone, let_go
from ringfence.interfaces import clock
from ringfence.privacy.keys import keyring
from ringfence.privacy.retention import check
from ringfence.telephony import node_queries, taking_in
from ringfence.telephony.actions import nodes

INTAKE_SECONDS = 0.5
WATCH_SECONDS = 20.0
LOGS_SECONDS = 300.0
STOP_SECONDS = 4.0

log = structlog.get_logger(__name__)


class Intake:
    """Takes in the call records of this machine's node, within a second of their being written, until it is stopped."""

    def __init__(self) -> None:
        """Prepare; nothing is opened yet."""
        self.stopping = threading.Event()

    def run(self) -> None:
        """Take in until stopped, whatever happens."""
        while not self.stopping.is_set():
            try:
                with alone("intake") as is_alone:
                    while is_alone and not self.stopping.wait(INTAKE_SECONDS):
                        taking_in.take_in_calls(by=PUBLISHER, at=clock.now())
                        keyring.forget()
            except Exception:
                log.exception("intake.failed")
            finally:
                let_go()
            self.stopping.wait(PAUSE_SECONDS)


class Watch:
    """Says what only this machine can see: how long records wait in its spool, and whether its logs show a secret.

    The check of clause 2.8 runs on one machine and takes all of them into account.
    """

    def __init__(self) -> None:
        """Prepare; nothing is opened yet."""
        self.stopping = threading.Event()
        self._search_next = 0.0

    def run(self) -> None:
        """Watch until stopped, whatever happens."""
        while not self.stopping.is_set():
            is_done = False
            try:
                with alone("watch") as is_alone:
                    is_done = is_alone and self.look()
            except Exception:
                log.exception("watch.failed")
            finally:
                let_go()
            self.stopping.wait(WATCH_SECONDS if is_done else PAUSE_SECONDS)

    def look(self) -> bool:
        """Look once, and report; tell whether there is a node to report for."""
        row = node_queries.node_named(settings.SIP_NODE)
        if row is None:
            return False
        at = clock.now()
        found = row.logs_found
        if time.monotonic() >= self._search_next:
            found = check.search_logs(at).found
            self._search_next = time.monotonic() + LOGS_SECONDS
        waiting_since = at - taking_in.waiting_for(at)
        nodes.watched(node=row.pk, waiting_since=waiting_since, logs_found=found, by=PUBLISHER, at=at)
        return True


@contextlib.contextmanager
def running() -> Iterator[None]:
    """Have all of it go on in threads of this process."""
    parts = (Follower(), Intake(), Watch())
    threads = [threading.Thread(target=one.run, name=type(one).__name__, daemon=True) for one in parts]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for one in parts:
            one.stopping.set()
        for thread in threads:
            thread.join(STOP_SECONDS)
