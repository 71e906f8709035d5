"""A notice to many takes one hand of the worker for one batch at a time, and whatever else there is goes before it."""

import asyncio
from datetime import datetime
from uuid import UUID

import pytest
from django.db import connection
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django import utils
from procrastinate.psycopg_connector import PsycopgConnector

from ringfence.accounts.actions import queue_letter
from ringfence.accounts.models import OutgoingLetter, Person
from ringfence.config import working
from ringfence.kernel.public_ids import new_id, parse
from ringfence.support import notice_tasks
from ringfence.support.models import NoticeRecord
from ringfence.support.notices import sending
from tests.accounts.builders import customer
from tests.support.notice_world import SYSTEM, now, scheduled, sent_out, state

pytestmark = [pytest.mark.django_db(databases=["default", "keys"]), pytest.mark.promise("2.2")]
Job = tuple[int, str, dict[str, str]]


@pytest.fixture
def notice(monkeypatch: pytest.MonkeyPatch) -> str:
    """A notice to five, two at a time."""
    monkeypatch.setattr(sending, "BATCH", 2)
    for place in range(5):
        customer(email=f"one{place}@example.com")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    return scheduled()


def take() -> Job | None:
    """Take the next job as the worker does."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        cursor.execute(
            "SELECT id, task_name, args->>'notice', args->>'letter' FROM procrastinate_fetch_job_v2(%s, %s)",
            [["default"], cursor.fetchone()[0]],
        )
        number, name, notice, letter = cursor.fetchone()
    return (number, name, {"notice": notice, "letter": letter}) if number else None


def end(job: Job) -> None:
    """Have done a job."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)", [job[0]])


def test_a_second_job_does_not_begin_while_one_is_at_work(notice: str) -> None:
    first = take()
    assert first is not None
    assert first[1] == notice_tasks.TASK
    for _minute in range(2):
        notice_tasks.send_notices.func(0)
    assert take() is None, "the sweep begins nothing that is at work"
    notice_tasks.send_notice.func(notice=first[2]["notice"])
    assert NoticeRecord.objects.count() == sending.BATCH, "one job, one batch"
    end(first)
    following = [job for job in iter(take, None) if job[1] == notice_tasks.TASK]
    assert len(following) == 1, "one goes on"


def test_letters_of_signing_in_go_out_between_two_batches(notice: str) -> None:
    went: list[str] = []
    while (job := take()) is not None:
        if job[1] == notice_tasks.TASK:
            went.append("batch")
            notice_tasks.send_notice.func(notice=job[2]["notice"])
            queue_letter(kind="entry-link", address="new@example.com", facts={}, by=SYSTEM, at=now())
        else:
            went.append(OutgoingLetter.objects.get(pk=job[2]["letter"]).kind)
        end(job)
    batch = ["batch", "entry-link", "notice", "notice"]
    assert went == [*batch, *batch, "batch", "entry-link", "notice", "batch", "entry-link"]
    assert state(notice) == "sent"


def test_each_batch_has_a_moment_of_its_own(notice: str) -> None:
    told: list[datetime] = []
    while sending.send_batch(parse(notice, "ntc"), by=SYSTEM, at=now()):
        told.append(now())
    records = NoticeRecord.objects.order_by("told_at").values_list("told_at", flat=True)
    assert len(set(records)) == 3
    assert records[1] < told[0] < records[2] < told[1] < records[4]


def test_whoever_is_passed_over_is_not_left_out(notice: str) -> None:
    at, key = now(), parse(notice, "ntc")
    assert sending.begin(notice=key, by=SYSTEM, at=at)
    last = Person.objects.order_by("-pk").values_list("pk", flat=True)[:1]
    assert sending.send_to(notice=key, people=last, by=SYSTEM, at=at) == 1
    sent_out(notice)
    assert NoticeRecord.objects.count() == 5
    assert state(notice) == "sent"


def test_a_notice_that_cannot_be_queued_holds_up_no_other(
    notice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, woken = [parse(notice, "ntc"), parse(scheduled(), "ntc")], []

    def wake(key: UUID) -> None:
        woken.append(key)
        if key == woken[0]:
            raise RuntimeError("no")

    monkeypatch.setattr(notice_tasks, "wake", wake)
    notice_tasks.send_notices.func(0)
    assert sorted(woken) == sorted(keys)


@pytest.mark.django_db(databases=["default", "keys"], transaction=True)
def test_the_job_of_a_killed_worker_does_not_keep_the_next_from_beginning() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    notice = new_id()
    notice_tasks.wake(notice)
    assert take() is not None
    notice_tasks.wake(notice)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 hour'")
    assert asyncio.run(rescued()) == 1
    job = take()
    assert job is not None
    assert job[2]["notice"] == str(notice)


async def rescued() -> int:
    """Rescue the jobs of silent workers, as the worker does."""
    connector = PsycopgConnector(kwargs=utils.connector_params("default"), min_size=1, max_size=2)
    async with django_app.with_connector(connector).open_async() as app:
        return await working.rescue(app)
