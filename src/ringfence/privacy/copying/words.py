"""Words of a copy, which is read far from here and by whoever it is shown to: each in both languages.

How a stored value is written, the interfaces know: a country by its name, a letter by what it was. They install it.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from django.utils import translation
from django.utils.translation import gettext

from ringfence.privacy.inventory import DeclaredField

LANGUAGES: Final = ("nb", "en")

Written = Callable[[DeclaredField, Any], str]
Told = Callable[[str], str]


def _as_it_is(_field: DeclaredField, value: Any) -> str:
    return str(value)


_written: list[Written] = [_as_it_is]
_told: list[Told] = [str]


def install(written: Written, told: Told) -> None:
    """Set how a value is written, and how an action of the ledger is told, in the language in force."""
    _written[:], _told[:] = [written], [told]


@lru_cache(maxsize=4096)
def both(text: str) -> str:
    """Return a message in both languages, once when they are the same."""
    return _joined(lambda: gettext(text) if text else "")


def value(field: DeclaredField, stored: Any) -> str:
    """Return a value as people read it, in both languages."""
    return _joined(lambda: _written[0](field, stored))


@lru_cache(maxsize=4096)
def action(name: str) -> str:
    """Return what an action of the ledger is called, in both languages."""
    return _joined(lambda: _told[0](name))


def _joined(say: Callable[[], str]) -> str:
    said: list[str] = []
    for language in LANGUAGES:
        with translation.override(language):
            word = say()
        if word not in said:
            said.append(word)
    return " · ".join(said)
