"""Amounts of money: whole minor units of one currency, and never a float.

An amount is an integer count of the smallest unit (øre, cent, yen) together with its ISO 4217 code. Every
operation is exact, or says how it rounds. Two currencies never meet in one operation.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Self

_TWO_DECIMALS: Final = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA "
    "MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR "
    "RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD "
    "TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NO_DECIMALS: Final = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS: Final = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS: Final = "CLF UYW"

EXPONENTS: Final[dict[str, int]] = {
    **dict.fromkeys(_TWO_DECIMALS.split(), 2),
    **dict.fromkeys(_NO_DECIMALS.split(), 0),
    **dict.fromkeys(_THREE_DECIMALS.split(), 3),
    **dict.fromkeys(_FOUR_DECIMALS.split(), 4),
}
"""Decimals of each currency in ISO 4217 (list one, funds included, metals and test codes left out)."""

_AMOUNT: Final = re.compile(r"(?P<sign>-?)(?P<whole>[0-9]{1,18})(?:\.(?P<part>[0-9]{1,4}))?", re.ASCII)


class DifferentCurrencies(TypeError):
    """Two currencies met in one operation. That is a mistake in the program, so it is not a refusal."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: ``minor`` whole units of the smallest coin of ``currency`` (5900 and ``NOK`` are 59.00 NOK).

    Raises ``TypeError`` when ``minor`` is not an ``int`` and ``ValueError`` for an unknown currency.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse a fraction of a unit, and an unknown currency."""
        if type(self.minor) is not int:
            message = f"minor units are a whole number (int), not {type(self.minor).__name__}"
            raise TypeError(message)
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Nothing at all, in this currency."""
        return cls(0, currency)

    @classmethod
    def of(cls, amount: str | Decimal, currency: str) -> Self:
        """The amount written in major units: ``Money.of("59.90", "NOK")`` is 5990 øre.

        Raises ``ValueError`` for anything but plain digits with at most the currency's decimals.
        """
        match = _AMOUNT.fullmatch(f"{amount:f}" if isinstance(amount, Decimal) else amount)
        decimals = exponent(currency)
        if match is None:
            message = f"{amount!s} is not an amount: write digits with a full stop before the decimals"
            raise ValueError(message)
        part = match["part"] or ""
        if len(part.rstrip("0")) > decimals:
            message = f"{currency} has {decimals} decimals, and {amount!s} has more"
            raise ValueError(message)
        minor = int(match["whole"] + part.rstrip("0").ljust(decimals, "0"))
        return cls(-minor if match["sign"] else minor, currency)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads what ``str`` writes: ``"59.00 NOK"``. Raises ``ValueError`` for anything else."""
        amount, space, currency = text.partition(" ")
        if not space:
            message = f"{text!r} is not an amount and a currency, such as 59.00 NOK"
            raise ValueError(message)
        return cls.of(amount, currency)

    @classmethod
    def total(cls, amounts: Iterable["Money"], currency: str) -> Self:
        """The sum of the amounts, each of which must be of this currency; zero when there are none."""
        total = cls.zero(currency)
        for amount in amounts:
            total += amount
        return total

    @property
    def decimal(self) -> Decimal:
        """The amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-EXPONENTS[self.currency])

    @property
    def is_zero(self) -> bool:
        """Whether this is nothing."""
        return self.minor == 0

    def _same(self, other: object) -> int:
        if not isinstance(other, Money):
            message = f"an amount of {self.currency} and a {type(other).__name__} have nothing in common"
            raise TypeError(message)
        if other.currency != self.currency:
            message = f"{self.currency} and {other.currency} cannot be added or compared"
            raise DifferentCurrencies(message)
        return other.minor

    def __add__(self, other: "Money") -> Self:
        """The sum; same currency only."""
        return type(self)(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> Self:
        """The difference; same currency only."""
        return type(self)(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Self:
        """The same amount the other way."""
        return type(self)(-self.minor, self.currency)

    def __abs__(self) -> Self:
        """The amount without its sign."""
        return type(self)(abs(self.minor), self.currency)

    def __mul__(self, count: int) -> Self:
        """``count`` times the amount; ``count`` is a whole number."""
        if type(count) is not int:
            message = f"an amount is multiplied by a whole number (int), not by {type(count).__name__}"
            raise TypeError(message)
        return type(self)(self.minor * count, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: "Money") -> bool:
        """Less; same currency only."""
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        """Less or equal; same currency only."""
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        """More; same currency only."""
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        """More or equal; same currency only."""
        return self.minor >= self._same(other)

    def fraction(self, numerator: int, denominator: int) -> Self:
        """``numerator / denominator`` of the amount, rounded half to even to a whole minor unit.

        Half to even (ISO 80000-1, rule A) because sums of many rounded amounts do not drift.
        """
        if denominator <= 0:
            message = "the denominator must be above zero"
            raise ValueError(message)
        whole, rest = divmod(self.minor * numerator, denominator)
        above_half = rest * 2 > denominator
        exactly_half = rest * 2 == denominator
        if above_half or (exactly_half and whole % 2 == 1):
            whole += 1
        return type(self)(whole, self.currency)

    def percent(self, rate: Decimal | int) -> Self:
        """``rate`` per cent of the amount (25 is a quarter), rounded half to even."""
        numerator, denominator = Decimal(_not_float(rate)).as_integer_ratio()
        return self.fraction(numerator, denominator * 100)

    def basis_points(self, points: int) -> Self:
        """``points`` ten-thousandths of the amount (2500 is a quarter), rounded half to even."""
        return self.fraction(points, 10_000)

    def percent_included(self, rate: Decimal | int) -> Self:
        """The tax of ``rate`` per cent that this amount already contains, rounded half to even.

        Of 125.00 at 25 per cent it is 25.00. The amount without the tax is the amount minus this, so the two
        always add up to what was paid.
        """
        numerator, denominator = Decimal(_not_float(rate)).as_integer_ratio()
        return self.fraction(numerator, denominator * 100 + numerator)

    def split(self, parts: int) -> tuple[Self, ...]:
        """The amount in ``parts`` shares that differ by at most one minor unit and lose nothing.

        The larger shares come first. Raises ``ValueError`` for fewer than one part.
        """
        if parts < 1:
            message = "an amount is split into one part or more"
            raise ValueError(message)
        share, larger = divmod(self.minor, parts)
        return tuple(type(self)(share + (index < larger), self.currency) for index in range(parts))

    def __str__(self) -> str:
        """``59.00 NOK``: for logs, files and tests. Pages format amounts in the reader's language."""
        return f"{self.decimal:f} {self.currency}"


def exponent(currency: str) -> int:
    """The number of decimals of a currency. Raises ``ValueError`` for a code that ISO 4217 does not list."""
    try:
        return EXPONENTS[currency]
    except (KeyError, TypeError):
        message = f"{currency!r} is not a currency code of ISO 4217, such as NOK"
        raise ValueError(message) from None


def _not_float(rate: Decimal | int) -> Decimal | int:
    if isinstance(rate, float):
        message = "a rate is a Decimal or a whole number, never a float"
        raise TypeError(message)
    return rate
