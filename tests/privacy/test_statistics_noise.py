"""The noise, audited from outside: what an attacker tells apart is never more than was reckoned (clause 3.1).

Two stores differ in one customer, who is in two countries. The attacker knows all others, and looks at the figures in
the one direction in which the two differ. How often a guess is right bounds epsilon from below (Clopper and Pearson);
as the noise is Gaussian, it bounds rho from below as well, and far more closely.
"""

from math import exp, lgamma, log, log1p
from statistics import NormalDist

import pytest

from ringfence.privacy.statistics import noise, rules
from ringfence.privacy.statistics.noise import Vector

pytestmark = pytest.mark.promise("3.1")
DRAWS = 12_000
RHO = 130_000
"""What a quarter costs."""
WITHOUT, WITH = (40, 40, 80), (41, 41, 81)


def log_tail(count: int, draws: int, chance: float) -> float:
    """Return the logarithm of the probability of so many hits or more."""
    logs = [
        lgamma(draws + 1)
        - lgamma(k + 1)
        - lgamma(draws - k + 1)
        + k * log(chance)
        + (draws - k) * log1p(-chance)
        for k in range(count, min(count + 1500, draws) + 1)
    ]
    most = max(logs)
    return most + log(sum(exp(one - most) for one in logs))


def at_least(count: int, draws: int, doubt: float = 0.005) -> float:
    """Return the chance that is at least behind so many hits, but for so much doubt."""
    low, high = 1e-9, count / draws
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if log_tail(count, draws, middle) < log(doubt) else (low, middle)
    return low


def audited(rho: int, sigma: int, draws: int = DRAWS) -> tuple[float, float]:
    """Return the epsilon, at delta, and the rho in millionths that the noise certainly has, as an attacker measures."""
    squared = rules.l2_squared(2, 1)
    wide = [Vector(values * draws, squared, rho, sigma) for values in (WITHOUT, WITH)]
    without, with_one = ([sum(flat[n : n + 3]) for n in range(0, 3 * draws, 3)] for flat in noise.add(wide))
    epsilons, costs = [], []
    for edge in (sum(WITH) - 1, sum(WITH) + 2 * sigma / 1e6):
        right = at_least(sum(value >= edge for value in with_one), draws)
        wrong = 1 - at_least(sum(value < edge for value in without), draws)
        epsilons.append(log(max(right - rules.DELTA, 1e-9) / wrong))
        apart = NormalDist().inv_cdf(right) - NormalDist().inv_cdf(wrong)
        costs.append(max(apart, 0.0) ** 2 / 2 * rules.MILLION)
    return max(epsilons), max(costs)


def test_an_attacker_learns_no_more_than_was_reckoned() -> None:
    epsilon, rho = audited(RHO, rules.sigma(rules.l2_squared(2, 1), RHO))
    assert 0.2 < epsilon <= rules.epsilon(RHO)
    assert 0.6 * RHO < rho <= RHO


def test_the_audit_finds_noise_that_is_a_fifth_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    sigma = rules.sigma(rules.l2_squared(2, 1), RHO) * 4 // 5
    real = noise.add

    def unasked(vectors: list[Vector]) -> list[list[int]]:
        return real([Vector(one.values, one.l2_squared, 2 * RHO, one.sigma) for one in vectors])

    monkeypatch.setattr(noise, "add", unasked)
    assert audited(RHO, sigma)[1] > RHO


def test_noise_that_costs_more_than_was_reckoned_is_never_drawn() -> None:
    squared = rules.l2_squared(2, 1)
    sound = Vector([1, 2, 3], squared, RHO, rules.sigma(squared, RHO))
    assert len(noise.add([sound])[0]) == 3
    with pytest.raises(noise.CostsMore):
        noise.add([sound, Vector([1], squared, RHO, rules.sigma(squared, RHO) - 1000)])


def test_the_noise_is_drawn_anew_each_time_and_lies_about_nothing() -> None:
    squared = rules.l2_squared(2, 1)
    vector = Vector([0] * 4000, squared, RHO, rules.sigma(squared, RHO))
    first, second = noise.add([vector]), noise.add([vector])
    assert first != second
    spread = (sum(value * value for value in first[0]) / 4000) ** 0.5
    assert abs(sum(first[0]) / 4000) < 1
    assert 0.93 < spread / (vector.sigma / 1e6) < 1.07
