"""A report that comes in while its case is being decided is answered like any other (clause 5.3)."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from ringfence.privacy import promises
from ringfence.privacy.promises.running import run_checks
from ringfence.support.abuse import sweeping
from ringfence.support.abuse.rules import UNDECIDED, Decision
from ringfence.support.abuse_models import AbuseCase, AbuseReport
from tests.support.cases import NOW, REPORTER, SYSTEM, Affair

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("5.3")]
PATIENCE = 5.0
"""Seconds in which the report has reached the case that somebody else has locked."""


def _report(affair: Affair) -> None:
    Affair.reported(affair, address="second@example.net")
    connections.close_all()


def _until_somebody_waits() -> None:
    end = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < end:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_a_report_joins_no_case_that_was_decided_meanwhile() -> None:
    affair = Affair().reported(address=REPORTER).taken_up()
    first = affair.case
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            affair.decided(Decision.WARNING)
            late = pool.submit(_report, affair)
            _until_somebody_waits()
        late.result()
    assert AbuseReport.objects.filter(case=first).count() == 1
    assert AbuseCase.objects.filter(state__in=UNDECIDED).count() == 1, "it is a case of its own"


def test_whoever_was_not_told_is_told_by_the_sweep() -> None:
    affair = Affair().reported(address=REPORTER).taken_up().decided(Decision.WARNING)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE support_abusereport SET told_at = NULL")
    sweeping.sweep(by=SYSTEM, at=NOW)
    assert AbuseReport.objects.get(case=affair.case).told_at == NOW
    standing = {one.clause: one for one in run_checks(by=SYSTEM, at=NOW, only={"5.3"})}["5.3"]
    assert standing.state == promises.KEPT


def test_a_case_that_cannot_be_ended_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [Affair(f"{name}@example.com").reported().taken_up().decided() for name in ("one", "two")]
    ended = []

    def time_out(*, case: object, **_more: object) -> None:
        if not ended.append(case) and len(ended) == 1:
            raise RuntimeError("the first one")

    monkeypatch.setattr(sweeping, "time_out", time_out)
    sweeping.sweep(by=SYSTEM, at=cases[0].row.appeal_until)
    assert len(ended) == 2
