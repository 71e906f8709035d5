"""`ringfence demo-message NUMBER`: a carrier of the rehearsal store brings a message, so that one can see it arrive."""

import argparse
import secrets
import sys

NAME = "demo-message"
HELP = "have a text message brought to a number of this rehearsal store, as a carrier brings one"
SENDER = "+447700900123"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("number", help="a number that a customer of this store has, such as +442079460100")
    parser.add_argument("--text", default="", help="what it says; a one-time code unless said otherwise")
    parser.add_argument("--sender", default=SENDER, help=f"who sends it; {SENDER} unless said otherwise")


def run(arguments: argparse.Namespace) -> int:
    """Bring it."""
    if send_demo_message(arguments.number, text=arguments.text, sender=arguments.sender):
        sys.stdout.write("The store took the message. Sign in as the number's customer and open Messages.\n")
        return 0
    sys.stderr.write(
        "The message was not taken. A rehearsal store must run (`make run`); a real one has no such carrier.\n"
    )
    return 1


def send_demo_message(number: str, *, text: str = "", sender: str = SENDER) -> bool:
    """Have the rehearsal carrier bring a message to a number through the store's own door; tell whether it was taken.

    It is signed, and it comes over HTTP, as a real one does. A number nobody has takes none, and that is not told.
    """
    from django.utils.translation import gettext as _

    from ringfence.telephony.message_ports import rehearse

    code = f"{secrets.randbelow(900_000) + 100_000}"
    said = text or _(
        "%(code)s is your one-time code. It is valid for 10 minutes. Never give it to anybody."
    ) % {"code": code}
    return rehearse(number, sender, said)
