"""Released tables for researchers and partners: what is public already, in one file, with an entry of who got it."""

import io
import json
import zipfile
from datetime import datetime
from typing import Final

from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.statistics import manifest
from ringfence.privacy.statistics.models import Export, Release
from ringfence.privacy.statistics.queries import VERIFIER

READ_ME: Final = """Released statistics

release-N.json  the figures, how they were made, and what they cost, with the signature
release-N.csv   the same figures as a table; :c stands where too few people are behind a figure to show it
key.txt         the public key that checks the signatures
verifier.py     checks all of it: python3 verifier.py release-*.json --key key.txt

The figures are rounded and hold random noise. Nothing more exact about customers, orders or calls exists to ask for.
"""


@action("statistics.hand_over")
def hand_over(*, organisation: str, purpose: str, first: int, last: int, by: Actor, at: datetime) -> str:
    """Enter that the releases from `first` to `last` go to an organisation; return the entry, by which they get them.

    Raises Refusal for numbers of releases that there are not, without a name, and for staff without the role.
    """
    if not by.has(Role.PRIVACY):
        raise Refusal(
            "statistics.role", gettext_noop("Only staff with the role privacy hand out statistics.")
        )
    if not organisation.strip() or not purpose.strip():
        raise Refusal("statistics.who", gettext_noop("Write which organisation gets them, and what for."))
    found = list(Release.objects.filter(number__gte=first, number__lte=last).order_by("number"))
    if not 1 <= first <= last or len(found) != last - first + 1:
        raise Refusal(
            "statistics.no_release", gettext_noop("Choose releases that there are, the first one first.")
        )
    made = Export.objects.create(
        organisation=organisation.strip(), purpose=purpose.strip(), first=first, last=last, handed_at=at
    )
    about(export=made.public_id, first=first, last=last)
    return made.public_id


def packed(export: Export) -> bytes:
    """Return the file of an entry: the releases that it names, which never change."""
    found = Release.objects.filter(number__gte=export.first, number__lte=export.last).order_by("number")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for row in found:
            content = {"manifest": manifest.read(row.manifest), "note": row.note}
            file.writestr(f"release-{row.number}.json", json.dumps(content, ensure_ascii=False, indent=1))
            file.writestr(f"release-{row.number}.csv", row.table)
        file.writestr("key.txt", f"{manifest.key()}\n")
        file.writestr("verifier.py", VERIFIER.read_bytes())
        file.writestr("README.txt", READ_ME)
    return out.getvalue()
