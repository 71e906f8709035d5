"""The language of a page: read from the path, and switched while staying on the page."""

from typing import Final, Literal

from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation.trans_real import parse_accept_lang_header

Language = Literal["nb", "en"]

LANGUAGES: Final[dict[Language, str]] = {"nb": "Norsk", "en": "English"}
"""Each language of the pages, with its own name for itself."""

DEFAULT: Final[Language] = "en"
"""The language of somebody who has not said anything, as in the settings."""

_NORWEGIAN: Final = frozenset({"nb", "no", "nn"})


def of_path(path: str) -> Language | None:
    """Return the language a path starts with ("/en/help/" gives "en"), or None outside the pages."""
    first = path.lstrip("/").split("/", 1)[0]
    return next((code for code in LANGUAGES if code == first), None)


def of(request: HttpRequest) -> Language:
    """Return the language to answer in: the path's, else the first wish of the browser that we speak."""
    in_path = of_path(request.path_info)
    if in_path is not None:
        return in_path
    wishes = parse_accept_lang_header(request.META.get("HTTP_ACCEPT_LANGUAGE", "").lower())
    for tag, _weight in wishes:
        base = tag.split("-", 1)[0]
        if base in _NORWEGIAN:
            return "nb"
        if base == "en":
            return "en"
    return DEFAULT


def of_page() -> Language:
    """Return the language in which the page is written that is being made."""
    return "nb" if (get_language() or "").startswith("nb") else "en"


def switched(request: HttpRequest, language: Language) -> str:
    """Return the address of the same page in another language, with its query.

    A path outside the pages leads to the front page of that language.
    """
    if of_path(request.path_info) is None:
        return f"/{language}/"
    parts = request.get_full_path().split("/", 2)
    rest = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004
    return f"/{language}/{rest}"
