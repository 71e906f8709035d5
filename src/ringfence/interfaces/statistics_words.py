"""Released statistics in words: periods, what is counted, of what, and what stands where a figure would."""

from decimal import Decimal
from typing import Any, Final

from babel import dates
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import writing
from ringfence.interfaces.storefront import places
from ringfence.privacy.statistics import register
from ringfence.privacy.statistics.register import OTHER
from ringfence.privacy.statistics.rules import MILLION, Level, Period, Unit

_PATTERNS: Final = {
    ("nb", Level.QUARTER): "QQQQ y",
    ("en", Level.QUARTER): "QQQQ y",
    ("nb", Level.MONTH): "LLLL y",
    ("en", Level.MONTH): "LLLL y",
    ("nb", Level.WEEK): "'uke' w, YYYY",
    ("en", Level.WEEK): "'week' w, YYYY",
}
LEVELS: Final[dict[Level, Promise]] = {
    Level.QUARTER: gettext_lazy("by quarter"),
    Level.MONTH: gettext_lazy("by month"),
    Level.WEEK: gettext_lazy("by week"),
}
UNITS: Final[dict[str, Promise]] = {
    Unit.CUSTOMER: gettext_lazy("each customer"),
    Unit.VIEW: gettext_lazy("each page view"),
}
WHY: Final[dict[str, Promise]] = {
    "too_late": gettext_lazy("What it would be counted from had been deleted by then, as promised."),
    "budget_spent": gettext_lazy("The year's privacy budget was spent."),
}


def period(of: Period) -> str:
    """Write a period: "4th quarter 2026", "oktober 2026", "week 41, 2026"."""
    lang = writing.spoken()
    pattern = _PATTERNS[lang, of.level]
    return str(dates.format_date(of.first, pattern, locale=places.LOCALES[lang]))


def title(table: dict[str, Any]) -> str:
    """Return what the figures of a table are."""
    return _(str(table["title"]))


def cell(names: str, code: str) -> str:
    """Return the name of a cell."""
    if names == "country":
        return _("Other countries") if code == OTHER else places.country(code)
    return _("Other pages") if code == OTHER else code


def spread(table: dict[str, Any]) -> int:
    """Return how far the noise may have moved a figure of a table, 19 times out of 20; with half a step of rounding."""
    scale = (table["amounts"] or table["people"])["sigma"]
    return int(scale * 196 // (100 * MILLION)) + 5


def source(key: str) -> str:
    """Return what the figures of a source are; its key where nobody enters it any more."""
    found = register.source(key)
    return _(found.title) if found else key


def epsilon(value: float | str) -> str:
    """Write an epsilon: "5.88", "5,88"."""
    return writing.whole(Decimal(f"{float(value):.2f}"))
