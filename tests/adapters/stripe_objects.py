"""Stripe's published objects and errors, for the stand-in."""

import json
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).parent / "stripe_fixtures"


def sample(name: str, **changes: Any) -> dict[str, Any]:
    """A published sample object with some of its values changed; a value it does not have is a mistake."""
    thing: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    assert changes.keys() <= thing.keys(), changes.keys() - thing.keys()
    return thing | changes


class Problem(Exception):
    """An answer that is an error, shaped as Stripe's."""

    def __init__(self, status: int, kind: str, code: str | None = None, param: str | None = None) -> None:
        """Say which."""
        super().__init__(kind)
        error: dict[str, Any] = {
            "type": kind,
            "message": "Something about card 4242 4242 4242 4242.",
            "code": code,
            "param": param,
        }
        self.status, self.error = status, {name: one for name, one in error.items() if one}

    @property
    def body(self) -> dict[str, Any]:
        """The answer."""
        return {"error": self.error}


def found(rows: dict[str, dict[str, Any]], name: str) -> dict[str, Any]:
    """The object of this id, or Stripe's error for one that is not there."""
    if name not in rows:
        raise Problem(404, "invalid_request_error", "resource_missing", "id")
    return rows[name]
