"""`ringfence numbers import FILE.csv`: take an operator's blocks of numbers into stock."""

import argparse
import os
import sys
from pathlib import Path

NAME = "numbers"
HELP = "take blocks of numbers into stock from a CSV file, or only look at what it holds"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="import")
    taking = verbs.add_parser("import", help="read FILE: first,last,type,capabilities,carrier,documents")
    taking.add_argument("file", type=Path)
    taking.add_argument(
        "--dry-run", action="store_true", help="say what would be taken in, and change nothing"
    )


def run(arguments: argparse.Namespace) -> int:
    """Take the file in, a handful of numbers at a time; a bad line is told and passed. Fails when one was rejected."""
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.payment_data import cleaned
    from ringfence.telephony import stock_queries
    from ringfence.telephony.actions import stock
    from ringfence.telephony.block_batches import batches
    from ringfence.telephony.number_blocks import parse_blocks

    operator = Actor.system("operator")
    counted, new, rejected = 0, 0, 0
    try:
        with arguments.file.open(encoding="utf-8-sig", newline="") as file:
            for batch in batches(parse_blocks(cleaned(line, phones=True).text for line in file)):
                for line in batch.rejected:
                    sys.stderr.write(f"line {line.line}: {line.refusal}\n  {line.text}\n")
                rejected += len(batch.rejected)
                counted += batch.count
                if arguments.dry_run:
                    new += batch.count - stock_queries.known(batch.blocks)
                elif batch.blocks:
                    new += stock.take_in_many(blocks=batch.blocks, by=operator, at=clock.now())
    except OSError as problem:
        sys.stderr.write(f"{arguments.file} cannot be read: {os.strerror(problem.errno or 0)}.\n")
        return 2
    except UnicodeDecodeError:
        sys.stderr.write(
            f"{arguments.file} is not a text in UTF-8. Save it as CSV in UTF-8, and try again.\n"
        )
        return 2
    verdict = f"would be taken in, {new} of them new" if arguments.dry_run else f"read, {new} of them new"
    sys.stdout.write(f"{_counted(counted, 'number')} {verdict}; {_counted(rejected, 'line')} rejected.\n")
    if not arguments.dry_run:
        sys.stdout.write(_without_price())
    return 1 if rejected else 0


def _without_price() -> str:
    """Say which numbers nobody can buy yet, since their country and type have no price."""
    from ringfence.shop.price_rules import CURRENCIES
    from ringfence.shop.queries import price_list
    from ringfence.telephony import stock_queries

    priced = {(one.country, one.type) for currency in CURRENCIES for one in price_list(currency)}
    held = {(one.country, one.type) for one in stock_queries.available()}
    if not (bare := sorted(held - priced)):
        return ""
    kinds = ", ".join(f"{country} {kind}" for country, kind in bare)
    return f"Not for sale until they have a price: {kinds}. Set one in the console, or by `ringfence prices import`.\n"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
