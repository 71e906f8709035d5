"""Payments and refunds and their life.

Here are the table of moves, the one function that moves, and the events that follow.
"""

import hashlib
import json
import secrets
import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from .cards import Card
from .store import Store
from .trouble import Trouble

OPEN, PROCESSING, PAID, FAILED, EXPIRED, CHARGED_BACK = (
    "open",
    "processing",
    "paid",
    "failed",
    "expired",
    "charged_back",
)
PENDING, SUCCEEDED = "pending", "succeeded"

MOVES: Final[Mapping[str, frozenset[str]]] = {
    OPEN: frozenset({PROCESSING, PAID, FAILED, EXPIRED}),
    PROCESSING: frozenset({PAID, FAILED}),
    PAID: frozenset({CHARGED_BACK}),
    FAILED: frozenset(),
    EXPIRED: frozenset(),
    CHARGED_BACK: frozenset(),
}
"""From each status, the ones that may follow."""

MOST_DECLINES: Final = 3
"""After so many declined cards the payment has failed."""

_LETTERS: Final = "abcdefghijkmnpqrstuvwxyz"


class Problem(Exception):
    """An API call that is answered with an error.

    It has the HTTP status, a code for machines, a sentence for people.
    """

    def __init__(self, status: int, code: str, sentence: str) -> None:
        """Make an error."""
        super().__init__(sentence)
        self.status, self.code, self.sentence = status, code, sentence


def new_id(prefix: str) -> str:
    """An id nobody can guess (about 119 bits), of letters only so that it never looks like a card number."""
    return f"{prefix}_" + "".join(secrets.choice(_LETTERS) for _ in range(26))


