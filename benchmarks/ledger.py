"""The ledger: what a line adds to an action, and how long the proof of one line among a million takes."""

import os
import statistics
from collections.abc import Iterator
from datetime import datetime
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
    from django.db import connection

    from ringfence.interfaces import clock
    from ringfence.kernel.actor import Actor
    from ringfence.privacy.ledger import append, checkpoints, merkle, note
    from ringfence.privacy.ledger.models import LedgerLine
    from ringfence.privacy.ports import key_store

    with connection.cursor() as cursor:
        columns = "nonce, at, action, actor, purpose, facts"
        with cursor.copy(f"COPY privacy_ledgerline ({columns}) FROM STDIN") as copy:
            for number in range(LINES):
                copy.write_row(
                    (os.urandom(16), clock.now(), "bench.line", "system:benchmark", "", f'{{"n": {number}}}')
                )
    took = seconds(lambda: checkpoints.publish(by=Actor.system("benchmark"), at=clock.now()))
    size = append.size()
    yield Figure(
        "ledger_sequence_per_s",
        size / took,
        "lines/s",
        "-",
        "-",
        f"{size:,} committed lines put into the tree and signed",
    )
    newest = checkpoints.latest()
    if newest is None:
        raise RuntimeError("no checkpoint was made")
    public_key = key_store().public_key()
    lines = list(LedgerLine.objects.order_by("id")[: size : max(size // 200, 1)][:200])
    making, checking = [], []
    for line in lines:
        making.append(seconds(lambda: checkpoints.prove(line, newest)))  # noqa: B023 - called at once
        proof = checkpoints.prove(line, newest)
        leaf = merkle.leaf_hash(proof.line)

        def check() -> None:
            stated = note.read(newest.note, public_key)
            if merkle.root_from_inclusion(leaf, proof.position, stated.size, proof.path) != stated.root:  # noqa: B023
                raise RuntimeError("a proof does not hold")

        checking.append(seconds(check))
    how = f"median of 200 lines spread over {size:,}; the slowest took {max(making) * 1000:.1f} ms"
    yield Figure("ledger_prove_ms", statistics.median(making) * 1000, "ms", "-", "-", how)
    yield Figure(
        "ledger_check_proof_ms",
        statistics.median(checking) * 1000,
        "ms",
        "-",
        "-",
        "signature and path, same lines",
    )
