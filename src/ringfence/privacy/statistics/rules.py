"""Pure decisions of statistics: periods, the budget, noise and threshold, what is shown. No Django, no clock.

The guarantee is zero-concentrated differential privacy with the discrete Gaussian: who changes a table by `l2` at most,
by adding or leaving out one unit, costs rho = l2² / (2 sigma²). Rho is counted in whole millionths, sigma in whole
millionths rounded up beyond it, so that anybody reckons the same from the published figures.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from math import isqrt
from typing import Final

MILLION: Final = 1_000_000
YEARLY_RHO: Final = 520_000
"""What a year may cost each unit, in millionths of rho; the database refuses more."""

DELTA: Final = 1e-6
LEAST_PEOPLE: Final = 10
"""How many people at least stand behind a figure that is shown,"""
MARGIN: Final = 30_902
"""and by how many ten-thousandths of sigma more the noisy count must be: noise alone gets so far once in a thousand."""

STEP: Final = 10
"""To what figures are rounded."""

RELIABLE: Final = 3
"""An amount is shown from so many sigma on: below, it would be noise more than amount."""

ENOUGH: Final = 0.6
TOO_LITTLE: Final = 0.4
"""The share of the total that finer periods must be able to show, and below which periods get coarser again."""

LOOKED_BACK: Final = 2
"""How many releases in a row must say so."""


class Level(StrEnum):
    """How long a period is."""

    QUARTER = "quarter"
    MONTH = "month"
    WEEK = "week"


class Unit(StrEnum):
    """Who, or what, a table protects: it says the same with one more or one less of them."""

    CUSTOMER = "customer"
    VIEW = "page view"


A_YEAR: Final[Mapping[Level, int]] = {Level.QUARTER: 4, Level.MONTH: 12, Level.WEEK: 53}
"""How many periods may begin in one year."""

FROM_COARSE_TO_FINE: Final = tuple(Level)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Whole days in UTC: from `first` up to, and without, `after`."""

    first: date
    after: date
    level: Level

    @property
    def last(self) -> date:
        """The last day of it."""
        return self.after - timedelta(days=1)


def period_of(level: Level, day: date) -> Period:
    """Return the period that a day lies in; weeks begin on Mondays."""
    if level is Level.WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(first, first + timedelta(days=7), level)
    months = 3 if level is Level.QUARTER else 1
    month = (day.month - 1) // months * months
    first = day.replace(month=month + 1, day=1)
    year, following = divmod(month + months, 12)
    return Period(first, date(day.year + year, following + 1, 1), level)


def first_from(level: Level, day: date) -> Period:
    """Return the first period that begins on a day or later."""
    found = period_of(level, day)
    return found if found.first >= day else period_of(level, found.after)


def rho_of(level: Level) -> int:
    """Return what one period may cost, so that those that begin in a year never cost more than the year's budget."""
    return YEARLY_RHO // A_YEAR[level]


def shares(rho: int, parts: Mapping[str, int]) -> dict[str, int]:
    """Divide a cost among tables by their parts, rounded down."""
    whole = sum(parts.values())
    return {key: rho * part // whole for key, part in parts.items()}


def split(rho: int) -> tuple[int, int]:
    """Divide the cost of a table of amounts: what counting the people behind each costs, and the amounts."""
    people = rho // 3
    return people, rho - people


def l2_squared(cells: int, amount: int) -> int:
    """Return how much one unit can change a table at most, squared: so many cells, and the total, by `amount` each."""
    return amount * amount * (cells + 1)


def sigma(squared: int, rho: int) -> int:
    """Return the scale of noise, in millionths rounded up, at which a change of sqrt(squared) costs rho at most."""
    if rho <= 0:
        raise ValueError("noise that costs nothing would be without end")
    return isqrt(-(-squared * MILLION**3 // (2 * rho))) + 1


def tau(scale: int) -> int:
    """Return from which noisy count of people on a cell is shown."""
    return LEAST_PEOPLE - (-scale * MARGIN // (MILLION * 10_000))


def least_amount(scale: int) -> int:
    """Return from which noisy amount on a cell is shown."""
    return -(-RELIABLE * scale // MILLION)


def epsilon(rho: int) -> float:
    """Return the epsilon, at `DELTA`, that a cost stands for."""
    cost = rho / MILLION
    return cost + 2 * math.sqrt(cost * math.log(1 / DELTA))


def rounded(value: int) -> int:
    """Round to the nearest step, halves up."""
    return (value + STEP // 2) // STEP * STEP


def shown(value: int, people: int, least: int, least_people: int) -> int | None:
    """Return what is shown of a noisy value behind which stand so many people, noisily counted; None for nothing."""
    return rounded(value) if people >= least_people and value >= least else None


@dataclass(frozen=True, slots=True)
class Published:
    """What a released table of people showed, and how many people its cells need at each level.

    `adds_up` for what is as many times more in a longer period.
    """

    total: int | None
    cells: tuple[int | None, ...]
    adds_up: bool
    least: Mapping[Level, int]


def least_at(rho: int, level: Level, cells: int) -> dict[Level, int]:
    """Return how many people the cells of a table need at each level, from what it cost at one."""
    costs = {other: rho * rho_of(other) // rho_of(level) for other in Level}
    return {other: tau(sigma(l2_squared(cells, 1), cost)) for other, cost in costs.items()}


def coverage(table: Published, level: Level, shorter: float = 1.0) -> float:
    """Return which share of its total a table would show at a level, whose periods are so much shorter than its own."""
    scale, least = (shorter if table.adds_up else 1.0), table.least[level]
    if not table.total or table.total * scale < least:
        return 0.0
    seen = sum(value for value in table.cells if value is not None and value * scale >= least)
    return min(seen / table.total, 1.0)


def level_after(level: Level, past: Sequence[Iterable[Published]]) -> Level:
    """Return the level that follows some releases of a level, newest last, from what they showed in public alone."""
    recent = [list(tables) for tables in past[-LOOKED_BACK:]]
    if len(recent) < LOOKED_BACK or not all(recent):
        return level
    tables = [table for one in recent for table in one]
    place = FROM_COARSE_TO_FINE.index(level)
    if level is not Level.WEEK:
        finer = FROM_COARSE_TO_FINE[place + 1]
        shorter = A_YEAR[level] / A_YEAR[finer]
        if all(coverage(one, finer, shorter) >= ENOUGH for one in tables):
            return finer
    if level is not Level.QUARTER and all(coverage(one, level) < TOO_LITTLE for one in tables):
        return FROM_COARSE_TO_FINE[place - 1]
    return level
