"""The provider's API: JSON over HTTP with a bearer key, changes with an ``Idempotency-Key``.

``POST /v1/sessions``, ``GET /v1/sessions/<id>``, ``POST /v1/sessions/<id>/expire``, ``POST /v1/refunds``,
``GET /v1/refunds/<id>``, ``GET /v1/events?after=<id>&limit=<n>``; and, for rehearsing bad days,
``GET | PUT /rehearsal/trouble`` and ``POST /rehearsal/release?order=made|reversed``.
"""

import hmac
import json
import re
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from ringfence.kernel.money import EXPONENTS

from .books import Books, Problem
from .trouble import NotATrouble, Trouble
from .web import Request, Response

LARGEST_AMOUNT: Final = 99_999_999
_LONGEST: Final = {"order_id": 100, "description": 200, "success_url": 2000, "cancel_url": 2000}
_LANGUAGES: Final = ("nb", "en")
_MOST_EVENTS: Final = 100
_TOO_MANY: Final = 429

Handler = Callable[[Request, str], Any]


class Api:
    """Answers API calls. ``public_url`` is the provider's own origin, without a slash at the end."""

    def __init__(self, books: Books, *, key: str, public_url: str) -> None:
        """Answer with these books to whoever has the ``key``."""
        self._books, self._key, self._public_url = books, key, public_url
        self._routes: Final[list[tuple[str, re.Pattern[str], Handler]]] = [
            ("POST", re.compile(r"/v1/sessions()"), self._open_session),
            ("GET", re.compile(r"/v1/sessions/(\w+)"), self._show_session),
            ("POST", re.compile(r"/v1/sessions/(\w+)/expire"), self._expire_session),
            ("POST", re.compile(r"/v1/refunds()"), self._open_refund),
            ("GET", re.compile(r"/v1/refunds/(\w+)"), self._show_refund),
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
        asked = _object(request)
        for name, longest in _LONGEST.items():
            if not isinstance(asked.get(name), str) or not 0 < len(asked[name]) <= longest:
                raise Problem(422, f"bad_{name}", f"{name} is a text of 1 to {longest} characters.")
        if not re.fullmatch(r"[A-Za-z0-9_-]+", asked["order_id"]):
            raise Problem(422, "bad_order_id", "order_id is letters, digits, hyphens and underscores.")
        for name in ("success_url", "cancel_url"):
            _refuse_other_than_web(name, asked[name])
        if asked.get("language") not in _LANGUAGES:
            raise Problem(422, "bad_language", "language is nb or en.")
        wanted = {name: asked[name] for name in (*_LONGEST, "language")}
        payment = self._books.open_session(_idempotency_key(request), **wanted, **_money(asked))
        return self._session_json(payment)

    def _show_session(self, _: Request, session_id: str) -> dict[str, Any]:
        return self._session_json(self._books.session(session_id))

    def _expire_session(self, _: Request, session_id: str) -> dict[str, Any]:
        return self._session_json(self._books.expire(session_id))

    def _open_refund(self, request: Request, _: str) -> dict[str, Any]:
        asked = _object(request)
        session = asked.get("session")
        if not isinstance(session, str):
            raise Problem(422, "bad_session", "session is the id of a payment.")
        return _refund_json(
            self._books.open_refund(_idempotency_key(request), session=session, **_money(asked))
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
            trouble = Trouble.parse(_object(request))
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
        shown = {name: row[name] for name in ("id", "order_id", "amount", "currency", "refunded", "status")}
        return {**shown, "url": f"{self._public_url}/pay/{row['id']}", "created": int(row["created"])}


def _refund_json(row: sqlite3.Row) -> dict[str, Any]:
    return {name: row[name] for name in ("id", "session", "amount", "currency", "status")}


def _json(status: int, value: object, headers: dict[str, str] | None = None) -> Response:
    return Response(status, json.dumps(value).encode(), "application/json", headers or {})


def _object(request: Request) -> dict[str, Any]:
    try:
        value = json.loads(request.body)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise Problem(422, "bad_json", "The body is a JSON object.")
    return value


def _idempotency_key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "")
    if not re.fullmatch(r"[\x21-\x7e]{1,200}", key):
        raise Problem(422, "bad_key", "Idempotency-Key is 1 to 200 printable characters.")
    return key


def _money(asked: dict[str, Any]) -> dict[str, Any]:
    amount, currency = asked.get("amount"), asked.get("currency")
    if type(amount) is not int or not 0 < amount <= LARGEST_AMOUNT:
        raise Problem(
            422, "bad_amount", f"amount is a whole number of minor units from 1 to {LARGEST_AMOUNT}."
        )
    if currency not in EXPONENTS:
        raise Problem(422, "bad_currency", "currency is a code of ISO 4217.")
    return {"amount": amount, "currency": currency}


def _refuse_other_than_web(name: str, address: str) -> None:
    try:
        parts = urlsplit(address)
        fine = parts.scheme in ("http", "https") and re.fullmatch(r"[a-z0-9.:\[\]-]+", parts.netloc.lower())
    except ValueError:
        fine = None
    if not fine or re.search(r"[\s\x00-\x1f\x7f]", address):
        raise Problem(422, f"bad_{name}", f"{name} is a web address.")
