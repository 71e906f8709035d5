"""`ringfence verify`: read the whole ledger and say whether it holds together."""

import argparse
import sys

NAME = "verify"
HELP = "read the whole ledger and say what does not hold together; fails when anything does not"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none."""


def run(_arguments: argparse.Namespace) -> int:
    """Take in what is committed, verify, and print a sentence for each fault."""
    from ringfence.privacy.ledger import append, verify
    from ringfence.privacy.ledger.published import waiting

    while waiting():
        append.sequence()
    findings = verify.findings()
    for finding in findings:
        sys.stdout.write(f"{finding}\n")
    if findings:
        return 1
    sys.stdout.write(f"The ledger holds together: {append.size()} lines.\n")
    return 0
