#!/usr/bin/env python3
"""Check released statistics, without trusting the store that published them.

One file, for Python 3.9 and later, with nothing but the standard library and the package `cryptography`.

    python3 verifier.py --url https://store.example [--seen old.json] [--save all.json]
    python3 verifier.py releases.json --key key.txt
    python3 verifier.py release-1.json release-2.json --key key.txt [--table release-2.csv]

A release is a manifest (the figures, how they were made, what they cost) and a signed note of its number and digest.
Checked are the signatures; that each release names the one before it; that no day was released twice; that the noise is
as large, and the threshold as high, as the cost asks for; that no year cost more than its budget; that no figure is
shown that the threshold would not let pass. What nobody outside can check is that the store counted truly before.

Exit status: 0 when everything holds, 1 when something does not, 2 when it could not be read.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import math
import sys
import urllib.request
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from math import isqrt
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "ringfence-release-1"
KEY_TYPE = b"\x01"
EM_DASH = "\u2014"
MILLION = 1_000_000
DELTA, LEAST_PEOPLE, MARGIN, STEP, RELIABLE = 1e-6, 10, 30_902, 10, 3
YEARLY_RHO = 520_000
PERIODS = {"quarter": 4, "month": 12, "week": 53}
UNITS = {"customer", "page view"}
Years = dict[tuple[str, int], int]
STATED = {"delta": "0.000001", "least_people": LEAST_PEOPLE, "margin": MARGIN, "step": STEP}
STATED |= {"yearly_rho": YEARLY_RHO, "mechanism": "discrete gaussian"}


class Wrong(Exception):
    """Something does not hold; the message says what."""


class Key(NamedTuple):
    """The public key of a store's releases, with the name it signs under now; earlier ones are of an earlier host."""

    origin: str
    public: bytes


def read_key(text: str) -> Key:
    """Return the key in `origin+hash+base64`. Raises Wrong when it contradicts itself."""
    try:
        origin, name, encoded = text.strip().split("+", 2)
        packed = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Wrong("the key is not a key of releases") from error
    expected = hashlib.sha256(origin.encode() + b"\n" + packed).digest()[:4]
    if packed[:1] != KEY_TYPE or len(packed) != 33 or name != expected.hex():  # noqa: PLR2004 - a type and 32 bytes
        raise Wrong("the key is not a key of releases")
    return Key(origin, packed[1:])


def read_note(note: str, key: Key) -> tuple[str, int, bytes]:
    """Return the name (host of then), number and digest that a note states and the key signed. Raises Wrong."""
    body, _, signatures = note.partition("\n\n")
    try:
        origin, number, root = body.split("\n")
        stated = origin, int(number), base64.b64decode(root, validate=True)
        dash, name, encoded = signatures.strip("\n").split(" ")
        signature = base64.b64decode(encoded, validate=True)
    except ValueError as error:
        raise Wrong("not a signed note") from error
    if origin.partition("/")[2] != key.origin.partition("/")[2] or dash != EM_DASH or name != origin:
        raise Wrong("signed by somebody else")
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature[4:], (body + "\n").encode())
    except InvalidSignature as error:
        raise Wrong("the signature does not hold") from error
    return stated


def canonical(content: Any) -> bytes:
    """Return the bytes of a manifest that are signed: compact JSON with sorted keys."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def fingerprint(content: bytes) -> str:
    """Return the digest of a manifest or a table as it is written: URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")


