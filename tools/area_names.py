"""Write src/ringfence/telephony/plan_data/areas.zip from the area names of the installed ``phonenumbers``.

Run it after raising the version of ``phonenumbers``: ``.venv/bin/python tools/area_names.py``. The result is
the same, byte for byte, for the same version. Why there is such a file: docs/decisions/0003-area-names.md.

One member a calling code, ``47.txt``, with one line a name: the name, a tab, and the prefixes of the national
number that it covers, separated by spaces. The longest prefix that fits a number names its area; a line
without a name says that no area is known there.
"""

import zipfile
from collections import Counter, defaultdict
from pathlib import Path
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.geodata import GEOCODE_DATA

DIGITS: Final = "0123456789"
TARGET: Final = Path(__file__).parents[1] / "src/ringfence/telephony/plan_data/areas.zip"
LONGEST_PREFIX: Final = {"61": 4, "86": 5}
"""Australia and China name every exchange and mobile block; there only this many digits are told apart, and
where they do not agree on one name there is none."""

COUNTIES: Final = {
    "47": {
        "Oslo": "21 22 23 24",
        "Buskerud": "31 32",
        "Vestfold": "33",
        "Telemark": "35",
        "Agder": "37 38",
        "Rogaland": "51 52",
        "Vestland": "53 55 56 57",
        "Innlandet": "61 62",
        "Akershus": "63 64 66 67",
        "Østfold": "69",
        "Møre og Romsdal": "70 71",
        "Trøndelag": "72 73 74",
        "Nordland": "75 76",
        "Troms": "77",
        "Finnmark": "78",
        "Svalbard & Jan Mayen": "79",
    }
}
"""Norway's counties since 2024, by the prefixes of the old ones; the library has those from before 2018."""


class Node:
    """A digit of the prefix tree: its name, its branches, and the names that would cost the fewest lines."""

    def __init__(self) -> None:
        """Start without a name and without branches."""
        self.name: str | None = None
        self.branches: dict[str, Node] = {}
        self.candidates: set[str | None] = set()

    def gather(self, inherited: str | None) -> set[str | None]:
        """Find, from the leaves up, the names that most branches agree on (optimal prefix aggregation)."""
        self.name = self.name or inherited
        if not self.branches:
            self.candidates = {self.name}
            return self.candidates
        votes: Counter[str | None] = Counter()
        for branch in self.branches.values():
            votes.update(branch.gather(self.name))
        if missing := set(DIGITS) - set(self.branches):
            votes[self.name] += len(missing)
        most = max(votes.values())
        self.candidates = {name for name, count in votes.items() if count == most}
        return self.candidates

    def settle(self, prefix: str, inherited: str | None, out: dict[str, str | None]) -> None:
        """Write, from the root down, only the prefixes whose name is not the one they inherit."""
        chosen = inherited
        if inherited not in self.candidates:
            chosen = min(self.candidates, key=lambda name: (name is None, name or ""))
            out[prefix] = chosen
        if not self.branches:
            return
        for digit in DIGITS:
            if digit in self.branches:
                self.branches[digit].settle(prefix + digit, chosen, out)
            elif self.name != chosen:
                out[prefix + digit] = self.name


def names_by_calling_code() -> dict[str, dict[str, str]]:
    """Every English area name of the library: calling code, then prefix of the national number."""
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for prefix, languages in GEOCODE_DATA.items():
        code = next(prefix[:n] for n in (1, 2, 3) if int(prefix[:n]) in COUNTRY_CODE_TO_REGION_CODE)
        name = " ".join(languages.get("en", "").split())
        if name and prefix != code:
            names[code][prefix.removeprefix(code)] = name
    for code, counties in COUNTIES.items():
        names[code] = {prefix: name for name, prefixes in counties.items() for prefix in prefixes.split()}
    return names


def cut(names: dict[str, str], longest: int) -> dict[str, str]:
    """Keep the prefixes up to this length, and of the longer ones those that agree on a name."""
    kept = {prefix: name for prefix, name in names.items() if len(prefix) <= longest}
    longer: dict[str, set[str]] = defaultdict(set)
    for prefix, name in names.items():
        if len(prefix) > longest:
            longer[prefix[:longest]].add(name)
    return {prefix: found.pop() for prefix, found in longer.items() if len(found) == 1} | kept


def aggregate(names: dict[str, str]) -> dict[str, str | None]:
    """Give the fewest prefixes that name every number as the given ones do."""
    root = Node()
    for prefix, name in names.items():
        node = root
        for digit in prefix:
            node = node.branches.setdefault(digit, Node())
        node.name = name
    root.gather(None)
    out: dict[str, str | None] = {}
    root.settle("", None, out)
    return out


def lines(areas: dict[str, str | None]) -> str:
    """Group the prefixes by name, in order, one line a name."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for prefix, name in areas.items():
        grouped[name or ""].append(prefix)
    return "".join(f"{name}\t{' '.join(sorted(prefixes))}\n" for name, prefixes in sorted(grouped.items()))


def main() -> None:
    """Write the archive, members in order and with one fixed date."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(TARGET, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for code, names in sorted(names_by_calling_code().items()):
            text = lines(aggregate(cut(names, LONGEST_PREFIX.get(code, 15))))
            member = zipfile.ZipInfo(f"{code}.txt", (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, text.encode(), compresslevel=9)


if __name__ == "__main__":
    main()
