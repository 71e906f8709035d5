"""The ledger: what a line adds to an action, and how long the proof of one line among a million takes."""

import os
import statistics
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from benchmarks.ground import Figure, seconds

ROUNDS = 600
LINES = 1_000_000


def measure() -> Iterator[Figure]:
    """Yield the figures."""
    yield _append()
    yield from _proof()


def _append() -> Figure:
    from ringfence.interfaces import clock
    from ringfence.kernel.action import about, action, nothing_happened
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.keys import keyring
    from ringfence.telephony.models import SpoolOffset

    system = Actor.system("benchmark")

    @action("bench.write")
    def write(*, subject: UUID, silent: bool, by: Actor, at: datetime) -> None:
        SpoolOffset.objects.update_or_create(file="bench", defaults={"offset": 1})
        if silent:
            nothing_happened()
        else:
            about(subject, step=1)

    people = [uuid4() for _ in range(20)]
    for person in people:
        write(subject=person, silent=False, by=system, at=clock.now())
    with_line, without = [], []
    for turn in range(ROUNDS):
        keyring.forget()
        person = people[turn % len(people)]
        with_line.append(seconds(lambda: write(subject=person, silent=False, by=system, at=clock.now())))  # noqa: B023 - called at once
        keyring.forget()
        without.append(seconds(lambda: write(subject=person, silent=True, by=system, at=clock.now())))  # noqa: B023
    added = (statistics.median(with_line) - statistics.median(without)) * 1000
    how = (
        f"median of {ROUNDS} actions with a line about a person, key looked up anew each time, less the median of as"
        f" many without a line ({statistics.median(without) * 1000:.2f} ms), in turn"
    )
    return Figure("ledger_append_ms", added, "ms", "<= 1", "the same action without a line", how, added <= 1)


def _proof() -> Iterator[Figure]:
    from ringfence.privacy.ledger import append, checkpoints

    _write_lines()
    took = seconds(_sign)
    size = append.size()
    how = f"{size:,} committed lines put into the tree and signed"
    yield Figure("ledger_sequence_per_s", size / took, "lines/s", "-", "-", how)
    newest = checkpoints.latest()
    if newest is None:
        raise RuntimeError("no checkpoint was made")
    making, checking = _prove_and_check(newest)
    how = f"median of {len(making)} lines spread over {size:,}; the slowest took {max(making) * 1000:.1f} ms"
    yield Figure("ledger_prove_ms", statistics.median(making) * 1000, "ms", "-", "-", how)
    how = "signature and path, same lines"
    yield Figure("ledger_check_proof_ms", statistics.median(checking) * 1000, "ms", "-", "-", how)


def _write_lines() -> None:
    from django.db import connection

    from ringfence.interfaces import clock

    columns = "nonce, at, action, actor, purpose, facts"
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY privacy_ledgerline ({columns}) FROM STDIN") as copy,
    ):
        for number in range(LINES):
            facts = f'{{"n": {number}}}'
            copy.write_row((os.urandom(16), clock.now(), "bench.line", "system:benchmark", "", facts))


def _sign() -> None:
    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.ledger import checkpoints

    checkpoints.publish(by=Actor.system("benchmark"), at=clock.now())


def _prove_and_check(newest: Any) -> tuple[list[float], list[float]]:
    """Return the seconds that making and checking the proofs of 200 lines took."""
    from ringfence.privacy.ledger import checkpoints, merkle, note
    from ringfence.privacy.ledger.models import LedgerLine
    from ringfence.privacy.ports import key_store

    public_key = key_store().public_key()
    making, checking = [], []
    for line in LedgerLine.objects.order_by("id")[:: max(newest.size // 200, 1)][:200]:
        making.append(seconds(lambda: checkpoints.prove(line, newest)))  # noqa: B023 - called at once
        proof = checkpoints.prove(line, newest)
        leaf = merkle.leaf_hash(proof.line)

        def check() -> None:
            stated = note.read(newest.note, public_key)
            if merkle.root_from_inclusion(leaf, proof.position, stated.size, proof.path) != stated.root:  # noqa: B023
                raise RuntimeError("a proof does not hold")

        checking.append(seconds(check))
    return making, checking