class Books:
    """What the provider knows and does.

    ``clock`` answers in Unix seconds; ``wake`` is called when work is due.
    """

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], float],
        slow_seconds: float,
        session_seconds: float,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """Keep books in ``store``; both durations are in seconds."""
        self.store, self.clock, self.wake = store, clock, wake
        self._slow_seconds, self._session_seconds = slow_seconds, session_seconds
        self.keep_card: Callable[[str], str | None] = lambda _card: None

    def session(self, session_id: str) -> sqlite3.Row:
        """The payment. Raises ``Problem`` 404."""
        row = self.store.one("SELECT * FROM session WHERE id = ?", session_id)
        if row is None:
            raise Problem(404, "unknown_session", "There is no payment by this id.")
        return row

    def refund(self, refund_id: str) -> sqlite3.Row:
        """The refund with its payment's currency. Raises ``Problem`` 404."""
        row = self.store.one(
            "SELECT refund.*, currency FROM refund JOIN session ON session.id = session WHERE refund.id = ?",
            refund_id,
        )
        if row is None:
            raise Problem(404, "unknown_refund", "There is no refund by this id.")
        return row

    def open_session(self, key: str, **asked: object) -> sqlite3.Row:
        """A new payment, or the one that this idempotency key made before."""
        with self.store.change():
            session_id = self.made_before(key, asked)
            if session_id is None:
                session_id, now = new_id("pay"), self.clock()
                expiry = {"next_status": EXPIRED, "next_at": now + self._session_seconds}
                self.store.insert("session", id=session_id, status=OPEN, created=now, **expiry, **asked)
                self.note_made(key, asked, session_id)
        self.wake()
        return self.session(session_id)

    def open_refund(self, key: str, *, session: str, amount: int, currency: str) -> sqlite3.Row:
        """A refund, or the one that this idempotency key made before. Raises ``Problem`` 404, 409 or 422."""
        asked: dict[str, object] = {"session": session, "amount": amount, "currency": currency}
        with self.store.change():
            refund_id = self.made_before(key, asked)
            if refund_id is None:
                refund_id = self._refund(self.session(session), amount, currency)
                self.note_made(key, asked, refund_id)
        self.wake()
        return self.refund(refund_id)

    def _refund(self, payment: sqlite3.Row, amount: int, currency: str) -> str:
        if payment["status"] != PAID:
            raise Problem(409, "not_paid", "Only a paid payment can be refunded.")
        if currency != payment["currency"]:
            raise Problem(422, "wrong_currency", "A refund has the currency of its payment.")
        if amount > payment["amount"] - payment["refunded"]:
            raise Problem(409, "too_much", "That is more than is left of the payment.")
        refund_id, now, slow = new_id("ref"), self.clock(), payment["card"] == Card.SLOW
        self.store.run("UPDATE session SET refunded = refunded + ? WHERE id = ?", amount, payment["id"])
        next_at = now + self._slow_seconds if slow else None
        status = PENDING if slow else SUCCEEDED
        self.store.insert(
            "refund",
            id=refund_id,
            session=payment["id"],
            amount=amount,
            status=status,
            created=now,
            next_at=next_at,
        )
        if not slow:
            self._announce("refund.succeeded", payment, amount=amount, refund=refund_id)
        return refund_id

    def expire(self, session_id: str) -> sqlite3.Row:
        """Closes an open payment; leaves any other as it is."""
        with self.store.change():
            if self.session(session_id)["status"] == OPEN:
                self.move(session_id, EXPIRED)
        self.wake()
        return self.session(session_id)

    def pay(self, session_id: str, card: Card) -> sqlite3.Row:
        """A buyer pays an open payment with a test card; a payment that is not open is left as it is."""
        with self.store.change():
            payment = self.session(session_id)
            if payment["status"] == OPEN and card is not Card.ABANDONED:
                self.store.run("UPDATE session SET card = ? WHERE id = ?", card, session_id)
                self._pay(payment, card)
        self.wake()
        return self.session(session_id)

    def _pay(self, payment: sqlite3.Row, card: Card) -> None:
        later = self.clock() + self._slow_seconds
        if payment["keep"] and card not in (Card.DECLINED, Card.SLOW_DECLINED):
            self.store.run("UPDATE session SET mandate = ? WHERE id = ?", self.keep_card(card), payment["id"])
        if card is Card.SLOW:
            self.move(payment["id"], PROCESSING, then=PAID, at=later)
        elif card is Card.SLOW_DECLINED:
            self.move(payment["id"], PROCESSING, then=FAILED, at=later)
        elif card is Card.CHARGED_BACK:
            self.move(payment["id"], PAID, then=CHARGED_BACK, at=later)
        elif card is not Card.DECLINED:
            self.move(payment["id"], PAID)
        else:
            self.store.run("UPDATE session SET declines = declines + 1 WHERE id = ?", payment["id"])
            if payment["declines"] + 1 >= MOST_DECLINES:
                self.move(payment["id"], FAILED)

    def settle_due(self) -> float | None:
        """Does what has fallen due; answers when the next thing does (Unix seconds), if anything."""
        now = self.clock()
        with self.store.change():
            for row in self.store.all(
                "SELECT id, next_status FROM session WHERE next_at <= ? ORDER BY next_at, id", now
            ):
                self.move(row["id"], row["next_status"])
            for row in self.store.all("SELECT * FROM refund WHERE next_at <= ? ORDER BY next_at, id", now):
                self.store.run(
                    "UPDATE refund SET status = ?, next_at = NULL WHERE id = ?", SUCCEEDED, row["id"]
                )
                payment = self.session(row["session"])
                self._announce("refund.succeeded", payment, amount=row["amount"], refund=row["id"])
        return self.store.number(
            "SELECT min(next_at) FROM (SELECT min(next_at) AS next_at FROM session WHERE next_at IS NOT NULL"
            " UNION ALL SELECT min(next_at) FROM refund WHERE next_at IS NOT NULL)"
        )

    def move(self, session_id: str, to: str, *, then: str | None = None, at: float | None = None) -> None:
        """Brings a payment on, in the running change, and tells of it. Raises ``Problem`` 409."""
        payment = self.session(session_id)
        if to not in MOVES[payment["status"]]:
            raise Problem(409, "wrong_status", f"A payment that is {payment['status']} cannot become {to}.")
        self.store.run(
            "UPDATE session SET status = ?, next_status = ?, next_at = ? WHERE id = ?",
            to,
            then,
            at,
            session_id,
        )
        if to != PROCESSING:
            self._announce(f"payment.{to}", payment, amount=payment["amount"])

    def _announce(self, kind: str, payment: sqlite3.Row, **about: object) -> None:
        now, event_id, trouble = self.clock(), new_id("evt"), self.trouble()
        data = {
            "session": payment["id"],
            "order_id": payment["order_id"],
            "currency": payment["currency"],
            **about,
        }
        body = {"id": event_id, "type": kind, "created": int(now), "rehearsal": True, "data": data}
        self.store.insert("event", id=event_id, created=now, body=json.dumps(body, separators=(",", ":")))
        if trouble.webhooks == "lose":
            return
        due = None if trouble.webhooks == "hold" else now + trouble.delay_webhooks
        for _ in range(1 + trouble.repeat_webhooks):
            self.store.insert("delivery", event=event_id, created=now, due=due)

    def made_before(self, key: str, asked: Mapping[str, object]) -> str | None:
        """What this idempotency key made before. Raises ``Problem`` 409 when it made something else."""
        row = self.store.one("SELECT asked, made FROM idempotency WHERE key = ?", key)
        if row is None:
            return None
        if row["asked"] != _fingerprint(asked):
            raise Problem(409, "key_reused", "This idempotency key was used for a different call.")
        return str(row["made"])

    def note_made(self, key: str, asked: Mapping[str, object], made: str) -> None:
        """Remembers what an idempotency key made."""
        self.store.insert("idempotency", key=key, asked=_fingerprint(asked), made=made)

    def trouble(self) -> Trouble:
        """What goes wrong at present."""
        return Trouble(**self.store.recall("trouble"))

    def set_trouble(self, trouble: Trouble) -> None:
        """Makes things go wrong from now on, also after a restart."""
        self.store.remember("trouble", trouble.as_json())

    def release(self, *, reverse: bool) -> int:
        """Lets held deliveries go, in the order made or the other way round; answers how many."""
        held = self.store.all("SELECT seq FROM delivery WHERE due IS NULL AND ended IS NULL ORDER BY seq")
        now = self.clock()
        with self.store.change():
            for place, row in enumerate(reversed(held) if reverse else held):
                self.store.run("UPDATE delivery SET due = ? WHERE seq = ?", now + place * 0.3, row["seq"])
        self.wake()
        return len(held)

    def events_after(self, event_id: str | None, limit: int) -> list[dict[str, Any]]:
        """Events younger than the one named, oldest first; all of them when none is named."""
        after = 0
        if event_id:
            row = self.store.one("SELECT seq FROM event WHERE id = ?", event_id)
            if row is None:
                raise Problem(404, "unknown_event", "There is no event by this id.")
            after = row["seq"]
        rows = self.store.all("SELECT body FROM event WHERE seq > ? ORDER BY seq LIMIT ?", after, limit)
        return [json.loads(row["body"]) for row in rows]


def _fingerprint(asked: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()
