"""People for tests, made by the actions that the product has."""

import json
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app

from ringfence.accounts import actions, policy_letters
from ringfence.accounts.rules import Means
from ringfence.interfaces import passkey_step
from ringfence.interfaces.access import SESSION_KEY
from ringfence.kernel.actor import Actor, Role
from ringfence.privacy.keys import keyring

PASSWORD = "a long enough passphrase"
TESTS = Actor.system("tests")


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def customer(
    client: Client | None = None,
    *,
    email: str = "customer1@example.com",
    password: str = PASSWORD,
    language: str = "en",
    **profile: Any,
) -> UUID:
    """Make a customer; with `client`, sign them in there."""
    person = actions.add_customer(
        email=email, password=password, language=language, by=TESTS, at=now(), **profile
    )
    if client is not None:
        sign_in(client, person)
    return person


def staff_member(
    client: Client | None = None,
    *roles: Role,
    email: str = "staff1@example.com",
    strong: bool = True,
    passkey: bool = False,
) -> UUID:
    """Make a member of staff; with `client`, sign them in there, with a second proof unless `strong` is False.

    With `passkey` that proof was one.
    """
    person, _token = actions.add_staff(
        email=email, roles=frozenset(roles or {Role.SUPPORT}), language="en", by=TESTS, at=now()
    )
    if client is not None:
        session = sign_in(client, person, strong=strong)
        if passkey:
            stored = client.session
            stored[passkey_step.SHOWN] = [str(session), now().isoformat()]
            stored.save()
    return person


def sign_in(client: Client, person: UUID, *, strong: bool = False) -> UUID:
    """Give a client a session of a person."""
    session = actions.sign_in(
        person=person,
        means=Means.PASSWORD,
        strong=strong,
        network_address="192.0.2.1",
        device="Firefox, Linux",
        by=TESTS,
        at=now(),
    )
    stored = client.session
    stored[SESSION_KEY] = str(session)
    stored.save()
    return session


def run_jobs(prefix: str = "") -> list[str]:
    """Run queued tasks, those they queue included, until none is left; return their names in order."""
    done: list[str] = []
    while job := _next_job(prefix):
        number, name, arguments = job
        task = app.tasks[name]
        context = SimpleNamespace(start_timestamp=now().timestamp(), job=SimpleNamespace(attempts=0))
        _mark(number, "doing")
        try:
            task.func(context, **arguments) if task.pass_context else task.func(**arguments)
        except Exception:
            _mark(number, "todo")
            raise
        keyring.forget()
        done.append(name)
        _mark(number, "succeeded")
    return done


def _mark(job: int, status: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, job])


def _next_job(prefix: str) -> tuple[int, str, dict[str, Any]] | None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo'"
            " AND starts_with(task_name, %s) ORDER BY id LIMIT 1",
            [prefix],
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return row[0], row[1], row[2] if isinstance(row[2], dict) else json.loads(row[2])


def tell_all_of_policy(at: datetime, batch: int = 200) -> int:
    """Have everybody written to who has not been told of the policy; return to how many."""
    told = 0
    while some := policy_letters.tell_some(by=TESTS, at=at, batch=batch):
        told += some
    return told
