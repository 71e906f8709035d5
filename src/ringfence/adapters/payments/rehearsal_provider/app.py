"""Which request goes where: the API, the hosted page, and the two files the page needs."""

from pathlib import Path
from typing import Final

from . import pages
from .api import Api
from .books import OPEN, Books, Problem
from .cards import Card, card_of
from .mandates import CHARGE_PREFIX, Mandates
from .web import Request, Response
from .words import WORDS, words_for

_HERE: Final = Path(__file__).parent
_FILES: Final = {"/look.css": "text/css; charset=utf-8", "/icon.svg": "image/svg+xml"}


class App:
    """The whole provider, as one function from request to response."""

    def __init__(self, books: Books, mandates: Mandates, api: Api) -> None:
        """Read the two files once."""
        self._books, self._mandates, self._api = books, mandates, api
        self._files = {
            path: Response(
                200, (_HERE / path[1:]).read_bytes(), kind, {"cache-control": "public, max-age=3600"}
            )
            for path, kind in _FILES.items()
        }

    def answer(self, request: Request) -> Response:
        """Answers a request."""
        path = request.path
        if path.startswith(("/v1/", "/rehearsal/")):
            return self._api.answer(request)
        for prefix, page in (("/pay/", self._hosted), ("/card/", self._card)):
            if path.startswith(prefix) and request.method in ("GET", "POST"):
                return page(request, path.removeprefix(prefix))
        if request.method != "GET":
            return Response(405, b"not here\n", headers={"allow": "GET"})
        if path in self._files:
            return self._files[path]
        if path == "/healthz":
            return Response(200, b"ok\n")
        words = words_for(request.headers.get("accept-language", ""))
        return pages.front_page(words) if path == "/" else pages.unknown_page(words)

    def _hosted(self, request: Request, session_id: str) -> Response:
        self._books.settle_due()
        try:
            payment = self._books.session(session_id)
        except Problem:
            payment = None
        if payment is None or session_id.startswith(CHARGE_PREFIX):
            return pages.unknown_page(words_for(request.headers.get("accept-language", "")))
        words = WORDS[payment["language"]]
        if payment["status"] != OPEN:
            return pages.ended_page(payment, words)
        if request.method == "GET":
            return pages.pay_page(payment, words)
        card = card_of(request.form_value("number"))
        if card is None:
            return pages.pay_page(payment, words, error=words.not_a_test_card)
        return self._paid(session_id, card)

    def _card(self, request: Request, page_id: str) -> Response:
        """The page where a card is left and nothing is paid."""
        try:
            page = self._mandates.card_page(page_id)
        except Problem:
            return pages.unknown_page(words_for(request.headers.get("accept-language", "")))
        words = WORDS[page["language"]]
        if page["status"] != OPEN:
            return pages.card_kept_page(page, words)
        if request.method == "GET":
            return pages.card_page(page, words)
        card = card_of(request.form_value("number"))
        if card is None:
            return pages.card_page(page, words, error=words.not_a_test_card)
        if not self._mandates.leave_card(page_id, card):
            return pages.card_page(page, words, error=words.declined)
        return Response(
            303, headers={"location": page["cancel_url" if card is Card.ABANDONED else "success_url"]}
        )

    def _paid(self, session_id: str, card: Card) -> Response:
        payment = self._books.pay(session_id, card)
        words = WORDS[payment["language"]]
        if card is Card.DECLINED:
            if payment["status"] == OPEN:
                return pages.pay_page(payment, words, error=pages.declined_text(payment, words))
            return pages.ended_page(payment, words)
        back = payment["cancel_url" if card is Card.ABANDONED else "success_url"]
        return Response(303, headers={"location": back})
