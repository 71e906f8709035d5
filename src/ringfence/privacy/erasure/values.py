"""Which values identify a person, and the forms in which each is looked for."""

import ipaddress
import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from ringfence.privacy import register
from ringfence.privacy.inventory import Personal, declared_fields
from ringfence.privacy.registered_rows import some_rows
from ringfence.privacy.sealed import SealedField

LEAST_LENGTH: Final = 6
"""Characters a value needs to be worth looking for: shorter ones are found everywhere by chance."""

LEAST_DIGITS: Final = 10
"""Digits from which a phone number is looked for without its plus sign too."""

LONGEST: Final = 200
"""Characters of a long text that are looked for: its beginning says whose it is."""

SPACES: Final = 3
"""Spaces in a line of a letter that make it a sentence; the longest one is looked for."""

OF_EACH: Final = 200
"""Rows of one kind whose values are gathered of one person: of a customer with very many calls, some of them."""

_WRITTEN_OTHERWISE: Final = re.compile(r"[\x00-\x1f\\\"]+")
_PHONE: Final = re.compile(r"\+\d{6,15}")


@dataclass(frozen=True, slots=True)
class Patterns:
    """How a text is looked for: in rows by LIKE or by whole word, in files by its bytes, and as tables are read out."""

    like: tuple[str, ...]
    word: tuple[str, ...]
    encoded: tuple[bytes, ...]
    shown: tuple[bytes, ...]


def patterns_of(text: str) -> Patterns:
    """Return the forms of a text: as it is, and as a column of bytes shows it.

    A single word of letters, as a name may be, is looked for as a word of its own and in its own case.
    """
    forms = [text]
    if _PHONE.fullmatch(text) and len(text) > LEAST_DIGITS:
        forms.append(text[1:])
    encoded = tuple(form.encode() for form in forms)
    hexed = [form.hex() for form in encoded]
    like = [f"%{form}%" for form in hexed]
    shown = (*(form.encode() for form in _read_out(forms)), *(form.encode() for form in hexed))
    if text.isalpha():
        return Patterns(tuple(like), (rf"\m{text}\M",), encoded, shown)
    written = json.dumps(text)[1:-1]
    other = [written] if written != text else []
    return Patterns(
        (*[f"%{_escaped(form)}%" for form in [*forms, *other]], *like),
        (),
        (*encoded, *(form.encode() for form in other)),
        shown,
    )


def _read_out(forms: list[str]) -> Iterator[str]:
    """Yield forms as a table that is read out shows them: the longest part without a sign written otherwise.

    A text may stand in JSON that is kept as text, where other letters than a to z are written as numbers.
    """
    for form in forms:
        yield max(_WRITTEN_OTHERWISE.split(form), key=len)
        if not form.isascii():
            yield json.dumps(form)[1:-1].replace("\\", "\\\\")


def _escaped(text: str) -> str:
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
                if isinstance(declared, Personal) and isinstance(model._meta.get_field(name), SealedField)
            }
            for subject, row in some_rows(model, people, OF_EACH) if sought else ():
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
        return _PHONE.fullmatch(text) is not None or any(letter.isalpha() for letter in text)
