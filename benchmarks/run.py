"""`make bench`: measure everything, write results.json and the page docs/performance.md."""

import argparse
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import (
    call_intake,
    call_retention,
    calls,
    calls_chaos,
    checks,
    copying,
    erasing,
    idle,
    ledger,
    letters,
    login,
    numbers_import,
    orders,
    page,
    route_change,
    sealed_read,
    search,
    shops,
    statistics,
)
from benchmarks.ground import Figure, store

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results.json"
IN_A_STORE: dict[str, Callable[[], Iterator[Figure]]] = {
    "sealed_read": sealed_read.measure,
    "login": login.measure,
    "ledger": ledger.measure,
    "orders": orders.measure,
    "numbers_import": numbers_import.measure,
    "search": search.measure,
    "call_intake": call_intake.measure,
    "call_retention": call_retention.measure,
    "copying": copying.measure,
    "checks": checks.measure,
    "erasing": erasing.measure,
    "statistics": statistics.measure,
}
BY_THEMSELVES: dict[str, Callable[[], Iterator[Figure]]] = {
    "idle": idle.measure,
    "letters": letters.measure,
    "shops": shops.measure,
    "calls": calls.measure,
    "route_change": route_change.measure,
    "calls_chaos": calls_chaos.measure,
}


def main() -> int:
    """Measure what was asked for, each in a process and a store of its own; other figures stay as they were."""
    parser = argparse.ArgumentParser(description="Measure Ringfence.")
    parser.add_argument("names", nargs="*", choices=[*IN_A_STORE, *BY_THEMSELVES, []], help="default: all")
    wanted = parser.parse_args().names or [*IN_A_STORE, *BY_THEMSELVES]
    known = {row["name"]: row for row in json.loads(RESULTS.read_text())} if RESULTS.exists() else {}
    for name in wanted:
        if len(wanted) > 1:
            subprocess.run([sys.executable, "-m", "benchmarks.run", name], check=True)
        elif name in BY_THEMSELVES:
            _take(BY_THEMSELVES[name](), known)
        else:
            with store():
                _take(IN_A_STORE[name](), known)
    if len(wanted) > 1:
        return 0
    RESULTS.write_text(json.dumps(list(known.values()), indent=2) + "\n")
    page.write(list(known.values()))
    return 0


def _take(figures: Iterator[Figure], known: dict[str, dict[str, object]]) -> None:
    for figure in figures:
        known[figure.name] = figure.as_json()
        verdict = {True: "holds", False: "MISSED", None: ""}[figure.holds]
        sys.stdout.write(
            f"{figure.name:32} {figure.value:12.3f} {figure.unit:8} {figure.target:8} {verdict}\n"
        )


if __name__ == "__main__":
    sys.exit(main())
