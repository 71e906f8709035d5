"""Public ids: what customers, staff and machines outside see instead of a primary key.

``num_`` and 26 lower-case letters and digits (Crockford base 32 of the 128-bit key). The prefix says what the
thing is; the rest means nothing else: no count, no order, and no moment of creation.
"""

from typing import Final
from uuid import UUID, uuid4

PREFIXES: Final[dict[str, str]] = {
    "abu": "abuse case",
    "blk": "block of numbers",
    "call": "call record",
    "chk": "checkpoint of the ledger",
    "con": "consent record",
    "cpy": "copy of somebody's data",
    "cus": "customer",
    "dmd": "demand of an authority",
    "dsc": "disclosure",
    "exp": "export of statistics",
    "hld": "legal hold",
    "hnd": "hand-over to a company of the group",
    "imp": "import of numbers",
    "inv": "invoice",
    "let": "letter",
    "lin": "line of the ledger",
    "msg": "message",
    "node": "node of the edge",
    "ntc": "notice",
    "num": "number",
    "onw": "change passed on to a recipient",
    "ord": "order",
    "pay": "payment",
    "pho": "phone",
    "pol": "version of the policy",
    "rcp": "receipt",
    "req": "request of a data subject",
    "rfd": "refund",
    "rls": "release of statistics",
    "rnw": "renewal",
    "rte": "route",
    "ses": "session",
    "stf": "member of staff",
    "stp": "step of a route",
    "sub": "subscription",
    "tkt": "ticket",
}
"""Every prefix in use and what it stands for. A new kind of thing enters here, so that no two share one."""

LENGTH: Final = 26
"""Characters after the prefix: 26 times 5 bits hold 128."""

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_VALUES: Final = {
    **{character: value for value, character in enumerate(_ALPHABET)},
    **{character.upper(): value for value, character in enumerate(_ALPHABET)},
    **dict.fromkeys("oO", 0),
    **dict.fromkeys("iIlL", 1),
}
_VERSIONS_WITH_A_CLOCK: Final = frozenset({1, 2, 6, 7})


class NotAPublicId(ValueError):
    """The text is not a public id of the wanted kind; at an interface that is "not found"."""


def new_id() -> UUID:
    """A fresh primary key for a thing that has a public id: UUID version 4, 122 random bits.

    Not version 7: its first 48 bits are the moment of creation, and a public id is the key in other letters,
    so whoever sees one would learn when the account or the order was made. The price is that new rows land
    all over the primary key's index; a table that grows by thousands of rows a second keeps a sequence for
    its own joins and this id in a second, unique column.
    """
    return uuid4()


def public_id(prefix: str, key: UUID) -> str:
    """``public_id("num", key)`` is ``num_`` and 26 characters, always the same for the same key.

    Raises ``ValueError`` for a prefix that is not in ``PREFIXES``, and for a key that contains a clock
    reading.
    """
    _known(prefix)
    if key.version in _VERSIONS_WITH_A_CLOCK:
        message = f"a UUID of version {key.version} tells when it was made; public things take new_id()"
        raise ValueError(message)
    shifts = range(5 * (LENGTH - 1), -1, -5)
    return f"{prefix}_" + "".join(_ALPHABET[key.int >> shift & 31] for shift in shifts)


def parse(text: str, prefix: str) -> UUID:
    """The key inside a public id of this kind.

    Read aloud and typed in (clause 6.2) ids survive: capitals are accepted, ``o`` counts as ``0``, and ``i``
    and ``l`` as ``1``, as Crockford's base 32 has it. Raises ``NotAPublicId`` for anything else, and for
    another kind.
    """
    _known(prefix)
    kind, underscore, characters = text.strip().partition("_")
    if not underscore or kind.lower() != prefix or len(characters) != LENGTH:
        message = f"not the id of a {PREFIXES[prefix]}"
        raise NotAPublicId(message)
    number = 0
    for character in characters:
        value = _VALUES.get(character)
        if value is None:
            message = f"not the id of a {PREFIXES[prefix]}"
            raise NotAPublicId(message)
        number = number << 5 | value
    if number >> 128:
        message = f"not the id of a {PREFIXES[prefix]}"
        raise NotAPublicId(message)
    return UUID(int=number)


def _known(prefix: str) -> None:
    if prefix not in PREFIXES:
        message = f"{prefix!r} is not a prefix of a public id"
        raise ValueError(message)
