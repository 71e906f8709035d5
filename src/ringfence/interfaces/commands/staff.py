"""`ringfence staff`: who works here. `staff add` prints a link that lets its owner in once."""

import argparse
import sys

import django
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal

NAME = "staff"
HELP = "add a member of staff, give them roles, or let them go"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe `add` and `remove`."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="add|remove")
    add = verbs.add_parser("add", help="add somebody, or change their roles, and print a link to enter once")
    add.add_argument("email")
    add.add_argument(
        "--role",
        dest="roles",
        action="append",
        choices=[role.value for role in Role],
        help="may be given several times",
    )
    add.add_argument("--language", choices=["nb", "en"], default="en")
    add.add_argument(
        "--forget-second-step",
        action="store_true",
        help="for somebody who lost passkey, code app and recovery codes: they set up new ones",
    )
    remove = verbs.add_parser("remove", help="close an account of staff; its sessions end at once")
    remove.add_argument("email")


def run(args: argparse.Namespace) -> int:
    """Do it; the answer is the exit code."""
    django.setup()
    try:
        return _add(args) if args.verb == "add" else _remove(args)
    except Refusal as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1


def _add(args: argparse.Namespace) -> int:
    from ringfence.accounts import actions
    from ringfence.interfaces import clock

    roles = frozenset(Role(name) for name in args.roles or [Role.ADMINISTRATOR])
    person, token = actions.add_staff(
        email=args.email, roles=roles, language=args.language, by=Actor.system("command"), at=clock.now()
    )
    if args.forget_second_step:
        actions.forget_second_step(
            person=person, by=Actor.system("command").for_purpose("lost second step"), at=clock.now()
        )
    with translation.override(args.language):
        link = f"{settings.PUBLIC_ORIGIN}{reverse('account:staff_entry', args=[token])}"
    sys.stdout.write(f"Open this link within a day; it works once:\n{link}\n")
    return 0


def _remove(args: argparse.Namespace) -> int:
    from ringfence.accounts import actions, queries
    from ringfence.interfaces import clock

    person = queries.find_by_address(args.email)
    if person is None or not queries.is_staff(person):
        sys.stderr.write("There is no member of staff with this address.\n")
        return 1
    actions.close_account(person=person, by=Actor.system("command").for_purpose("left"), at=clock.now())
    return 0
