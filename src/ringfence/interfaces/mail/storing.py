"""The hands that store letters: a few threads that keep their connections to the databases while letters come."""

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final

from django.db import IntegrityError, InterfaceError, OperationalError, close_old_connections, connections

from ringfence.privacy.keys import keyring

HANDS: Final = 3
IDLE_SECONDS: Final = 5.0
"""How long connections are kept when no letter comes."""

Work = Callable[[], str]


class Storing:
    """Threads that do one piece of work each at a time, started when the first comes."""

    def __init__(self, hands: int = HANDS) -> None:
        """Have so many hands."""
        self._hands = hands
        self._waiting: queue.SimpleQueue[tuple[Work, Future[str]] | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._busy = 0
        self._lock = threading.Lock()

    def do(self, work: Work) -> Future[str]:
        """Have a piece of work done; return what will be its result."""
        result: Future[str] = Future()
        with self._lock:
            self._busy += 1
            if len(self._threads) < min(self._busy, self._hands):
                thread = threading.Thread(target=self._run, name="letters", daemon=True)
                self._threads.append(thread)
                thread.start()
        self._waiting.put((work, result))
        return result

    def stop(self) -> None:
        """End once everything that waits is done."""
        for _thread in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _run(self) -> None:
        try:
            while (next_one := self._next()) is not None:
                self._do(*next_one)
        finally:
            connections.close_all()

    def _next(self) -> tuple[Work, Future[str]] | None:
        try:
            return self._waiting.get(timeout=IDLE_SECONDS)
        except queue.Empty:
            connections.close_all()
            return self._waiting.get()

    def _do(self, work: Work, result: Future[str]) -> None:
        try:
            result.set_result(twice(work))
        except BaseException as trouble:  # noqa: BLE001 - whoever waits for the result is told
            connections.close_all()
            result.set_exception(trouble)
        finally:
            keyring.forget()
            with self._lock:
                self._busy -= 1


def twice(work: Work) -> str:
    """Do a piece of work, and once more when the database was just gone, or somebody else did the same meanwhile."""
    close_old_connections()
    try:
        return work()
    except (OperationalError, InterfaceError, IntegrityError):
        connections.close_all()
        return work()
