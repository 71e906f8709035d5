"""`ringfence demo`: stock and people for a first run, so that everything can be tried at once."""

import argparse
import sys

NAME = "demo"
HELP = "fill an empty store with numbers and people to try it with; again changes nothing"

CUSTOMERS = (
    ("customer1@example.com", "Customer One", "NO", "Europe/Oslo", "nb", True),
    ("customer2@example.com", "Customer Two", "GB", "Europe/London", "en", False),
)
PASSWORD = "ring the demo bell"  # noqa: S105 - shown on purpose, on a store that only this machine reaches
STAFF = (
    ("support@example.com", "support"),
    ("operations@example.com", "operations"),
    ("privacy@example.com", "privacy"),
    ("admin@example.com", "administrator"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Make the demo data and write the logins beside it."""
    _stock()
    _prices()
    _customers()
    write_logins()
    _policy_and_promises()
    return 0


def write_logins() -> None:
    """Write how one gets in: the customers who are still here, and a fresh link for each member of staff."""
    from django.conf import settings

    from ringfence.accounts.queries import find_by_address

    here = [email for email, *_rest in CUSTOMERS if find_by_address(email) is not None]
    lines = [*(f"{email:<24} password: {PASSWORD}" for email in here), *_staff(), *_trial()]
    path = settings.VAR_DIR / "demo-logins.txt"
    path.touch(mode=0o600)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def open_to_everybody() -> str:
    """Say what is wrong when people from outside reach customers whose password is known; empty otherwise."""
    from django.conf import settings

    from ringfence.accounts.queries import find_by_address

    if settings.ENVIRONMENT.local or not (settings.VAR_DIR / "demo.done").exists():
        return ""
    here = [email for email, *_rest in CUSTOMERS if find_by_address(email) is not None]
    if not here:
        return ""
    return (
        f"The store is public, and anybody can sign in as {' or '.join(here)}, whose password is printed in the source."
        f" Delete them with {' and '.join(f'`ringfence demo-erase --email {email}`' for email in here)},"
        " or begin with an empty RINGFENCE_VAR_DIR."
    )


def _stock() -> None:
    from importlib.resources import files

    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.telephony.actions import stock
    from ringfence.telephony.number_blocks import Block, parse_blocks

    text = files("ringfence.interfaces.demo").joinpath("stock.csv").read_text("utf-8")
    for entry in parse_blocks(text.splitlines()):
        if not isinstance(entry, Block):
            raise TypeError(f"line {entry.line} of the demo stock: {entry.refusal}")
        stock.take_in(block=entry, by=Actor.system("demo"), at=clock.now())


def _prices() -> None:
    from importlib.resources import files

    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.shop import actions, price_files
    from ringfence.shop.price_rules import ListPrice

    text = files("ringfence.interfaces.demo").joinpath("prices.csv").read_text("utf-8")
    prices = [one for one in price_files.read(text.splitlines()) if isinstance(one, ListPrice)]
    actions.import_prices(prices=prices, by=Actor.system("demo"), at=clock.now())


def _customers() -> None:
    from ringfence.accounts import actions
    from ringfence.interfaces import clock
    from ringfence.interfaces.demo import calls
    from ringfence.kernel.actor import Actor

    people = [
        actions.add_customer(
            email=email,
            password=PASSWORD,
            language=language,
            name=name,
            country=country,
            time_zone=time_zone,
            consumer=consumer,
            by=Actor.system("demo"),
            at=clock.now(),
        )
        for email, name, country, time_zone, language, consumer in CUSTOMERS
    ]
    calls.set_up(people)


def _staff() -> list[str]:
    from django.conf import settings
    from django.urls import reverse
    from django.utils import translation

    from ringfence.accounts import actions
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor, Role

    lines = []
    for email, role in STAFF:
        _person, token = actions.add_staff(
            email=email, roles=frozenset({Role(role)}), language="en", by=Actor.system("demo"), at=clock.now()
        )
        with translation.override("en"):
            link = settings.PUBLIC_ORIGIN + reverse("account:staff_entry", args=[token])
        lines.append(f"{email:<24} way in, once: {link}")
    return lines


def _trial() -> list[str]:
    """Say where a number can be seen ringing."""
    from django.conf import settings
    from django.urls import reverse
    from django.utils import translation

    if not settings.ENVIRONMENT.local:
        return []
    with translation.override("en"):
        return ["", f"{'See a number ring':<24} {settings.PUBLIC_ORIGIN}{reverse('storefront:trial')}"]


def _policy_and_promises() -> None:
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.ledger import checkpoints
    from ringfence.privacy.payment_watch.reading import read_on
    from ringfence.privacy.promises.running import run_checks

    checkpoints.publish(by=Actor.system("demo"), at=clock.now())
    read_on(by=Actor.system("demo"), at=clock.now())
    run_checks(by=Actor.system("demo"), at=clock.now())
    sys.stdout.write("Demo numbers and people are in the store.\n")
