"""A stand-in for Stripe, over HTTP on this machine: its published objects, its errors, its memory for keys."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import stripe
from stripe.params import PaymentIntentCreateParams, RefundCreateParams
from stripe.params.checkout import SessionCreateParams, SessionExpireParams

from ringfence.adapters.payments.stripe_connection import API_VERSION
from tests.adapters.stripe_cards import KeptCards
from tests.adapters.stripe_objects import Problem, found, sample
from tests.adapters.stripe_params import BadParameter, check, nested

SECRET_KEY = "sk_test_" + "StandIn0" * 3
WEBHOOK_SECRET = "whsec_" + "StandIn1" * 4
SLOW_SECONDS = 0.4
PORTS = range(25800, 25900)


@dataclass
class Seen:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    form: dict[str, Any]


@dataclass
class Books:
    """What Stripe would remember."""

    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: dict[str, dict[str, Any]] = field(default_factory=dict)
    disputes: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, tuple[Any, int, Any]] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)
    customers: dict[str, list[str]] = field(default_factory=dict)
    due: list[tuple[float, Callable[[], None]]] = field(default_factory=list)


class StandIn(KeptCards, ThreadingHTTPServer):
    """The server; tests also use it as the buyer, the bank and the clock."""

    daemon_threads = True
    allow_reuse_address = False
    books: Books

    def __init__(self) -> None:
        """Listen at the first free port of the range."""
        for port in PORTS:
            try:
                super().__init__(("127.0.0.1", port), _Door)
            except OSError:
                continue
            break
        self.origin = f"http://127.0.0.1:{self.server_port}"
        self.books, self.seen, self.lock = Books(), list[Seen](), threading.RLock()
        self.fail: list[int] = []
        self.lose = 0
        self.stall_seconds = 0.0
        self.clock: Callable[[], float] = time.time
        self.count = 0

    def _new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.server_port}N{self.count:06}"

    def settle_due(self) -> None:
        """Does what is due by now."""
        with self.lock:
            now = time.monotonic()
            ready = [act for when, act in self.books.due if when <= now]
            self.books.due = [row for row in self.books.due if row[0] > now]
            for act in ready:
                act()

    def later(self, act: Callable[[], None]) -> None:
        """Does something after a little while."""
        self.books.due.append((time.monotonic() + SLOW_SECONDS, act))

    def tell(self, word: str, thing: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
        """Notes an event, with a copy of what it is about."""
        data = {"object": json.loads(json.dumps(thing))} | ({"previous_attributes": before} if before else {})
        event = sample("event", id=self._new("evt"), type=word, data=data, created=int(time.time()))
        event["api_version"] = API_VERSION
        self.books.events.append(event)
        return event

    # The buyer and the bank.

    def pay(self, session_id: str, how: str = "at once") -> None:
        """The buyer pays: at once, slowly, or slowly in vain."""
        session = self.books.sessions[session_id]
        assert session["status"] == "open"
        amount, currency = session["amount_total"], session["currency"]
        charge = sample(
            "charge", id=self._new("ch"), amount=amount, amount_captured=amount, currency=currency
        )
        payment = sample("payment_intent", id=self._new("pi"), amount=amount, currency=currency)
        payment |= {"latest_charge": charge, "status": "processing", "metadata": {"order": "…"}}
        payment |= self.kept_by_paying(session_id)
        charge |= {
            "payment_intent": payment["id"],
            "captured": True,
            "metadata": {"slow": str(how != "at once")},
        }
        self.books.payments[payment["id"]] = payment
        session |= {"status": "complete", "payment_intent": payment["id"], "url": None}
        if how == "at once":
            session["payment_status"], payment["status"] = "paid", "succeeded"
        self.tell("checkout.session.completed", session)
        if how != "at once":
            self.later(lambda: self._decide(session, payment, is_good=how == "slowly"))

    def _decide(self, session: dict[str, Any], payment: dict[str, Any], *, is_good: bool) -> None:
        payment["status"] = "succeeded" if is_good else "requires_payment_method"
        session["payment_status"] = "paid" if is_good else "unpaid"
        if not is_good:
            payment["latest_charge"]["paid"] = False
        self.tell(f"checkout.session.async_payment_{'succeeded' if is_good else 'failed'}", session)

    def dispute(self, session_id: str, status: str = "needs_response") -> None:
        """The buyer's bank begins a dispute."""
        self.dispute_payment(self.books.payments[self.books.sessions[session_id]["payment_intent"]], status)

    def dispute_payment(self, payment: dict[str, Any], status: str = "needs_response") -> None:
        """The same, for any payment."""
        charge = payment["latest_charge"]
        charge["disputed"] = True
        about = {"amount": charge["amount"], "currency": charge["currency"], "charge": charge["id"]}
        made = sample("dispute", id=self._new("dp"), payment_intent=payment["id"], status=status, **about)
        self.books.disputes[made["id"]] = made
        self.tell("charge.dispute.created", made)

    def finish_refund(self, refund: dict[str, Any], status: str = "succeeded") -> None:
        """A refund arrives, or does not."""
        refund["status"] = status
        if status == "failed":
            charge = self.books.payments[refund["payment_intent"]]["latest_charge"]
            charge["amount_refunded"] -= refund["amount"]
            self.tell("refund.failed", refund)
        self.tell("refund.updated", refund)

    def signed(self, event: dict[str, Any], at: float | None = None) -> tuple[bytes, dict[str, str]]:
        """An event as it is sent, signed by the official library."""
        body = json.dumps(event, indent=2)
        seconds = None if at is None else int(at)
        header = stripe.WebhookSignature.generate_signature_header(body, WEBHOOK_SECRET, seconds)
        return body.encode(), {"Stripe-Signature": header}

    @contextmanager
    def trouble(self, *, fail: list[int] | None = None, lose: int = 0) -> Iterator[None]:
        """Things go wrong inside the block: the next calls fail so, or are done and never answered."""
        self.fail, self.lose = fail or [], lose
        yield
        assert not self.fail, "fewer calls came than were to fail"
        assert not self.lose, "fewer calls came than were to be lost"

    # The API.

    def answer(self, method: str, target: str, headers: dict[str, str], body: str) -> tuple[int, Any]:
        """The answer to a request, by the rules that hold for all of them."""
        path, query = urlsplit(target).path, urlsplit(target).query
        form = nested(body if method == "POST" else query)
        self.seen.append(Seen(method, path, headers, form))
        if self.fail:
            status = self.fail.pop(0)
            raise Problem(status, "api_error" if status != 429 else "invalid_request_error")
        if headers.get("authorization") != f"Bearer {SECRET_KEY}":
            raise Problem(401, "invalid_request_error")
        if headers.get("stripe-version") != API_VERSION:
            raise Problem(400, "invalid_request_error")
        if method == "DELETE":
            return 200, self.delete_customer(path.rpartition("/")[2])
        if method == "GET":
            return 200, self.get(path, parse_qs(query), form)
        assert headers["content-type"] == "application/x-www-form-urlencoded"
        key = headers["idempotency-key"]
        if key in self.books.keys:
            asked, status, said = self.books.keys[key]
            if asked != (path, form):
                raise Problem(400, "idempotency_error")
            return status, said
        said = json.loads(json.dumps(self.post(path, form)))
        self.books.keys[key] = ((path, form), 200, said)
        return 200, said

    def get(self, path: str, query: dict[str, list[str]], form: dict[str, Any]) -> Any:
        """GET."""
        books, last = self.books, path.rpartition("/")[2]
        if path.startswith("/v1/checkout/sessions/"):
            return self._shown(found(books.sessions, last), form.get("expand", []))
        if path.startswith("/v1/payment_intents"):
            return self.get_payments(path, query, form)
        if path.startswith("/v1/refunds/"):
            return found(books.refunds, last)
        kept = {
            "/v1/checkout/sessions": books.sessions,
            "/v1/refunds": books.refunds,
            "/v1/disputes": books.disputes,
        }
        payment = query["payment_intent"][0]
        rows = [row for row in reversed(kept[path].values()) if row["payment_intent"] == payment]
        return self.page_of(rows, path, query)

    def page_of(self, rows: list[dict[str, Any]], path: str, query: dict[str, list[str]]) -> dict[str, Any]:
        """One page of a list."""
        after = query.get("starting_after", [""])[0]
        start = [row["id"] for row in rows].index(after) + 1 if after else 0
        most = min(int(query["limit"][0]), 2)  # Small pages, so that turning them is seen to work.
        return {
            "object": "list",
            "url": path,
            "data": rows[start : start + most],
            "has_more": start + most < len(rows),
        }

    def _shown(self, session: dict[str, Any], expand: list[str]) -> dict[str, Any]:
        if session["status"] == "open" and session["expires_at"] <= self.clock():
            session |= {"status": "expired", "url": None}
        if expand == ["setup_intent"]:
            return session
        payment = self.books.payments.get(session["payment_intent"] or "")
        if payment is None or expand != ["payment_intent.latest_charge"]:
            return session
        return session | {"payment_intent": payment}

    def post(self, path: str, form: dict[str, Any]) -> Any:
        """POST."""
        try:
            if path == "/v1/checkout/sessions":
                return self._open(check(form, SessionCreateParams))
            if path == "/v1/payment_intents":
                return self.charge(check(form, PaymentIntentCreateParams))
            if path == "/v1/refunds":
                return self._refund(check(form, RefundCreateParams))
            if path.endswith("/expire"):
                check(form, SessionExpireParams)
                return self._expire(path.split("/")[-2])
        except BadParameter as bad:
            raise Problem(400, "invalid_request_error", bad.code, bad.path) from None
        raise Problem(404, "invalid_request_error")

    def _open(self, asked: dict[str, Any]) -> dict[str, Any]:
        if not 30 * 60 <= asked["expires_at"] - self.clock() <= 24 * 3600:
            raise BadParameter("parameter_invalid", "[expires_at]")
        if asked["mode"] == "setup":
            return self.open_for_a_card(asked)
        [line] = asked["line_items"]
        price = line["price_data"]
        total = price["unit_amount"] * line["quantity"]
        name = self._new("cs_test_a1")
        made = sample(
            "checkout.session",
            id=name.replace("a1_", "a1"),
            amount_subtotal=total,
            amount_total=total,
            currency=price["currency"],
            client_reference_id=asked["client_reference_id"],
            expires_at=asked["expires_at"],
            locale=asked["locale"],
            payment_intent=None,
            customer_details=None,
        )
        made["url"] = f"https://checkout.stripe.com/c/pay/{made['id']}"
        self.note_page(made, asked)
        self.books.sessions[made["id"]] = made
        return made

    def _expire(self, name: str) -> dict[str, Any]:
        session = found(self.books.sessions, name)
        if session["status"] != "open":
            raise Problem(400, "invalid_request_error")
        session |= {"status": "expired", "url": None}
        self.tell("checkout.session.expired", session)
        return session

    def _refund(self, asked: dict[str, Any]) -> dict[str, Any]:
        payment = found(self.books.payments, asked["payment_intent"])
        charge = payment["latest_charge"]
        if charge["disputed"]:
            raise Problem(400, "invalid_request_error", "charge_disputed")
        left = charge["amount"] - charge["amount_refunded"]
        if not left:
            raise Problem(400, "invalid_request_error", "charge_already_refunded")
        if asked["amount"] > left:
            raise Problem(400, "invalid_request_error", "amount_too_large", "amount")
        before = {"amount_refunded": charge["amount_refunded"]}
        charge["amount_refunded"] += asked["amount"]
        about = {"amount": asked["amount"], "currency": charge["currency"], "charge": charge["id"]}
        made = sample(
            "refund", id=self._new("re"), payment_intent=payment["id"], metadata=asked["metadata"], **about
        )
        self.books.refunds[made["id"]] = made
        if charge["metadata"]["slow"] == "True":
            made["status"] = "pending"
            self.later(lambda: self.finish_refund(made))
        self.tell("charge.refunded", charge, before)
        return made


class _Door(BaseHTTPRequestHandler):
    server: StandIn
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        headers = {name.lower(): one for name, one in self.headers.items()}
        time.sleep(self.server.stall_seconds)
        self.server.settle_due()
        with self.server.lock:
            try:
                status, said = self.server.answer(self.command, self.path, headers, body)
            except Problem as problem:
                status, said = problem.status, problem.body
            if self.server.lose:
                self.server.lose -= 1
                self.close_connection = True
                return
            text = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.send_header("Request-Id", "req_123")
        self.send_header("Stripe-Notice", "Something to print.")
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        """Says nothing."""
