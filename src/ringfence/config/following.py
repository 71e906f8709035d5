"""Telling the node of this machine what changed, in a thread; and what this stands on.

There is one at a time: who is second waits, and goes on when the first is gone. It never gives up, whatever happens.
"""

import contextlib
import fcntl
import os
import secrets
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import structlog
from django.conf import settings
from django.db import connections

from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from ringfence.telephony import changes, comparing, node_contents, node_queries
from ringfence.telephony.actions import nodes
from ringfence.telephony.node_models import CHANNEL
from ringfence.telephony.ports import Switch, SwitchUnavailable, switch
from ringfence.telephony.publisher import NodeForgotten, Publisher
from ringfence.telephony.routing import FORMAT
from ringfence.telephony.starting_point import PHONES, SnapshotLost

PUBLISHER = Actor.system("publisher")
TICK_SECONDS = 0.6
"""How long to wait for news; after that it looks by itself, and compares one part."""
REPORT_SECONDS = 5.0
ROUND_SECONDS = 60.0
"""How long it takes to compare everything once."""
SPARING = 20
BUSY_SECONDS = 3.0
"""How much longer a part may wait to be compared while changes come."""
PAUSE_SECONDS = 1.0

log = structlog.get_logger(__name__)


class Follower:
    """Follows for the node of this machine, until it is stopped."""

    def __init__(self, *, round_seconds: float = ROUND_SECONDS) -> None:
        """Prepare; nothing is opened yet."""
        self.stopping = threading.Event()
        self._round_seconds = round_seconds
        self._answers = self._is_busy = False
        self._reported = self._compare_next = self._renewed = 0.0
        self._begin_round()

    def run(self) -> None:
        """Follow until stopped, whatever happens."""
        while not self.stopping.is_set():
            try:
                with contextlib.suppress(NodeForgotten), alone() as is_alone:
                    if is_alone:
                        self._follow()
            except Exception:
                log.exception("publisher.failed")
            finally:
                let_go()
            self.stopping.wait(PAUSE_SECONDS)

    def _follow(self) -> None:
        _mark().unlink(missing_ok=True)
        publisher = enter()
        self._reported = 0.0
        with _news() as news:
            while not self.stopping.is_set():
                try:
                    catch_up(publisher)
                    self._look_around(publisher)
                except SnapshotLost:
                    load(publisher)
                    self._begin_round(urgent=True)
                finally:
                    keyring.forget()
                self._is_busy = any(True for _ in news.notifies(timeout=TICK_SECONDS, stop_after=1))

    def _look_around(self, publisher: Publisher) -> None:
        now = time.monotonic()
        if now - self._reported >= REPORT_SECONDS or not self._answers:
            self._reported = now
            self._report(publisher)
        if not self._answers:
            return
        if now - self._renewed >= ROUND_SECONDS:
            self._renewed = now
            renew_certificate(publisher.switch)
        with contextlib.suppress(SwitchUnavailable):
            if publisher.is_asked_anew:
                write_anew(publisher)
            if self._is_urgent or now >= self._compare_next + (BUSY_SECONDS if self._is_busy else 0):
                self._compare(publisher)
                # Changes wait while a part is compared: at most one in twenty does.
                done = time.monotonic()
                self._compare_next = max(
                    now + self._round_seconds / comparing.PARTS, done + SPARING * (done - now)
                )

    def _report(self, publisher: Publisher) -> None:
        answers = publisher.switch.healthy()
        if answers and not self._answers:
            # It may have started while it was told something: all of it is compared now.
            self._begin_round(urgent=True)
        self._answers = answers
        report: dict[str, object] = {"answers": answers, "format": FORMAT}
        if answers:
            with contextlib.suppress(SwitchUnavailable):
                report["counters"] = publisher.switch.counters()
        nodes.reported(node=publisher.node, report=report, by=PUBLISHER, at=clock.now())

    def _compare(self, publisher: Publisher) -> None:
        """Compare the next part; all of them, one after the other, when it is urgent."""
        while True:
            part = self._totals.parts
            found = comparing.compare(publisher, part, by=PUBLISHER, at=clock.now())
            if found.differences:
                log.warning("node.differed", part=part, differences=found.differences)
            self._totals.add(found)
            if self._totals.is_all:
                nodes.compared(
                    node=publisher.node,
                    totals=self._totals,
                    unreadable=len(publisher.unreadable),
                    by=PUBLISHER,
                    at=clock.now(),
                )
                self._begin_round()
            elif self._is_urgent:
                publisher.follow(by=PUBLISHER, at=clock.now())
                continue
            return

    def _begin_round(self, *, urgent: bool = False) -> None:
        self._totals = nodes.Totals()
        self._is_urgent = urgent


