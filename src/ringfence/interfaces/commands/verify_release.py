"""`ringfence verify-release`: verify the released statistics, or files that are said to be of them."""

import argparse
import json
import sys
from typing import Any

NAME = "verify-release"
HELP = "verify all released statistics, or files of them; fails when anything does not hold"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "files", nargs="*", help="files of releases; without any, everything this store released"
    )


def run(arguments: argparse.Namespace) -> int:
    """Verify with the program that anybody can download, and print what it finds."""
    from ringfence.privacy.statistics import queries
    from ringfence.privacy.statistics.standalone import ringfence_release as verifier

    key = verifier.read_key(queries.key())
    try:
        if arguments.files:
            releases = verifier.read_releases(arguments.files)
        else:
            releases = [one.as_json() for one in reversed(queries.releases())]
        count = verifier.check_all(releases, key, whole=not arguments.files)
        lacking = _unknown(releases, [one.as_json() for one in queries.releases()])
    except verifier.Wrong as wrong:
        sys.stderr.write(f"Does not hold: {wrong}.\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError) as problem:
        sys.stderr.write(f"Cannot be read: {problem!r}\n")
        return 2
    if lacking:
        sys.stderr.write(f"Does not hold: never released here: {', '.join(lacking)}.\n")
        return 1
    sys.stdout.write(
        f"Everything holds: {count} releases, signed, noisy enough, and within the budget of each year.\n"
    )
    return 0


def _unknown(given: list[dict[str, Any]], known: list[dict[str, Any]]) -> list[str]:
    """Return which of some releases are not among those that this store knows."""
    ours = {json.dumps(one["manifest"], sort_keys=True) for one in known}
    return [
        str(one["manifest"]["release"])
        for one in given
        if json.dumps(one["manifest"], sort_keys=True) not in ours
    ]
