"""Stored values as people read them: countries and languages by name, moments, amounts, letters by what they were."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import clock, writing
from ringfence.interfaces.account.history_words import LETTERS, WORDS
from ringfence.kernel.money import Money
from ringfence.privacy.copies import HeldValue
from ringfence.privacy.copying import words
from ringfence.privacy.inventory import DeclaredField

LINKS: Final = "links between records"
LONG: Final = 240
"""Characters from which a value is folded."""

COUNTRIES: Final = frozenset({"country", "buyer_country", "number_country"})
FACTS: Final[dict[str, str | Promise]] = {
    "order": gettext_lazy("Order"),
    "number": gettext_lazy("Number"),
    "amount": gettext_lazy("Amount"),
    "vat": gettext_lazy("Of which VAT"),
    "monthly": gettext_lazy("A month"),
    "last_moment": gettext_lazy("Can be cancelled until"),
    "left": gettext_lazy("Codes left"),
    "from": gettext_lazy("From"),
    "to": gettext_lazy("To"),
}
"""The parts of a letter that are shown; ids and names of rules are in the copy only."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One value of a record on the page. `text` is empty for a moment, and for what is withheld."""

    label: str
    text: str
    moment: datetime | None
    withheld: bool
    source: str

    @property
    def is_long(self) -> bool:
        """Whether it is folded."""
        return len(self.text) > LONG


def shown(record: tuple[HeldValue, ...]) -> Iterator[Shown]:
    """Yield what is shown of a record: no references between records, and nothing that is empty."""
    for one in record:
        if one.declaration.category == LINKS:
            continue
        moment = one.value if isinstance(one.value, datetime) else None
        text = "" if moment or one.withheld else _written(one)
        if one.withheld or moment or text:
            yield Shown(_(one.field.label), text, moment, one.withheld, _(str(one.declaration.source)))


def of_a_copy(field: DeclaredField, value: Any) -> str:
    """Write a value of a copy in the language in force."""
    return _written(HeldValue(field, value, withheld=False))


def install() -> None:
    """Have a copy's pages written in these words."""
    words.install(of_a_copy, lambda action: str(WORDS.get(action, action)))


def _written(one: HeldValue) -> str:
    """Write a value; words of ours have a translation, what a person typed has not."""
    value = one.value
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, bytes | memoryview):
        return _("%(count)s bytes that are no text") % {"count": writing.whole(len(value))}
    if isinstance(value, dict):
        return ", ".join(f"{FACTS[key]}: {_fact(key, part)}" for key, part in value.items() if key in FACTS)
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return "" if value is None or value == "" else _text(one, str(value))


def _text(one: HeldValue, text: str) -> str:
    """Write a text: a code by what it stands for."""
    locale, name = Locale.parse(writing.spoken()), one.field.name
    if name in COUNTRIES:
        return str(locale.territories.get(text, text))
    if name == "language":
        return str(locale.languages.get(text, text)).capitalize()
    if name == "kind" and text in LETTERS:
        return str(LETTERS[text]).capitalize()
    if text.startswith("+") and text[1:].isdecimal():
        return writing.international(text)
    return _(text) if one.declaration.plain and isinstance(one.value, str) else text


def _fact(name: str, value: Any) -> str:
    """Write one part of a letter."""
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    text = str(value)
    if name in {"amount", "vat", "monthly"} and " " in text:
        return writing.money(Money.of(*text.split(" ", 1)))
    if name == "last_moment":
        return writing.moment(datetime.fromisoformat(text), "full", at=clock.now())
    return writing.international(text)
