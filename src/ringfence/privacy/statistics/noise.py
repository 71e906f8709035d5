"""Noise: the discrete Gaussian of a vetted library, which reckons for itself what a table costs.

The library is loaded when it is needed and not before: it takes memory for as long as a process lives, and a release is
made once a week at most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from ringfence.privacy.statistics.rules import MILLION

MECHANISM = "discrete gaussian"


@dataclass(frozen=True, slots=True)
class Vector:
    """The figures of one table, which one unit changes by `sqrt(l2_squared)` at most; rho and sigma in millionths."""

    values: Sequence[int]
    l2_squared: int
    rho: int
    sigma: int


class CostsMore(RuntimeError):
    """The noise would not protect as much as was reckoned; nothing may be released."""


def add(vectors: Sequence[Vector]) -> list[list[int]]:
    """Return the vectors with noise, drawn anew each time. Raises CostsMore."""
    import opendp.prelude as dp

    dp.enable_features("contrib")
    space = dp.vector_domain(dp.atom_domain(T=int)), dp.l2_distance(T=float)
    noisy = []
    for vector in vectors:
        mechanism: Any = dp.m.make_gaussian(*space, vector.sigma / MILLION)
        if not mechanism.map(sqrt(vector.l2_squared)) <= vector.rho / MILLION:
            raise CostsMore(f"sigma {vector.sigma} costs more than {vector.rho}")
        noisy.append([int(value) for value in mechanism(list(vector.values))])
    return noisy
