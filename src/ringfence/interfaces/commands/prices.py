"""`ringfence prices import FILE.csv`: set prices from a file; `ringfence prices export` writes one."""

import argparse
import csv
import os
import sys
from pathlib import Path

NAME = "prices"
HELP = "set prices from a CSV file, or write the price list as one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="import|export")
    taking = verbs.add_parser("import", help="read FILE: country,type,currency,monthly,setup, without VAT")
    taking.add_argument("file", type=Path)
    taking.add_argument("--dry-run", action="store_true", help="say what would be set, and change nothing")
    verbs.add_parser("export", help="write the whole list to the standard output")


def run(arguments: argparse.Namespace) -> int:
    """Set all the prices of a file, or none when a line cannot be used; or write the list."""
    return _write() if arguments.verb == "export" else _import(arguments.file, dry_run=arguments.dry_run)


def _write() -> int:
    from ringfence.shop import price_files, queries

    lists = [one for currency in queries.currencies() for one in queries.price_list(currency)]
    csv.writer(sys.stdout, lineterminator="\n").writerows(price_files.written(lists))
    return 0


def _import(path: Path, *, dry_run: bool) -> int:
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.shop import actions, price_files
    from ringfence.shop.price_rules import ListPrice

    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            found = list(price_files.read(file))
    except OSError as problem:
        sys.stderr.write(f"{path} cannot be read: {os.strerror(problem.errno or 0)}.\n")
        return 2
    except UnicodeDecodeError:
        sys.stderr.write(f"{path} is not a text in UTF-8. Save it as CSV in UTF-8, and try again.\n")
        return 2
    rejected = [one for one in found if isinstance(one, price_files.Rejected)]
    for one in rejected:
        sys.stderr.write(f"line {one.line}: {one.refusal}\n  {one.text}\n")
    if rejected:
        sys.stdout.write(f"Nothing was set: {len(rejected)} of the lines cannot be used.\n")
        return 1
    prices = [one for one in found if isinstance(one, ListPrice)]
    if dry_run:
        sys.stdout.write(f"{len(prices)} prices would be set.\n")
        return 0
    changed = actions.import_prices(prices=prices, by=Actor.system("operator"), at=clock.now())
    sys.stdout.write(f"{len(prices)} prices read; {changed} of them are new or other than before.\n")
    return 0
