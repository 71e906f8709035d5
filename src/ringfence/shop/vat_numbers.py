"""VAT numbers of businesses: their form and checksum, country by country.

Whether a number is in use today only its own tax authority knows; asking it would hand the buyer's number to others for
every order. What is checked is that the number can exist, and that it is one of the buyer's country.
"""

from typing import Final

from stdnum.eu import vat as of_the_union
from stdnum.exceptions import ValidationError
from stdnum.is_ import vsk
from stdnum.no import mva, orgnr
from stdnum.util import clean

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.shop.vat_rules import EEA

_PREFIXES: Final = {"GR": "EL"}
_LIECHTENSTEIN_DIGITS: Final = 5
LONGEST: Final = 20


def checked(country: str, number: str) -> str:
    """Return a VAT number in its usual form. Raises Refusal `vat.number` when no such number of the country can exist.

    Outside the EEA nothing depends on it, and it is taken as it is written.
    """
    bare = clean(number, " -./").strip().upper()[:LONGEST]
    if not bare or country not in EEA:
        return bare
    try:
        return _checked(country, bare)
    except ValidationError:
        raise Refusal(
            "vat.number",
            gettext_noop(
                "This cannot be a VAT number of the country you gave. Check its digits, or leave it empty: then the"
                " VAT of your country is added."
            ),
        ) from None


def _checked(country: str, bare: str) -> str:
    if country == "NO":
        digits = bare.removeprefix("NO").removesuffix("MVA")
        return f"{orgnr.validate(digits)}MVA" if mva.is_valid(f"{digits}MVA") else orgnr.validate(digits)
    if country == "IS":
        return f"IS{vsk.validate(bare.removeprefix('IS'))}"
    if country == "LI":
        digits = bare.removeprefix("LI")
        if len(digits) != _LIECHTENSTEIN_DIGITS or not digits.isdecimal():
            raise ValidationError
        return f"LI{digits}"
    prefix = _PREFIXES.get(country, country)
    return str(of_the_union.validate(bare if bare.startswith(prefix) else prefix + bare))


def valid_or_none(country: str, number: str) -> str:
    """Return a VAT number in its usual form, or nothing when it is none."""
    try:
        return checked(country, number)
    except Refusal:
        return ""
