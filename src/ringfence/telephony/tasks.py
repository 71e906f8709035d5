"""Background work of telephony: thin, repeatable, ids only."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy.background import task
from ringfence.telephony import import_queries, importing
from ringfence.telephony.actions import nodes, numbers, stock

WORKER = Actor.system("worker")


@task("telephony.prune_changes", every="*/5 * * * *")
def prune_changes(*, at: datetime) -> None:
    """Delete the changes of routes that every node has followed."""
    nodes.prune(by=WORKER, at=at)


@task("telephony.import_numbers")
def import_numbers(*, upload: str, at: datetime) -> None:
    """Look through a file of numbers, or take it in."""
    importing.go_on(UUID(upload), by=WORKER, at=at)


def go_on_with_import(upload: UUID) -> None:
    """Have the worker go on with an import; one at a time does, and whoever comes second finds nothing left to do."""
    import_numbers.configure(lock=f"import {upload}").defer(upload=str(upload))


@task("telephony.resume_imports", every="*/5 * * * *")
def resume_imports(*, at: datetime) -> None:
    """Find imports whose job was lost, and go on with them."""
    for upload in import_queries.at_work():
        go_on_with_import(upload)


@task("telephony.fold_counts", every="* * * * *")
def fold_counts(*, at: datetime) -> None:
    """Keep the counts of the stock short."""
    stock.fold_counts(by=WORKER, at=at)


@task("telephony.end_holds_and_rests", every="* * * * *")
def end_holds_and_rests(*, at: datetime) -> None:
    """Free numbers whose hold or rest is over."""
    while numbers.end_holds(by=WORKER, at=at):
        pass
    while numbers.end_rests(by=WORKER, at=at):
        pass
