"""The choices of a search, each with the number of numbers that it leads to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import writing
from ringfence.interfaces.stock_words import CAPABILITIES, KINDS
from ringfence.interfaces.storefront import places
from ringfence.interfaces.storefront.search_form import Asked
from ringfence.kernel.money import Money
from ringfence.telephony.number_blocks import Capability
from ringfence.telephony.queries import SearchPage, Sort
from ringfence.telephony.rules import SoldType

MOST_PRICES: Final = 8
SORTS: Final = {
    "": gettext_lazy("Lowest price"),
    Sort.DEAREST: gettext_lazy("Highest price"),
    Sort.DIGITS: gettext_lazy("Digits"),
}
PLACES_OF_DIGITS: Final = {
    "": gettext_lazy("anywhere"),
    "start": gettext_lazy("at the start"),
    "end": gettext_lazy("at the end"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One choice: `count` is None where it is not counted."""

    value: str
    label: str
    count: int | None = None
    chosen: bool = False

    @property
    def text(self) -> str:
        """The label with its count."""
        return self.label if self.count is None else f"{self.label} ({_whole(self.count, writing.spoken())})"

    @property
    def is_empty(self) -> bool:
        """Whether it leads nowhere, and so cannot be chosen."""
        return self.count == 0 and not self.chosen


@dataclass(frozen=True, slots=True)
class Options:
    """The choices of one list, written as its options: a template would take longer over them than over the rest."""

    html: SafeString
    count: int

    @classmethod
    def of(cls, choices: Sequence[Choice]) -> "Options":
        """Write the choices."""
        return cls(
            mark_safe(  # noqa: S308 - escaped
                "".join(
                    f'<option value="{escape(choice.value)}"{_mark(choice)}>{escape(choice.text)}</option>'
                    for choice in choices
                )
            ),
            len(choices),
        )


def _mark(choice: Choice) -> str:
    return " selected" if choice.chosen else " disabled" if choice.is_empty else ""


@lru_cache(maxsize=4096)
def _whole(count: int, language: str) -> str:
    return writing.whole(count, language)


@dataclass(frozen=True, slots=True)
class Choices:
    """Every choice of a search, field by field."""

    countries: Options
    areas: Options
    types: Options
    capabilities: tuple[Choice, ...]
    ready: Choice
    prices: Options
    currencies: Options
    sorts: Options
    where: Options


def choices(
    asked: Asked, page: SearchPage, grosses: Mapping[int, Money], terms: tuple[str, tuple[str, ...]]
) -> Choices:
    """Return the choices of a search, with what was counted on its page. `terms`: currency, and those there are."""
    counted, stock = page.choices, page.stock
    currency, currencies = terms
    return Choices(
        countries=_by_name(
            _counted(
                stock.countries or {}, counted.countries if counted else None, asked.country, places.country
            )
        ),
        areas=_by_name(_counted(stock.areas, counted.areas if counted else None, asked.area, str)),
        types=Options.of(_counted(stock.types, counted.types if counted else None, asked.type, _kind)),
        capabilities=tuple(
            Choice(
                name,
                str(CAPABILITIES[name]),
                counted.capabilities[name] if counted else None,
                name in asked.can,
            )
            for name in Capability
            if stock.capabilities[name] or name in asked.can
        ),
        ready=Choice(
            "1", _("Ready at once, no documents"), counted.ready_at_once if counted else None, asked.ready
        ),
        prices=Options.of(_prices(asked, page, grosses)),
        currencies=Options.of([Choice(code, code, None, code == currency) for code in currencies]),
        sorts=_named(SORTS, asked.sort),
        where=_named(PLACES_OF_DIGITS, asked.where),
    )


def _by_name(choices: Iterable[Choice]) -> Options:
    return Options.of(sorted(choices, key=lambda choice: places.sortable(choice.label)))


def _named(labels: Mapping[str, object], chosen: str) -> Options:
    return Options.of([Choice(name, str(label), None, name == chosen) for name, label in labels.items()])


def _counted(
    known: Mapping[str, int], counted: Mapping[str, int] | None, chosen: str, write: Callable[[str], str]
) -> tuple[Choice, ...]:
    names: Iterable[str] = known if not chosen or chosen in known else [*known, chosen]
    return tuple(
        Choice(name, write(name), None if counted is None else counted.get(name, 0), name == chosen)
        for name in names
        if name
    )


def _kind(name: str) -> str:
    return str(KINDS[SoldType(name)])


def _prices(asked: Asked, page: SearchPage, grosses: Mapping[int, Money]) -> tuple[Choice, ...]:
    """Return the limits worth offering: amounts that numbers cost, a few of them, each with all that cost less."""
    counts = (page.choices or page.stock).prices
    known = sorted(net for net in page.stock.prices if net in grosses)
    step = max(1, -(-len(known) // MOST_PRICES))
    offered = {f"{grosses[net].decimal:f}": net for net in [*known[:-1:step], *known[-1:]]}
    found = [
        Choice(
            value,
            _("%(price)s or less") % {"price": writing.money(grosses[net])},
            max((count for other, count in counts.items() if other <= net), default=0)
            if page.choices
            else None,
            value == asked.price,
        )
        for value, net in offered.items()
    ]
    if asked.price and not any(choice.chosen for choice in found):
        found.append(Choice(asked.price, _("%(price)s or less") % {"price": asked.price}, None, chosen=True))
    return tuple(found)
