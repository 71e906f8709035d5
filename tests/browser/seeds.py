"""Builders for the running store: they call actions in a process that has the store's environment."""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

PASSWORD = "four plain words here"


def _now() -> datetime:
    return datetime.now(UTC)


def customer(email: str, **profile: Any) -> str:
    """A customer whose address counts as confirmed; their id."""
    from ringfence.accounts import actions
    from ringfence.kernel.actor import Actor

    by = Actor.system("tests")
    return str(
        actions.add_customer(email=email, password=PASSWORD, language="en", by=by, at=_now(), **profile)
    )


def staff(email: str, roles: list[str]) -> dict[str, str]:
    """A member of staff: their id, and the token of the link that lets them in once."""
    from ringfence.accounts import actions
    from ringfence.kernel.actor import Actor, Role

    person, token = actions.add_staff(
        email=email,
        roles=frozenset(Role(role) for role in roles),
        language="en",
        by=Actor.system("tests"),
        at=_now(),
    )
    return {"person": str(person), "token": token}


SEEDS: dict[str, Callable[..., Any]] = {"customer": customer, "staff": staff}


def main() -> None:
    """Call the builder named on the command line, and print what it returned as JSON."""
    from ringfence.config import program

    program.set_up()
    with program.database():
        print(json.dumps(SEEDS[sys.argv[1]](**json.loads(sys.argv[2]))))  # noqa: T201


if __name__ == "__main__":
    main()