def renew_certificate(of: Switch) -> None:
    """Have the node take up a certificate for TLS that was renewed; one that is of no use leaves the one before."""
    try:
        if of.renew_certificate():
            log.info("node.certificate_renewed")
    except SwitchUnavailable as trouble:
        log.warning("node.certificate_not_renewed", reason=str(trouble))


def enter() -> Publisher:
    """Enter this machine's node among the nodes, load what it starts from if need be, and return its publisher."""
    node: UUID = nodes.seen(name=settings.SIP_NODE, reporter=_machine(), by=PUBLISHER, at=clock.now())
    publisher = Publisher(node, switch())
    row = node_queries.node(node)
    if row is None or row.loaded_at is None or not publisher.switch.is_good(node.hex):
        load(publisher)
    elif not node_queries.is_made_with(node, node_contents.made_with()):
        # A setting makes other routes of the same tables.
        nodes.load_anew(node=node, by=PUBLISHER, at=clock.now())
    return publisher


def _machine() -> str:
    """Return what tells this machine's node from one of the same name on another; made once, and kept beside it."""
    kept = Path(settings.SIP_RUN_DIR) / "machine"
    if not kept.exists():
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = kept.with_name("machine.new")
        fresh.write_text(secrets.token_hex(16), encoding="ascii")
        fresh.replace(kept)
    return kept.read_text(encoding="ascii")


def catch_up(publisher: Publisher) -> None:
    """Follow until nothing lies ahead, and leave a mark of when that began: what was committed by then is followed."""
    began = clock.now().timestamp()
    while publisher.follow(by=PUBLISHER, at=clock.now()) == changes.AT_ONCE:
        keyring.forget()
    _mark().touch(mode=0o600)
    os.utime(_mark(), (began, began))


def caught_up_at() -> float:
    """Return when this machine's publisher last began to follow all there was, in seconds; 0 when it has not yet."""
    try:
        return _mark().stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _mark() -> Path:
    return Path(settings.SIP_RUN_DIR) / "followed"


def here() -> Switch:
    """Return the switch of this machine."""
    return switch()


def load(publisher: Publisher) -> None:
    """Write everything anew that the node starts from, and say how far it is."""
    began = time.monotonic()
    shown = 0.0
    for done in publisher.load(by=PUBLISHER, at=clock.now()):
        keyring.forget()
        if time.monotonic() - shown > REPORT_SECONDS / 10:
            shown = time.monotonic()
            _progress(publisher, done)
    _is_loaded(publisher)
    log.info("node.loaded", seconds=round(time.monotonic() - began, 2))


def write_anew(publisher: Publisher) -> None:
    """Tell the node every number again, a few at a time, and compare each part; changes are followed in between."""
    for part in range(comparing.PARTS):
        for some in node_contents.keys_of_part(part):
            publisher.tell_numbers(some)
            keyring.forget()
            publisher.follow(by=PUBLISHER, at=clock.now())
        if part == PHONES:
            publisher.rewrite_phones()
        comparing.compare(publisher, part, by=PUBLISHER, at=clock.now())
        _progress(publisher, part + 1)
    _is_loaded(publisher)
    publisher.is_asked_anew = False


def _is_loaded(publisher: Publisher) -> None:
    made_with = node_contents.made_with()
    nodes.loaded(node=publisher.node, made_with=made_with, by=PUBLISHER, at=clock.now())


def _progress(publisher: Publisher, done: int) -> None:
    report = {"anew_done": done, "anew_of": comparing.PARTS}
    nodes.reported(node=publisher.node, report=report, by=PUBLISHER, at=clock.now())


@contextlib.contextmanager
def alone(name: str = "follower") -> Iterator[bool]:
    """Tell whether nobody else does this for the node of this machine, and keep it so."""
    run_dir = Path(settings.SIP_RUN_DIR)
    run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (run_dir / f"{name}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def let_go() -> None:
    """Drop what this thread has open: a database that went away is asked anew."""
    keyring.forget()
    for connection in connections.all(initialized_only=True):
        with contextlib.suppress(Exception):
            connection.close()


@contextlib.contextmanager
def _news() -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A connection of its own that hears of changes the moment they are committed."""
    data = connections["default"]
    heard = data.get_new_connection(data.get_connection_params())
    try:
        heard.autocommit = True
        heard.execute(f"LISTEN {CHANNEL}")
        yield heard
    finally:
        heard.close()
