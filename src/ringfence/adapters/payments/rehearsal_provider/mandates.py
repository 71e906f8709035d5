"""Cards kept for later: mandates, charges without the buyer, and pages where a card is left and nothing is paid.

Of a card only its kind is kept, as everywhere here. A mandate that was forgotten keeps not even that.
"""

import sqlite3
from collections.abc import Callable, Mapping
from typing import Any, Final

from .books import CHARGED_BACK, FAILED, OPEN, PAID, PROCESSING, Books, Problem, new_id
from .cards import Card

DONE: Final = "done"
NEEDS_BUYER: Final = "needs_buyer"
REFUSED: Final = "refused"
CHARGE_PREFIX: Final = "chg"

_REFUSED_BY: Final = {
    Card.RENEWAL_REFUSED: REFUSED,
    Card.RENEWAL_NEEDS_BUYER: NEEDS_BUYER,
    Card.DECLINED: REFUSED,
}
_TAKEN_BACK: Final = (Card.CHARGED_BACK, Card.RENEWAL_CHARGED_BACK)
_LEAVES_NO_CARD: Final = (Card.DECLINED, Card.ABANDONED, Card.SLOW_DECLINED)


class Mandates:
    """What the provider knows of kept cards, beside the books of what was paid with them."""

    def __init__(self, books: Books, *, clock: Callable[[], float], slow_seconds: float) -> None:
        """Keep them in the store of these books."""
        self._books, self._store, self._clock, self._slow_seconds = books, books.store, clock, slow_seconds
        books.keep_card = self.keep

    def keep(self, card: str) -> str:
        """Keeps a card, in the running change; answers its token."""
        mandate = new_id("man")
        self._store.insert("mandate", id=mandate, card=card, created=self._clock())
        return mandate

    def forget(self, mandate: str) -> None:
        """Forgets a card, for ever; an unknown one is fine."""
        with self._store.change():
            self._store.run("DELETE FROM mandate WHERE id = ?", mandate)

    def charge(self, key: str, *, mandate: str, **asked: Any) -> sqlite3.Row:
        """A payment by a mandate, or the one that this idempotency key made before. Raises ``Problem`` 404."""
        whole: Mapping[str, object] = {"mandate": mandate, **asked}
        with self._store.change():
            made = self._books.made_before(key, whole)
            if made is None:
                made = self._charge(mandate, asked)
                self._books.note_made(key, whole, made)
        self._books.wake()
        return self._books.session(made)

    def charge_by_key(self, key: str) -> sqlite3.Row:
        """The payment that an idempotency key made. Raises ``Problem`` 404."""
        row = self._store.one("SELECT made FROM idempotency WHERE key = ?", key)
        if row is None or not row["made"].startswith(CHARGE_PREFIX):
            raise Problem(404, "unknown_charge", "No charge was made with this key.")
        return self._books.session(row["made"])

    def _charge(self, mandate: str, asked: Mapping[str, Any]) -> str:
        row = self._store.one("SELECT card FROM mandate WHERE id = ?", mandate)
        if row is None:
            raise Problem(404, "unknown_mandate", "There is no kept card by this token.")
        made, card, now = new_id(CHARGE_PREFIX), Card(row["card"]), self._clock()
        reason = _REFUSED_BY.get(card, "")
        nowhere = {"language": "en", "success_url": "", "cancel_url": ""}
        about = {"card": card, "created": now, "reason": reason, "mandate": mandate}
        self._store.insert("session", id=made, status=PROCESSING, **about, **nowhere, **asked)
        if card is Card.SLOW:
            later = {"next_status": PAID, "next_at": now + self._slow_seconds}
            self._store.run(
                "UPDATE session SET next_status = ?, next_at = ? WHERE id = ?", *later.values(), made
            )
        elif reason:
            self._books.move(made, FAILED)
        elif card in _TAKEN_BACK:
            self._books.move(made, PAID, then=CHARGED_BACK, at=now + self._slow_seconds)
        else:
            self._books.move(made, PAID)
        return made

    def open_card_page(self, key: str, **asked: object) -> sqlite3.Row:
        """A new page to leave a card at, or the one that this idempotency key made before."""
        with self._store.change():
            made = self._books.made_before(key, asked)
            if made is None:
                made = new_id("crd")
                self._store.insert("card_page", id=made, status=OPEN, created=self._clock(), **asked)
                self._books.note_made(key, asked, made)
        return self.card_page(made)

    def card_page(self, page_id: str) -> sqlite3.Row:
        """The page. Raises ``Problem`` 404."""
        row = self._store.one("SELECT * FROM card_page WHERE id = ?", page_id)
        if row is None:
            raise Problem(404, "unknown_page", "There is no page by this id.")
        return row

    def leave_card(self, page_id: str, card: Card) -> bool:
        """A buyer leaves a card at an open page; whether the card was taken."""
        with self._store.change():
            if self.card_page(page_id)["status"] != OPEN or card in _LEAVES_NO_CARD:
                return card is Card.ABANDONED
            self._store.run(
                "UPDATE card_page SET status = ?, mandate = ? WHERE id = ?", DONE, self.keep(card), page_id
            )
        return True
