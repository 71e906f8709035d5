"""Statistics for tests: sources of made-up people, and releases of what they say."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime, time

import pytest

from ringfence.kernel.actor import Actor
from ringfence.privacy.statistics import engine, register
from ringfence.privacy.statistics.models import Release
from ringfence.privacy.statistics.register import Bounds, Source
from ringfence.privacy.statistics.rules import Level, Period, Unit, first_from

SYSTEM = Actor.system("tests")
MADE = Mapping[str, int]


def people(counts: MADE, *, offset: int = 0, amount: int = 1) -> str:
    """Return a relation of so many people in each cell, each in one, and each with an amount."""
    numbers = "generate_series(1 + {0}, {1} + {0}) AS n"
    rows = [
        f"SELECT md5('{cell}' || n)::uuid, '{cell}', {amount} FROM {numbers.format(offset, count)}"
        for cell, count in counts.items()
    ]
    return " UNION ALL ".join(rows)


def source(key: str, relation: str, **changes: object) -> Source:
    """Return a source of a relation, with the countries that tests have."""
    given: dict[str, object] = {
        "key": key,
        "title": "Made up",
        "unit": Unit.CUSTOMER,
        "cells": lambda: ["NO", "SE", "DK", "IS"],
        "bounds": register.people(),
        "relation": relation,
    }
    return Source(**{**given, **changes})  # type: ignore[arg-type] # the same names


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> "Only":
    """Register nothing but what a test enters."""
    return Only(monkeypatch)


class Only:
    """The register with nothing in it but what is entered here."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, *sources: Source) -> None:
        """Have these sources and no other."""
        self._monkeypatch.setattr(register, "_entered", {})
        for one in sources:
            register.enter(one)


def quarters(first: date = date(2026, 1, 1), level: Level = Level.QUARTER) -> Iterator[Period]:
    """Yield periods, one after the other."""
    while True:
        period = first_from(level, first)
        yield period
        first = period.after


def after(period: Period) -> datetime:
    """Return a moment soon after a period."""
    return datetime.combine(period.after, time(0, 17), tzinfo=UTC)


def release(period: Period) -> Release:
    """Release a period."""
    return engine.release(period=period, by=SYSTEM, at=after(period))


@contextmanager
def noise_of(monkeypatch: pytest.MonkeyPatch, sigmas: float) -> Iterator[None]:
    """Let the noise be as large as so many sigma, everywhere."""
    with monkeypatch.context() as patch:
        patch.setattr(
            engine.noise,
            "add",
            lambda vectors: [
                [value + int(sigmas * vector.sigma / 1_000_000) for value in vector.values]
                for vector in vectors
            ],
        )
        yield


__all__ = ("Bounds", "Only", "after", "noise_of", "only", "people", "quarters", "release", "source")
