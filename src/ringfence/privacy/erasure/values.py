"""Which values identify a person, and the forms in which each is looked for."""

import ipaddress
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ringfence.privacy import register
from ringfence.privacy.erasure.forms import LEAST_DIGITS, PHONE, forms_of, words_of
from ringfence.privacy.inventory import Personal, declared_fields
from ringfence.privacy.registered_rows import some_rows
from ringfence.privacy.sealed import SealedField

LEAST_LENGTH: Final = 6
"""Characters a value needs to be worth looking for: shorter ones are found everywhere by chance."""

LONGEST: Final = 200
"""Characters of a long text that are looked for: its beginning says whose it is."""

SPACES: Final = 3
"""Spaces in a line of a letter that make it a sentence; the longest one is looked for."""

OF_EACH: Final = 200
"""Rows of one kind whose values are gathered of one person: of a customer with very many calls, some of them."""

_WRITTEN_OTHERWISE: Final = re.compile(r"[\x00-\x1f\\\"]+")


@dataclass(frozen=True, slots=True)
class Patterns:
    """How a text is looked for, in capital and in small letters alike, but for `words`: a name of one word.

    `forms` are those of a text, `hexed` how a column of bytes shows it.
    """

    forms: tuple[str, ...]
    words: tuple[str, ...]
    hexed: tuple[str, ...]

    @property
    def like(self) -> list[str]:
        """Return what finds it in a row by LIKE."""
        return [f"%{form}%" for form in (*map(_escaped, self.forms), *self.hexed)]

    @property
    def word(self) -> list[str]:
        """Return what finds it in a row as a word of its own."""
        return [rf"\m({'|'.join(self.words)})\M"] if self.words else []

    @property
    def in_files(self) -> list[bytes]:
        """Return what finds it in a file."""
        return [form.encode() for form in self.forms]

    @property
    def read_out(self) -> list[bytes]:
        """Return what finds it in tables that are read out."""
        return [
            form.encode()
            for form in (*self.hexed, *(part for form in self.forms for part in _read_out(form)))
        ]


def patterns_of(text: str) -> Patterns:
    """Return the forms of a text: as it is, as it is usually written, and as a column of bytes shows it.

    A single word of letters, as a name may be, is looked for as a word of its own and as names are written.
    """
    digits = text[1:] if PHONE.fullmatch(text) and len(text) > LEAST_DIGITS else text
    hexed = tuple(form.encode().hex() for form in {text, text.lower(), digits})
    if text.isalpha():
        return Patterns((), tuple(words_of(text)), hexed)
    return Patterns(tuple(forms_of(text)), (), hexed)


def _read_out(form: str) -> Iterator[str]:
    """Yield a form as a table that is read out shows it: its longest part without a sign written otherwise there.

    A text may stand in JSON that is kept as text, with signs that are written by a backslash; that is written twice,
    and in a row that is read as a whole twice again.
    """
    if "\\" not in form:
        yield max(_WRITTEN_OTHERWISE.split(form), key=len)
        return
    for times in (2, 4):
        yield form.replace("\\", "\\" * times)


def _escaped(form: str) -> str:
    """Return the pattern of a form in a row as text, where quotes and backslashes are written twice."""
    text = form.replace("\\", "\\\\").replace('"', '""')
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def known_values(subject: UUID) -> frozenset[str]:
    """Return the person's identifying values in plain form, for a search afterwards. Kept in memory only."""
    return values_of([subject])[subject]


def values_of(people: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the identifying values of some people, each kind of row asked for once."""
    found: dict[UUID, set[str]] = {subject: set() for subject in people}
    for holder in register.holders():
        for model in () if holder.stays else holder.models:
            sought = {
                name: declared
                for name, declared in declared_fields(model).items()
                if isinstance(declared, Personal)
                and isinstance(model._meta.get_field(name), SealedField)
                and (declared.secrets or not declared.common)
            }
            for subject, row in some_rows(model, people, OF_EACH, sought) if sought else ():
                for name, declared in sought.items():
                    found[subject].update(_sought(register.shown(row, name), declared))
    telling = {
        subject: {text.strip()[:LONGEST] for text in texts if _is_telling(text.strip())}
        for subject, texts in found.items()
    }
    of_the_house = register.values_of_the_house(set().union(*telling.values()))
    return {subject: frozenset(texts - of_the_house) for subject, texts in telling.items()}


def _sought(value: Any, declared: Personal) -> Iterator[str]:
    """Yield what is looked for of one value: of a common one only the secrets in it."""
    if declared.common:
        if isinstance(value, dict):
            yield from (str(value[name]) for name in declared.secrets & value.keys())
    elif isinstance(value, str):
        yield value
    elif isinstance(value, bytes):
        lines = (line.strip() for line in value.decode("utf-8", "replace").splitlines())
        yield max((line for line in lines if line.count(" ") >= SPACES), key=len, default="")
    elif isinstance(value, dict):
        yield from (part for inner in value.values() for part in _sought(inner, declared))
    elif isinstance(value, list):
        yield from (part for inner in value for part in _sought(inner, declared))


def _is_telling(text: str) -> bool:
    """Tell whether a text is long enough, and more than digits or an address inside a network."""
    if len(text) < LEAST_LENGTH:
        return False
    try:
        return ipaddress.ip_address(text).is_global
    except ValueError:
        return PHONE.fullmatch(text) is not None or any(letter.isalpha() for letter in text)
