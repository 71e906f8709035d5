"""Public holidays by country and region, with their names in the reader's language."""

from datetime import date
from functools import lru_cache
from typing import Any

WITH_REGIONS = ("AT", "AU", "CA", "CH", "DE", "ES", "GB", "PT", "US")
"""Countries whose regions are offered: there, many people are off on days on which others are not."""
_LANGUAGES = {"nb": ("nb", "no"), "en": ("en_US", "en_GB", "en")}
"""What the library calls the languages of the house, country by country, the best first."""


def holiday_on(day: date, country: str, region: str = "", language: str = "en") -> str:
    """Return the name of the public holiday that a day is; empty for any other day, and where none are known.

    The name is in the language wanted, or in the country's own where the library has no other.
    """
    if not country:
        return ""
    return _of_year(country, region, day.year, language).get(day, "")


@lru_cache(maxsize=1)
def countries() -> dict[str, tuple[str, ...]]:
    """Return the countries whose holidays are known, each with the codes of its regions."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {country: tuple(found) for country, found in sorted(known.items())}


@lru_cache(maxsize=64)
def regions(country: str) -> dict[str, str]:
    """Return the regions of a country that have holidays of their own: code to name; nothing for most countries."""
    import holidays

    if country not in WITH_REGIONS:
        return {}
    names: dict[str, str] = {}
    for name, code in holidays.country_holidays(country).subdivisions_aliases.items():
        names.setdefault(code, name)
    return dict(
        sorted(((code, names.get(code, code)) for code in countries()[country]), key=lambda pair: pair[1])
    )


@lru_cache(maxsize=512)
def _of_year(country: str, region: str, year: int, language: str) -> dict[date, str]:
    # The library takes 75 ms and 11 MB, which only a process that needs a holiday should pay.
    import holidays

    if country not in countries():
        return {}
    where: dict[str, Any] = {"years": year}
    if region in countries()[country]:
        where["subdiv"] = region
    spoken = holidays.country_holidays(country).supported_languages
    wanted = [name for name in _LANGUAGES.get(language, ()) if name in spoken]
    if wanted:
        where["language"] = wanted[0]
    return {day: str(name) for day, name in holidays.country_holidays(country, **where).items()}
