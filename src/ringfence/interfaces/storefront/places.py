"""Countries and time zones as people read and choose them (Unicode CLDR)."""

import unicodedata
from functools import cache, lru_cache
from typing import Final

from babel import Locale
from babel.core import get_global

from ringfence.accounts import profiles
from ringfence.interfaces import writing

LOCALES: Final = {"nb": "nb", "en": "en_GB"}
_COUNTRY_LETTERS: Final = 2
_NOT_COUNTRIES: Final = frozenset(
    {"EU", "EZ", "UN", "ZZ", "QO", "XA", "XB", "AC", "CP", "DG", "EA", "IC", "TA", "CQ"}
)
FIRST: Final = ("NO", "SE", "DK", "FI", "IS")
"""Countries that stand first in a list of choices: where most buyers live."""


def country(code: str) -> str:
    """Return the name of a country in the language being written; the code itself when it has none."""
    return _country(code, writing.spoken())


@lru_cache(maxsize=1024)
def _country(code: str, lang: str) -> str:
    return str(Locale.parse(LOCALES[lang]).territories.get(code, code))


@cache
def _countries(lang: str) -> tuple[tuple[str, str], ...]:
    names = Locale.parse(LOCALES[lang]).territories
    found = [
        (code, str(name)) for code, name in names.items() if len(code) == _COUNTRY_LETTERS and code.isalpha()
    ]
    wanted = [
        (code, name) for code, name in found if code in profiles.COUNTRIES and code not in _NOT_COUNTRIES
    ]
    ordered = sorted(wanted, key=lambda pair: sortable(pair[1], lang))
    first = [(code, names[code]) for code in FIRST]
    return (*first, *(pair for pair in ordered if pair[0] not in FIRST))


def sortable(name: str, lang: str | None = None) -> str:
    """Return what a name sorts by: a letter with marks is the letter it is built on; Norwegian has æ, ø and å last."""
    return _sorts_by(name, lang or writing.spoken())


@lru_cache(maxsize=4096)
def _sorts_by(name: str, lang: str) -> str:
    if lang == "nb":
        name = name.casefold().translate(str.maketrans("æøå", "{|}"))
    bare = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in bare if not unicodedata.combining(sign))


def countries() -> tuple[tuple[str, str], ...]:
    """Return every country with its code, by name, the nearest ones first."""
    return _countries(writing.spoken())


@cache
def _zones() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for zone, territory in get_global("zone_territories").items():
        found.setdefault(territory, []).append(zone)
    return {territory: tuple(sorted(zones)) for territory, zones in found.items()}


def every_time_zone(also: str = "") -> tuple[str, ...]:
    """Return the time zones in use, by name, without their old names, and `also`, one that was chosen before."""
    in_use = {zone for zones in _zones().values() for zone in zones} & profiles.time_zones()
    return tuple(sorted(in_use | {"UTC"} | ({also} if also else set())))


def time_zones(country_code: str) -> tuple[str, ...]:
    """Return the time zones of a country, by name; UTC when none is known."""
    return _zones().get(country_code, ("UTC",))
