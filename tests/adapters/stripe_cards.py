"""The stand-in's half that has to do with kept cards: pages that keep one, charges without the buyer, deletion."""

from collections.abc import Callable
from typing import Any

from tests.adapters.stripe_objects import Problem, found, sample


class KeptCards:
    """Customers of Stripe's, what their cards do when charged, and the payments made so."""

    books: Any
    _new: Callable[[str], str]
    tell: Callable[..., dict[str, Any]]
    later: Callable[[Callable[[], None]], None]
    page_of: Callable[..., dict[str, Any]]
    charges_go = "at once"
    """What becomes of a charge: at once, slowly, declined, or the bank wants to see the buyer."""

    def note_page(self, session: dict[str, Any], asked: dict[str, Any]) -> None:
        """Remember whether the page keeps the card."""
        session["customer_creation"] = asked["customer_creation"]
        usage = asked["payment_intent_data"].get("setup_future_usage")
        session["metadata"] = {"usage": usage} if usage else {}

    def a_customer(self) -> dict[str, Any]:
        """A customer with a card, as two fields of whatever made them."""
        customer, method = self._new("cus"), self._new("pm")
        self.books.customers[customer] = [method]
        return {"customer": customer, "payment_method": method}

    def kept_by_paying(self, session_id: str) -> dict[str, Any]:
        """What a payment's object says of the card it was paid by."""
        usage = self.books.sessions[session_id]["metadata"].get("usage")
        return self.a_customer() | {"setup_future_usage": usage} if usage else {}

    def open_for_a_card(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A page where nothing is paid."""
        made = sample(
            "checkout.session",
            id=self._new("cs_test_s1").replace("s1_", "s1"),
            mode="setup",
            payment_intent=None,
            payment_status="no_payment_required",
            currency=asked["currency"],
            client_reference_id=asked["client_reference_id"],
            expires_at=asked["expires_at"],
            locale=asked["locale"],
            customer_details=None,
            setup_intent=sample("setup_intent", id=self._new("seti")),
        )
        made["url"] = f"https://checkout.stripe.com/c/pay/{made['id']}"
        self.books.sessions[made["id"]] = made
        return made

    def leave_card(self, session_id: str) -> None:
        """The buyer leaves a card and pays nothing."""
        session = self.books.sessions[session_id]
        session["setup_intent"] |= {"status": "succeeded", **self.a_customer()}
        session |= {"status": "complete", "url": None}
        self.tell("checkout.session.completed", session)

    def charge(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A payment confirmed without the buyer. A refusal of the card is an error with the payment inside."""
        if asked["payment_method"] not in self.books.customers.get(asked["customer"], []):
            raise Problem(404, "invalid_request_error", "resource_missing", "customer")
        names = ("amount", "currency", "customer", "payment_method", "metadata", "description")
        payment = sample("payment_intent", id=self._new("pi"), **{name: asked[name] for name in names})
        self.books.payments[payment["id"]] = payment
        refusal = {"declined": "card_declined", "see the buyer": "authentication_required"}.get(
            self.charges_go
        )
        if refusal:
            payment["last_payment_error"] = {"type": "card_error", "code": refusal}
            self.tell("payment_intent.payment_failed", payment)
            problem = Problem(402, "card_error", refusal)
            problem.error["payment_intent"] = payment
            raise problem
        charge = sample(
            "charge",
            id=self._new("ch"),
            amount=asked["amount"],
            amount_captured=asked["amount"],
            currency=asked["currency"],
            payment_intent=payment["id"],
            captured=True,
            metadata={"slow": "False"},
        )
        payment |= {"latest_charge": charge, "status": "processing"}
        if self.charges_go == "slowly":
            self.later(lambda: self._taken(payment))
        else:
            self._taken(payment)
        return payment

    def _taken(self, payment: dict[str, Any]) -> None:
        payment["status"] = "succeeded"
        self.tell("payment_intent.succeeded", payment)

    def get_payments(self, path: str, query: dict[str, list[str]], form: dict[str, Any]) -> dict[str, Any]:
        """One payment, or those of a customer."""
        if path != "/v1/payment_intents":
            return found(self.books.payments, path.rpartition("/")[2])
        customer = query["customer"][0]
        rows = [row for row in reversed(self.books.payments.values()) if row["customer"] == customer]
        return self.page_of(rows, path, query)

    def delete_customer(self, name: str) -> dict[str, Any]:
        """A customer and their cards are gone."""
        if self.books.customers.pop(name, None) is None:
            raise Problem(404, "invalid_request_error", "resource_missing", "id")
        return sample("deleted_customer", id=name)
