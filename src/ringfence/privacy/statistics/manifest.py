"""The manifest of a release: what it shows, how it was made and what it cost, as it is signed (clause 3.1).

Its figures are whole numbers; rho and sigma in millionths. What is not shown is null, and `:c` in the table.
"""

import base64
import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.conf import settings

from ringfence.privacy.ledger import note
from ringfence.privacy.ports import key_store
from ringfence.privacy.statistics import noise, rules
from ringfence.privacy.statistics.rules import Period

FORMAT: Final = "ringfence-release-1"
WITHHELD: Final = ":c"
"""What stands in place of a figure that is not shown, as in official statistics."""

Table = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Before:
    """What came before a release: how many there are, the digest of the last, and what the year has cost each unit."""

    number: int
    digest: str | None
    spent: Mapping[str, int]


def origin() -> str:
    """Return the name under which this installation signs its releases: its host."""
    return f"{settings.PUBLIC_ORIGIN.partition('://')[2]}/statistics"


def key() -> str:
    """Return the public key that checks releases, as `origin+hash+base64`."""
    return note.verifier_key(origin(), key_store().public_key())


def written(
    *,
    release: str,
    period: Period,
    tables: Sequence[Table],
    left_out: Sequence[Mapping[str, str]],
    before: Before,
    at: datetime,
) -> dict[str, Any]:
    """Return a manifest."""
    costs = costs_of(tables)
    return {
        "format": FORMAT,
        "release": release,
        "number": before.number + 1,
        "issuer": origin(),
        "level": str(period.level),
        "first": period.first.isoformat(),
        "last": period.last.isoformat(),
        "made_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "previous": before.digest,
        "mechanism": noise.MECHANISM,
        "delta": f"{rules.DELTA:f}",
        "least_people": rules.LEAST_PEOPLE,
        "margin": rules.MARGIN,
        "step": rules.STEP,
        "yearly_rho": rules.YEARLY_RHO,
        "spent": {unit: _spent(rho, before.spent.get(unit, 0) + rho) for unit, rho in sorted(costs.items())},
        "tables": list(tables),
        "left_out": list(left_out),
        "table": fingerprint(as_table(tables)),
    }


def costs_of(tables: Sequence[Table]) -> dict[str, int]:
    """Return what some tables cost each unit together."""
    costs: dict[str, int] = {}
    for table in tables:
        parts = [table["people"], *([table["amounts"]] if table["amounts"] else [])]
        costs[table["unit"]] = costs.get(table["unit"], 0) + sum(part["rho"] for part in parts)
    return costs


def _spent(rho: int, of_the_year: int) -> dict[str, int | str]:
    return {
        "rho": rho,
        "epsilon": f"{rules.epsilon(rho):.2f}",
        "rho_of_the_year": of_the_year,
        "epsilon_of_the_year": f"{rules.epsilon(of_the_year):.2f}",
    }


def as_table(tables: Sequence[Table]) -> str:
    """Return the figures as comma-separated values: a line for each cell, and one for each total."""
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["statistics", "cell", "value"])
    for table in tables:
        for cell, value in [*table["cells"].items(), ("total", table["total"])]:
            lines.writerow([table["key"], cell, WITHHELD if value is None else value])
    return out.getvalue()


def canonical(content: Mapping[str, Any]) -> str:
    """Return the text of a manifest that is signed: compact JSON with sorted keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def read(text: str) -> dict[str, Any]:
    """Return the content of a manifest."""
    content: dict[str, Any] = json.loads(text)
    return content


def digest(text: str) -> bytes:
    """Return the digest of a text, which stands in the signed note, in the ledger, and in the next manifest."""
    return hashlib.sha256(text.encode()).digest()


def fingerprint(text: str) -> str:
    """Return the digest of a manifest or a table as it is written: in letters that never look like a number."""
    return base64.urlsafe_b64encode(digest(text)).decode().rstrip("=")


def signed(number: int, text: str) -> str:
    """Return the signed note of a release: our name, the number of the release, and the digest of its manifest."""
    return note.sign(note.Statement(origin(), number, digest(text)), key_store())
