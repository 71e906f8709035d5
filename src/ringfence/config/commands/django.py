"""`ringfence django`: Django's own commands, for developers."""

import argparse

NAME = "django"
HELP = "run one of Django's own commands, such as makemigrations"
NEEDS = "django"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the command and its arguments")


def run(arguments: argparse.Namespace) -> int:
    """Run it with the data database as the role that owns its tables."""
    from django.core.management import execute_from_command_line

    from ringfence.config import program
    from ringfence.config.migrating import as_owner

    with program.database(), as_owner():
        execute_from_command_line(["ringfence django", *arguments.words])
    return 0
