"""`ringfence mail-record`: print what is published in the domain so that others can check the signatures of letters."""

import argparse
import sys

NAME = "mail-record"
HELP = "print the record of the domain that letters are signed for"
NEEDS = "django"
LONGEST = 255
"""Characters of one string of a TXT record."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments: none; the key comes from the settings."""


def run(_arguments: argparse.Namespace) -> int:
    """Print the record, as it stands in a zone file; status 1 when no key is set or it cannot be used."""
    from ringfence.adapters.mail import dkim

    try:
        signer = dkim.signer()
    except dkim.NoKey as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    if signer is None:
        sys.stderr.write("Letters are not signed here; RINGFENCE_DKIM_KEY_FILE names no key.\n")
        return 1
    parts = [signer.record[start : start + LONGEST] for start in range(0, len(signer.record), LONGEST)]
    text = " ".join(f'"{part}"' for part in parts)
    sys.stdout.write(f"{signer.selector}._domainkey.{signer.domain}. IN TXT {text}\n")
    return 0