def sigma(squared: int, rho: int) -> int:
    """Return the scale of the noise, in millionths, at which a change of sqrt(squared) costs rho millionths."""
    return isqrt(-(-squared * MILLION**3 // (2 * rho))) + 1


def tau(scale: int) -> int:
    """Return from which noisy count of people on a figure may be shown."""
    return LEAST_PEOPLE - (-scale * MARGIN // (MILLION * 10_000))


def epsilon(rho: int) -> float:
    """Return the epsilon that a cost stands for."""
    return rho / MILLION + 2 * math.sqrt(rho / MILLION * math.log(1 / DELTA))


def check_table(table: dict[str, Any]) -> int:
    """Check a table by itself; return what it cost. Raises Wrong."""
    key, cells, most = table["key"], int(table["most_cells"]), int(table["most_in_a_cell"])
    people, amounts = table["people"], table["amounts"]
    if cells < 1 or most < 1 or (amounts is None and most != 1):
        raise Wrong(f"{key}: nothing bounds what one of them can change")
    _noise(key, people, cells + 1, tau)
    least = int(people["least"])
    if amounts is not None:
        _noise(key, amounts, most * most * (cells + 1), lambda scale: -(-RELIABLE * scale // MILLION))
        least = int(amounts["least"])
    for cell, value in [*table["cells"].items(), ("total", table["total"])]:
        if value is not None and (type(value) is not int or value % STEP):
            raise Wrong(f"{key}, {cell}: {value} is not rounded")
        if value is not None and value < (least + STEP // 2) // STEP * STEP:
            raise Wrong(f"{key}, {cell}: {value} is less than may be shown")
    return int(people["rho"]) + (int(amounts["rho"]) if amounts else 0)


def _noise(key: str, part: dict[str, Any], squared: int, least: Any) -> None:
    rho, scale = int(part["rho"]), int(part["sigma"])
    if rho < 1 or scale != sigma(squared, rho):
        raise Wrong(f"{key}: the noise is not as large as its cost asks for")
    if int(part["least"]) != least(scale):
        raise Wrong(f"{key}: the threshold is not as high as the noise asks for")


def check_manifest(manifest: dict[str, Any]) -> dict[str, int]:
    """Check a manifest by itself; return what it cost each unit. Raises Wrong."""
    if manifest["format"] != FORMAT or any(manifest[name] != value for name, value in STATED.items()):
        raise Wrong("released under other rules than were promised")
    days(manifest)
    spent: dict[str, int] = {}
    for table in manifest["tables"]:
        spent[table["unit"]] = spent.get(table["unit"], 0) + check_table(table)
    if len({table["key"] for table in manifest["tables"]}) != len(manifest["tables"]):
        raise Wrong("the same statistics twice in one release")
    most = YEARLY_RHO // PERIODS[manifest["level"]]
    stated = {unit: one["rho"] for unit, one in manifest["spent"].items()}
    if spent != stated or any(rho > most or unit not in UNITS for unit, rho in spent.items()):
        raise Wrong("it cost more than a period may, or than it says, or a unit that has no budget")
    for one in manifest["spent"].values():
        for name in ("", "_of_the_year"):
            if one[f"epsilon{name}"] != f"{epsilon(one[f'rho{name}']):.2f}":
                raise Wrong("the stated epsilon is not that of the cost")
    return spent


def days(manifest: dict[str, Any]) -> tuple[date, date]:
    """Return the first and the last day of the period. Raises Wrong for one that is none of its level."""
    first, last = date.fromisoformat(manifest["first"]), date.fromisoformat(manifest["last"])
    after = last + timedelta(days=1)
    months = {"quarter": 3, "month": 1}.get(manifest["level"], 0)
    if months:
        begins = first.day == 1 and (first.month - 1) % months == 0
        year, month = divmod(first.month - 1 + months, 12)
        fits = begins and after == date(first.year + year, month + 1, 1)
    else:
        fits = first.weekday() == 0 and (after - first).days == 7  # noqa: PLR2004 - a week
    if not fits or manifest["made_at"][:10] < after.isoformat():
        raise Wrong(f"{first} to {last} is no {manifest['level']} that was over")
    return first, last


def check_release(release: dict[str, Any], key: Key) -> dict[str, int]:
    """Check a release by itself: its signature and its manifest; return what it cost each unit. Raises Wrong."""
    manifest = release["manifest"]
    digest = hashlib.sha256(canonical(manifest)).digest()
    if read_note(release["note"], key) != (manifest["issuer"], int(manifest["number"]), digest):
        raise Wrong("the manifest is not the one that was signed")
    return check_manifest(manifest)


def check_all(releases: Iterable[dict[str, Any]], key: Key, *, whole: bool = True) -> int:
    """Check releases, oldest first, one after the other; `whole` when they begin with the first. Return how many.

    Raises Wrong.
    """
    before: dict[str, Any] | None = None
    years: Years = {}
    count = 0
    for release in releases:
        manifest = release["manifest"]
        try:
            spent = check_release(release, key)
            follows(manifest, before, whole=whole)
            add_up(manifest, spent, years, whole=whole)
        except Wrong as wrong:
            raise Wrong(f"release {manifest['number']}: {wrong}") from wrong
        before, count = manifest, count + 1
    return count


def add_up(manifest: dict[str, Any], spent: dict[str, int], years: Years, *, whole: bool) -> None:
    """Add what a release cost to its year's, which is at most what it says, and the budget. Raises Wrong."""
    for unit, rho in spent.items():
        year = unit, days(manifest)[0].year
        years[year] = years.get(year, 0) + rho
        stated = manifest["spent"][unit]["rho_of_the_year"]
        if stated > YEARLY_RHO or years[year] > stated or (whole and years[year] != stated):
            raise Wrong(f"{year[1]} cost more than its budget, or than is said")


def follows(manifest: dict[str, Any], before: dict[str, Any] | None, *, whole: bool) -> None:
    """Check that a manifest follows another one. Raises Wrong."""
    if whole and before is None and (manifest["number"] != 1 or manifest["previous"] is not None):
        raise Wrong("releases before it are missing")
    if before is None:
        return
    if manifest["number"] != before["number"] + 1:
        raise Wrong("releases before it are missing")
    if manifest["previous"] != fingerprint(canonical(before)):
        raise Wrong("the release before it is another one than was published when it was signed")
    if days(manifest)[0] <= days(before)[1]:
        raise Wrong("days are released twice")


def check_seen(releases: Sequence[dict[str, Any]], seen: Sequence[dict[str, Any]]) -> None:
    """Check that what somebody saw released earlier is released still, and the same. Raises Wrong."""
    now = {release["manifest"]["number"]: canonical(release["manifest"]) for release in releases}
    for release in seen:
        if now.get(release["manifest"]["number"]) != canonical(release["manifest"]):
            raise Wrong(f"release {release['manifest']['number']} is not the one you saw")


def read(place: str) -> bytes:
    """Return a file, or what an address answers."""
    if place.startswith(("http://", "https://")):
        with urllib.request.urlopen(place, timeout=60) as answer:  # noqa: S310 - http and https only
            return bytes(answer.read())
    return Path(place).read_bytes()


def read_releases(places: Iterable[str]) -> list[dict[str, Any]]:
    """Return the releases of some files, each of one or of many, oldest first."""
    contents = [json.loads(read(place)) for place in places]
    found = [release for content in contents for release in content.get("releases", [content])]
    return sorted(found, key=lambda release: int(release["manifest"]["number"]))


def _verdict(words: argparse.Namespace) -> str:
    base = words.url.rstrip("/") + "/statistics" if words.url else ""
    places = words.files or ([f"{base}/releases.json"] if base else [])
    key = words.key or (f"{base}/key" if base else "")
    if not places or not key:
        raise Wrong("say whose releases they are: --url, or files and --key")
    releases = read_releases(places)
    whole = not words.files or any(one["manifest"]["number"] == 1 for one in releases)
    count = check_all(releases, read_key(read(key).decode()), whole=whole)
    if words.seen:
        check_seen(releases, read_releases([words.seen]))
    if words.table and fingerprint(read(words.table)) not in {one["manifest"]["table"] for one in releases}:
        raise Wrong("the table is not one of these releases")
    if words.save:
        Path(words.save).write_text(json.dumps({"releases": releases}), encoding="utf-8")
    return f"Everything holds: {count} releases, signed, noisy enough, and within the budget of each year."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Check released statistics.")
    parser.add_argument(
        "files", nargs="*", help="files of releases; without any, all that the store publishes"
    )
    parser.add_argument("--url", help="the store's address")
    parser.add_argument("--key", help="its public key: a file or an address")
    parser.add_argument("--table", help="a file with comma-separated values that is said to be of a release")
    parser.add_argument("--seen", help="releases you kept from earlier")
    parser.add_argument("--save", help="where to keep the releases for next time")
    words = parser.parse_args(arguments)
    try:
        sys.stdout.write(_verdict(words) + "\n")
    except Wrong as wrong:
        sys.stderr.write(f"Does not hold: {wrong}.\n")
        return 1
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        sys.stderr.write(f"Cannot be read: {problem!r}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
