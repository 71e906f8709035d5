"""The provider's API: JSON over HTTP with a bearer key, changes with an ``Idempotency-Key``.

``POST /v1/sessions``, ``GET /v1/sessions/<id>``, ``POST /v1/sessions/<id>/expire``, ``POST /v1/refunds``,
``GET /v1/refunds/<id>``, ``GET /v1/events?after=<id>&limit=<n>``, ``POST /v1/charges``, ``DELETE /v1/mandates/<id>``,
``POST /v1/card-pages``, ``GET /v1/card-pages/<id>``; and, for rehearsing bad days,
``GET | PUT /rehearsal/trouble`` and ``POST /rehearsal/release?order=made|reversed``.
"""

import hmac
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from .asked import currency_of, idempotency_key, language_of, money_of, object_of, texts_of
from .books import Books, Problem
from .mandates import Mandates
from .trouble import NotATrouble, Trouble
from .web import Request, Response

_MOST_EVENTS: Final = 100
_TOO_MANY: Final = 429

Handler = Callable[[Request, str], Any]


class Api:
    """Answers API calls. ``public_url`` is the provider's own origin, without a slash at the end."""

    def __init__(self, books: Books, mandates: Mandates, *, key: str, public_url: str) -> None:
        """Answer with these books to whoever has the ``key``."""
        self._books, self._mandates = books, mandates
        self._key, self._public_url = key, public_url
        self._routes: Final[list[tuple[str, re.Pattern[str], Handler]]] = [
            ("POST", re.compile(r"/v1/sessions()"), self._open_session),
            ("GET", re.compile(r"/v1/sessions/(\w+)"), self._show_session),
            ("POST", re.compile(r"/v1/sessions/(\w+)/expire"), self._expire_session),
            ("POST", re.compile(r"/v1/refunds()"), self._open_refund),
            ("GET", re.compile(r"/v1/refunds/(\w+)"), self._show_refund),
            ("POST", re.compile(r"/v1/charges()"), self._open_charge),
            ("GET", re.compile(r"/v1/charges()"), self._find_charge),
            ("DELETE", re.compile(r"/v1/mandates/(\w+)"), self._forget_mandate),
            ("POST", re.compile(r"/v1/card-pages()"), self._open_card_page),
            ("GET", re.compile(r"/v1/card-pages/(\w+)"), self._show_card_page),
            ("GET", re.compile(r"/v1/events()"), self._list_events),
            ("GET", re.compile(r"/rehearsal/trouble()"), self._show_trouble),
            ("PUT", re.compile(r"/rehearsal/trouble()"), self._set_trouble),
            ("POST", re.compile(r"/rehearsal/release()"), self._release),
        ]

    def answer(self, request: Request) -> Response:
        """The answer to a call; every error is JSON with a code and a sentence."""
        try:
            self._admit(request)
            lost = self._go_wrong(request)
            done = self._call(request)
        except Problem as problem:
            error = {"code": problem.code, "message": problem.sentence}
            headers = {"retry-after": "1"} if problem.status == _TOO_MANY else {}
            return _json(problem.status, {"error": error}, headers)
        if lost:
            return _json(
                502, {"error": {"code": "trouble", "message": "Done, but this answer says otherwise."}}
            )
        return _json(200, done)

    def _admit(self, request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._key}".encode()):
            raise Problem(401, "wrong_key", "The API key is missing or wrong.")

    def _go_wrong(self, request: Request) -> bool:
        """Raises the trouble asked for, if any; answers whether this call's answer is to be lost."""
        trouble = self._books.trouble()
        if request.path.startswith("/rehearsal/"):
            return False
        if trouble.fail_next:
            self._books.set_trouble(replace(trouble, fail_next=trouble.fail_next - 1))
            raise Problem(trouble.fail_status, "trouble", "Trouble was asked for.")
        if trouble.lose_next:
            self._books.set_trouble(replace(trouble, lose_next=trouble.lose_next - 1))
        return trouble.lose_next > 0

    def _call(self, request: Request) -> Any:
        for method, pattern, handler in self._routes:
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                return handler(request, match[1])
        raise Problem(404, "unknown_address", "There is nothing at this address.")

    def _open_session(self, request: Request, _: str) -> dict[str, Any]:
        asked = object_of(request)
        keep = asked.get("keep", False)
        if type(keep) is not bool:
            raise Problem(422, "bad_keep", "keep is true or false.")
        wanted = texts_of(asked, "order_id", "description", "success_url", "cancel_url")
        wanted["language"] = language_of(asked)
        payment = self._books.open_session(
            idempotency_key(request), **wanted, **money_of(asked), keep=int(keep)
        )
        return self._session_json(payment)

    def _open_charge(self, request: Request, _: str) -> dict[str, Any]:
        asked = object_of(request)
        wanted = texts_of(asked, "mandate", "order_id", "description")
        return self._session_json(
            self._mandates.charge(idempotency_key(request), **wanted, **money_of(asked))
        )

    def _find_charge(self, request: Request, _: str) -> dict[str, Any]:
        return self._session_json(self._mandates.charge_by_key(request.query_value("key") or ""))

    def _forget_mandate(self, _: Request, mandate: str) -> dict[str, Any]:
        self._mandates.forget(mandate)
        return {"id": mandate, "forgotten": True}

    def _open_card_page(self, request: Request, _: str) -> dict[str, Any]:
        asked = object_of(request)
        wanted = texts_of(asked, "subscription_id", "success_url", "cancel_url")
        wanted |= {"language": language_of(asked), "currency": currency_of(asked)}
        return self._card_page_json(self._mandates.open_card_page(idempotency_key(request), **wanted))

    def _show_card_page(self, _: Request, page_id: str) -> dict[str, Any]:
        return self._card_page_json(self._mandates.card_page(page_id))

    def _card_page_json(self, row: sqlite3.Row) -> dict[str, Any]:
        shown = {name: row[name] for name in ("id", "subscription_id", "status", "mandate")}
        return {**shown, "url": f"{self._public_url}/card/{row['id']}"}

    def _show_session(self, _: Request, session_id: str) -> dict[str, Any]:
        return self._session_json(self._books.session(session_id))

    def _expire_session(self, _: Request, session_id: str) -> dict[str, Any]:
        return self._session_json(self._books.expire(session_id))

    def _open_refund(self, request: Request, _: str) -> dict[str, Any]:
        asked = object_of(request)
        session = asked.get("session")
        if not isinstance(session, str):
            raise Problem(422, "bad_session", "session is the id of a payment.")
        return _refund_json(
            self._books.open_refund(idempotency_key(request), session=session, **money_of(asked))
        )

    def _show_refund(self, _: Request, refund_id: str) -> dict[str, Any]:
        return _refund_json(self._books.refund(refund_id))

    def _list_events(self, request: Request, _: str) -> dict[str, Any]:
        limit = request.query_value("limit") or str(_MOST_EVENTS)
        if not re.fullmatch(r"[0-9]{1,3}", limit) or not 1 <= int(limit) <= _MOST_EVENTS:
            raise Problem(422, "bad_limit", f"limit is a number from 1 to {_MOST_EVENTS}.")
        return {"events": self._books.events_after(request.query_value("after"), int(limit))}

    def _show_trouble(self, _: Request, __: str) -> dict[str, Any]:
        return self._books.trouble().as_json()

    def _set_trouble(self, request: Request, _: str) -> dict[str, Any]:
        try:
            trouble = Trouble.parse(object_of(request))
        except NotATrouble as error:
            raise Problem(422, "bad_trouble", str(error)) from None
        self._books.set_trouble(trouble)
        return trouble.as_json()

    def _release(self, request: Request, _: str) -> dict[str, Any]:
        order = request.query_value("order") or "made"
        if order not in ("made", "reversed"):
            raise Problem(422, "bad_order", "order is made or reversed.")
        return {"released": self._books.release(reverse=order == "reversed")}

    def _session_json(self, row: sqlite3.Row) -> dict[str, Any]:
        names = ("id", "order_id", "amount", "currency", "refunded", "status", "mandate", "reason")
        shown = {name: row[name] for name in names}
        return {**shown, "url": f"{self._public_url}/pay/{row['id']}", "created": int(row["created"])}


def _refund_json(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "session", "amount", "currency", "status")}


def _json(status: int, value: object, headers: dict[str, str] | None = None) -> Response:
    return Response(status, json.dumps(value).encode(), "application/json", headers or {})
