"""`ringfence demo-erase`: delete a demo customer in front of one's eyes, and check the receipt."""

import argparse
import json
import sys
from uuid import UUID

NAME = "demo-erase"
HELP = "delete the demo customer customer2@example.com, and show what could be found of them before and after"

EMAIL = "customer2@example.com"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("--email", default=EMAIL, help=f"whom to delete (default: {EMAIL})")


def run(arguments: argparse.Namespace) -> int:
    """Show, delete, show again; fails on a store that is not a demo, and when the receipt does not hold."""
    from django.conf import settings

    from ringfence.accounts.queries import find_by_address
    from ringfence.interfaces import clock
    from ringfence.interfaces.commands import demo
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.erasure import actions, queries, receipts, values

    made_by_demo = (settings.VAR_DIR / "demo.done").exists() and arguments.email in {
        email for email, *_rest in demo.CUSTOMERS
    }
    if not (settings.ENVIRONMENT.demo or made_by_demo):
        sys.stderr.write("This is not a demo store; a customer's deletion begins in the account.\n")
        return 2
    person = find_by_address(arguments.email)
    if person is None:
        sys.stderr.write(
            f"{arguments.email} is not in the store, or not any more. `--email ADDRESS` names another customer.\n"
        )
        return 0 if arguments.email == EMAIL else 1
    sys.stdout.write(f"Deleting {arguments.email}.\n\n")
    known = values.known_values(person)
    _show("Before", person)
    sys.stdout.write(f"  Values we can read: {len(known)}, such as {min(known)!r}\n\n")
    by, at = Actor.system("demo"), clock.now()
    word = actions.begin(subject=person, request=None, by=by, at=at)
    watched = queries.watched(word, at)
    assert watched is not None
    actions.proceed(erasure=watched.id, by=by, at=at)
    _show("After", person)
    sys.stdout.write(f"  Values we can read: {len(values.known_values(person))}\n\n")
    watched = queries.watched(word, at)
    if watched is None or watched.document is None or receipts.faults(watched.document):
        sys.stderr.write("The receipt does not hold.\n")
        return 1
    path = settings.VAR_DIR / f"{watched.document['body']['receipt']}.json"
    path.write_text(json.dumps(watched.document, indent=2), encoding="utf-8")
    sys.stdout.write(f"Receipt: {path}\n{json.dumps(watched.document['body'], indent=2)}\n")
    return 0


def _show(when: str, person: UUID) -> None:
    from ringfence.privacy.erasure import search

    sys.stdout.write(f"{when}: rows that name the person\n")
    places = {table: search.rows_holding(table, [str(person)]) for table in search.all_tables()}
    for table, count in places.items():
        if count:
            sys.stdout.write(f"  {table:<32}{count:>4}\n")
    if not any(places.values()):
        sys.stdout.write("  none\n")
