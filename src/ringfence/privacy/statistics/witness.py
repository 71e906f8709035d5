"""What was released, kept outside the database: a database set back in time must not draw noise for it again.

After a restore the releases that the backup did not have are taken in again, as they were published; each is signed, so
nothing else can come in that way.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import parse
from ringfence.privacy import durable
from ringfence.privacy.backups import places
from ringfence.privacy.statistics import manifest
from ringfence.privacy.statistics.models import Release, Spending
from ringfence.privacy.statistics.standalone import ringfence_release as verifier


def place() -> Path:
    """Return where the releases are kept."""
    return places.witness_folder() / "releases.json"


class NotOurs(RuntimeError):
    """What is kept cannot be read, or is not what the database knows of: nothing may be drawn, nor written over it."""


def keep() -> None:
    """Keep every release, unless more of them are kept already. Raises NotOurs and OSError."""
    known = _known()
    if len(known) > len(kept()):
        durable.write(place(), json.dumps({"releases": known}, ensure_ascii=False).encode())


def kept() -> list[dict[str, Any]]:
    """Return the releases that are kept, oldest first; none when there is no file. Raises NotOurs.

    They are as the database knows them, as far as it does; either may have more than the other.
    """
    if not place().exists():
        return []
    try:
        found = verifier.read_releases([str(place())])
        verifier.check_all(found, verifier.read_key(manifest.key()))
    except (OSError, verifier.Wrong, ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise NotOurs(type(trouble).__name__) from trouble
    if any(one["manifest"] != other["manifest"] for one, other in zip(found, _known(), strict=False)):
        raise NotOurs("other releases")
    return found


def _known() -> list[dict[str, Any]]:
    rows = Release.objects.order_by("number")
    return [{"manifest": manifest.read(row.manifest), "note": row.note} for row in rows]


def is_ours() -> bool:
    """Tell whether what is kept can be read, and says what the database knows."""
    try:
        kept()
    except NotOurs:
        return False
    return True


def take_in_again(*, by: Actor, at: datetime) -> int:
    """Take in again what was released and the database does not know any more; return how many. Raises NotOurs."""
    known = Release.objects.count()
    lost = [one for one in kept() if one["manifest"]["number"] > known]
    for one in lost:
        _take_in(released=one, by=by, at=at)
    return len(lost)


@action("statistics.take_in_again")
def _take_in(*, released: dict[str, Any], by: Actor, at: datetime) -> None:
    content = released["manifest"]
    first, last = verifier.days(content)
    text = manifest.canonical(content)
    row = Release.objects.create(
        id=parse(content["release"], "rls"),
        number=content["number"],
        level=content["level"],
        first=first,
        after=last + timedelta(days=1),
        made_at=datetime.fromisoformat(content["made_at"]).astimezone(UTC),
        manifest=text,
        note=released["note"],
        table=manifest.as_table(content["tables"]),
    )
    for unit, one in sorted(content["spent"].items()):
        Spending.objects.create(release=row, unit=unit, year=first.year, rho=one["rho"])
    about(release=content["release"], number=row.number, digest=manifest.fingerprint(text))
