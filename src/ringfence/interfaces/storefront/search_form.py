"""What the address bar says is looked for, and the address of every other search that is one step away."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpRequest, QueryDict

from ringfence.interfaces import errors
from ringfence.kernel.money import Money
from ringfence.kernel.refusal import Refusal
from ringfence.telephony.keypad import Anchor, SearchPattern, search_pattern
from ringfence.telephony.number_blocks import Capability
from ringfence.telephony.queries import Criteria, Sort
from ringfence.telephony.rules import SoldType

LONGEST_SEARCH: Final = 40
LONGEST_AREA: Final = 80
LONGEST_PRICE: Final = 12
ANCHORS: Final = {"": Anchor.ANYWHERE, "start": Anchor.START, "end": Anchor.END}


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as the address bar holds it. What cannot be understood is empty, or said in `trouble`."""

    country: str = ""
    area: str = ""
    type: str = ""
    can: tuple[str, ...] = ()
    ready: bool = False
    price: str = ""
    digits: str = ""
    where: str = ""
    sort: str = ""
    currency: str = ""
    pattern: SearchPattern | None = None
    trouble: str = ""

    @property
    def narrows(self) -> bool:
        """Whether it leaves any number out."""
        return bool(self.country or self.digits or self.narrows_further)

    @property
    def narrows_further(self) -> bool:
        """Whether any of the less common choices is made."""
        return bool(self.type or self.can or self.ready or self.price)

    def address(self, after: str = "", **changes: Any) -> str:
        """Return the query of this search with some of it changed, from its first page unless `after` says where."""
        one = replace(self, **changes)
        pairs: Iterable[tuple[str, str]] = (
            ("country", one.country),
            ("area", one.area),
            ("digits", one.digits),
            ("where", one.where),
            ("type", one.type),
            *(("can", name) for name in one.can),
            ("ready", "1" if one.ready else ""),
            ("price", one.price),
            ("sort", one.sort),
            ("currency", one.currency),
            ("after", after),
        )
        query = urlencode([(name, value) for name, value in pairs if value])
        return f"?{query}" if query else ""

    def criteria(self, grosses: dict[int, Money]) -> Criteria:
        """Return what to look for. The price is told with tax, `grosses` has each price of the list with it."""
        return Criteria(
            country=self.country,
            area=self.area,
            type=self.type,
            capabilities=frozenset(self.can),
            ready_at_once=self.ready,
            at_most=max(
                (net for net, gross in grosses.items() if gross.decimal <= Decimal(self.price)), default=0
            )
            if self.price
            else None,
            pattern=self.pattern,
            sort=Sort(self.sort) if self.sort else Sort.CHEAPEST,
        )


def read(request: HttpRequest) -> Asked:
    """Read the search from the address bar."""
    given = request.GET
    country = given.get("country", "").strip().upper()
    country = country if len(country) == 2 and country.isascii() and country.isalpha() else ""  # noqa: PLR2004
    sort = _one_of(given, "sort", tuple(Sort))
    digits = given.get("digits", "").strip()[:LONGEST_SEARCH]
    where = _one_of(given, "where", tuple(ANCHORS))
    pattern, trouble = _pattern(digits, where)
    return Asked(
        country=country,
        area=given.get("area", "")[:LONGEST_AREA].replace("\0", "") if country else "",
        type=_one_of(given, "type", tuple(SoldType)),
        can=tuple(name for name in Capability if name in given.getlist("can")),
        ready=given.get("ready", "") == "1",
        price=_price(given.get("price", "")),
        digits=digits,
        where=where if digits else "",
        sort="" if sort == Sort.CHEAPEST else sort,
        currency=given.get("currency", "").upper()[:3],
        pattern=pattern,
        trouble=trouble,
    )


def _one_of(given: QueryDict, name: str, known: tuple[str, ...]) -> str:
    value = given.get(name, "")
    return value if value in known else ""


def _price(text: str) -> str:
    """Return a price as it was written; nothing when it is none."""
    text = text.strip().replace(",", ".")
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return ""
    return text if amount.is_finite() and amount >= 0 and len(text) <= LONGEST_PRICE else ""


def _pattern(digits: str, where: str) -> tuple[SearchPattern | None, str]:
    """Read the digits; stars and a plus in what is typed say more than the choice beside it."""
    if not digits:
        return None, ""
    try:
        pattern = search_pattern(digits)
    except Refusal as refused:
        return None, errors.sentence(refused)
    if pattern.anchor is Anchor.ANYWHERE and "*" not in digits:
        pattern = replace(pattern, anchor=ANCHORS[where])
    return pattern, ""
