"""Brings events to the shop.

They go signed, again and again until taken, each in due time. What is owed is in the store, so that a
restart goes on.
"""

import asyncio
import http.client
import json
import logging
import sqlite3
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from ringfence.adapters import door
from ringfence.privacy.disclosure.door import Exit

from .books import Books
from .keys import SIGNATURE_HEADER, signature

log: Final = logging.getLogger("rehearsal")

EXIT: Final = Exit("courier")
AT_ONCE: Final = 4
TIMEOUT_SECONDS: Final = 5.0
LONGEST_WAIT_SECONDS: Final = 300.0
GIVE_UP_AFTER_SECONDS: Final = 3 * 24 * 3600.0
_TAKEN: Final = range(200, 300)
_TOLD_AT: Final = (1, 5, 20, 100)
"""The failed tries that the log tells; all of them would only repeat themselves."""


class Courier:
    """Settles what falls due and delivers what is owed, until cancelled."""

    def __init__(self, books: Books, *, webhook_url: str, key: bytes, clock: Callable[[], float]) -> None:
        """Deliver to ``webhook_url``, signed with ``key``."""
        self._books, self._store = books, books.store
        self._url, self._key, self._clock = urlsplit(webhook_url), key, clock
        self._wake = asyncio.Event()
        self._under_way: dict[int, asyncio.Task[None]] = {}

    def wake(self) -> None:
        """There may be something to do now."""
        self._wake.set()

    async def run(self) -> None:
        """Works until cancelled; a delivery cut short is repeated after the next start."""
        while True:
            self._wake.clear()
            next_due = self._books.settle_due()
            self._send_due()
            times = [moment for moment in (next_due, self._next_delivery()) if moment is not None]
            wait = max(0.01, min(times) - self._clock()) if times else None
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), wait)

    def _next_delivery(self) -> float | None:
        if len(self._under_way) >= AT_ONCE:
            return None
        return self._store.number(
            "SELECT min(due) FROM delivery WHERE ended IS NULL"
            " AND seq NOT IN (SELECT value FROM json_each(?))",
            json.dumps(list(self._under_way)),
        )

    def _send_due(self) -> None:
        rows = self._store.all(
            "SELECT delivery.seq, delivery.created, attempts, body"
            " FROM delivery JOIN event ON event.id = event WHERE ended IS NULL AND due <= ?"
            " AND delivery.seq NOT IN (SELECT value FROM json_each(?))"
            " ORDER BY due, delivery.seq LIMIT ?",
            self._clock(),
            json.dumps(list(self._under_way)),
            AT_ONCE - len(self._under_way),
        )
        for row in rows:
            self._under_way[row["seq"]] = asyncio.create_task(self._deliver(row))

    async def _deliver(self, row: sqlite3.Row) -> None:
        try:
            taken = await asyncio.to_thread(self._post, row["body"].encode())
            self._note(row, taken=taken)
        finally:
            del self._under_way[row["seq"]]
            self._wake.set()

    def _note(self, row: sqlite3.Row, *, taken: bool) -> None:
        attempts, now = row["attempts"] + 1, self._clock()
        given_up = not taken and now - row["created"] > GIVE_UP_AFTER_SECONDS
        ended = "taken" if taken else "given_up" if given_up else None
        due = now + min(2.0 ** min(row["attempts"], 20), LONGEST_WAIT_SECONDS)
        self._store.run(
            "UPDATE delivery SET attempts = ?, ended = ?, due = ? WHERE seq = ?",
            attempts,
            ended,
            due,
            row["seq"],
        )
        if given_up or (not taken and attempts in _TOLD_AT):
            log.warning("event delivery %s was not taken (attempt %s)", row["seq"], attempts)

    def _post(self, body: bytes) -> bool:
        """Sends one event; whether the shop took it. Runs in a thread and touches nothing shared."""
        host, port = self._url.hostname or "", self._url.port
        path = self._url.path or "/"
        path = f"{path}?{self._url.query}" if self._url.query else path
        signed = signature(self._key, body, seconds=int(self._clock()))
        headers = {"Content-Type": "application/json", SIGNATURE_HEADER: signed}
        secure = ssl.create_default_context() if self._url.scheme == "https" else None
        connection = door.HTTP(EXIT, host, port, patience=TIMEOUT_SECONDS, secure=secure)
        try:
            connection.request("POST", path, body=body, headers=headers)
            return connection.getresponse().status in _TAKEN
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()
