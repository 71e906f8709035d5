"""Background work of telephony: thin, repeatable, ids only."""

from contextlib import suppress
from datetime import datetime
from uuid import UUID

import structlog

from ringfence.kernel.actor import Actor
from ringfence.privacy.background import task
from ringfence.telephony import import_queries, importing, publishing, queries
from ringfence.telephony.actions import calls, missed, numbers, stock
from ringfence.telephony.ports import SwitchUnavailable

WORKER = Actor.system("worker")
log = structlog.get_logger(__name__)


@task("telephony.publish_route")
def publish_route(*, number: str, at: datetime) -> None:
    """Tell the switch where a number rings."""
    publishing.publish([UUID(number)], by=WORKER, at=at)


@task("telephony.publish_missed", every="* * * * * */10")
def publish_missed(*, at: datetime) -> None:
    """Find routes whose publication was lost, and publish them; an absent switch is asked again the next time."""
    with suppress(SwitchUnavailable):
        publishing.publish(queries.unpublished(), by=WORKER, at=at)


@task("telephony.mend_differences", every="*/5 * * * *")
def mend_differences(*, at: datetime) -> None:
    """Compare what the switch holds with what it should hold, and mend it."""
    try:
        publishing.mend(by=WORKER, at=at)
    except SwitchUnavailable as absence:
        log.warning("switch.unavailable", reason=str(absence))


@task("telephony.take_in_calls", every="* * * * * */2")
def take_in_calls(*, at: datetime) -> None:
    """Take in the call records that the switch has written."""
    publishing.take_in_calls(by=WORKER, at=at)


@task("telephony.look_after_calls", every="* * * * *")
def look_after_calls(*, at: datetime) -> None:
    """Make the days that come, close calls that lost their end, write the letters that were put off."""
    calls.make_days(by=WORKER, at=at)
    calls.close_overlong(by=WORKER, at=at)
    missed.write_of_waiting(by=WORKER, at=at)


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
