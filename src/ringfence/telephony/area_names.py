"""The names of areas in the numbering plan: ``21`` under +47 is Oslo.

The names come with this package, in ``plan_data/areas.zip``, and are loaded one calling code at a time, on
first use. ``phonenumbers.geocoder`` has the same names for 100 MB of memory a process; see
docs/decisions/0003-area-names.md.
"""

import zipfile
from functools import cache
from importlib.resources import files
from typing import Final

_ARCHIVE: Final = "plan_data/areas.zip"


def area_name(calling_code: int, national_number: str) -> str | None:
    """The English name of the area a national number belongs to, or ``None`` where the plan names none.

    ``national_number`` is the national significant number: digits, leading zeros of Italy included, and
    without a mobile token.
    """
    prefixes = _areas(calling_code)
    for length in range(len(national_number), -1, -1):
        if (prefix := national_number[:length]) in prefixes:
            return prefixes[prefix]
    return None


@cache
def longest_prefix(calling_code: int) -> int:
    """How many digits tell the areas of a numbering plan apart: numbers that share them share their area."""
    return max(map(len, _areas(calling_code)), default=0)


@cache
def _areas(calling_code: int) -> dict[str, str | None]:
    with (files("ringfence.telephony") / _ARCHIVE).open("rb") as raw, zipfile.ZipFile(raw) as archive:
        try:
            text = archive.read(f"{calling_code}.txt").decode()
        except KeyError:
            return {}
    areas: dict[str, str | None] = {}
    for line in text.splitlines():
        name, _, prefixes = line.partition("\t")
        areas.update(dict.fromkeys(prefixes.split(" "), name or None))
    return areas
