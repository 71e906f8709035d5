"""`ringfence mail-in`: takes mail in until it is told to stop."""

import argparse
import signal
import threading

import django
from django.conf import settings

NAME = "mail-in"
HELP = "take mail in by SMTP and store it, sealed"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments: address and port are settings."""
    del parser


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT."""
    del args
    django.setup()
    from ringfence.interfaces.mail.intake import controller

    environment = settings.ENVIRONMENT
    stop = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_signal: stop.set())
    server = controller(environment.web_address, environment.mail_port)
    server.start()
    try:
        stop.wait()
    finally:
        server.stop()
    return 0
