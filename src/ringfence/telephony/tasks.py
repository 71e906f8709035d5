"""Background work of telephony: thin, repeatable, ids only."""

from datetime import datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.privacy.background import task
from ringfence.telephony import import_queries, importing, route_queries
from ringfence.telephony.actions import calls, forwards, missed, nodes, numbers, route_settings, stock

WORKER = Actor.system("worker")


@task("telephony.prune_changes", every="*/5 * * * *")
def prune_changes(*, at: datetime) -> None:
    """Delete the changes of routes that every node has followed."""
    nodes.prune(by=WORKER, at=at)


@task("telephony.begin_forwards", every="* * * * * */5")
def begin_forwards(*, at: datetime) -> None:
    """Let forwards ring whose time to cool off is over."""
    for number in route_queries.forwards_due(at):
        forwards.begin(number=number, by=WORKER, at=at)


@task("telephony.close_forward_links", every="7 * * * *")
def close_forward_links(*, at: datetime) -> None:
    """Let the links of letters end that can undo no more."""
    forwards.close_links(by=WORKER, at=at)


@task("telephony.count_timetables", every="*/10 * * * *")
def count_timetables(*, at: datetime) -> None:
    """Have the switch know the opening hours of two weeks ahead: once a day for each number, after a stop at once."""
    while route_settings.count_timetables(by=WORKER, at=at):
        pass


@task("telephony.look_after_calls", every="* * * * *")
def look_after_calls(*, at: datetime) -> None:
    """Make the days that come, close calls that lost their end, write the letters that were put off."""
    calls.make_days(by=WORKER, at=at)
    calls.close_overlong(by=WORKER, at=at)
    calls.forget_deleted(by=WORKER, at=at)
    missed.write_of_waiting(by=WORKER, at=at)
    calls.add_digests(by=WORKER, at=at)


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
