"""The background worker, which also rescues the jobs of a worker that died.

A worker writes a heartbeat every few seconds. A job whose worker has been silent for longer than
`SILENCE_SECONDS` goes back into the queue, at most `MOST_ATTEMPTS` times, so that a job that kills its
worker does not do so for ever.
"""

import asyncio
import contextlib
import signal
from collections.abc import Mapping

import structlog
from django.db import connections
from procrastinate import App
from procrastinate.contrib.django import app as django_app
from procrastinate.contrib.django import utils
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Job, Status
from procrastinate.psycopg_connector import PsycopgConnector

from ringfence.config import beside
from ringfence.interfaces import clock
from ringfence.privacy import background
from ringfence.privacy.background import DEFAULT, OUTSIDE
from ringfence.privacy.backups import doors

HEARTBEAT_SECONDS = 3.0
SILENCE_SECONDS = 10.0
RESCUE_SECONDS = 5.0
MOST_ATTEMPTS = 5
STOP_SECONDS = 8.0
MOST_CONNECTIONS = 4
"""Of the queues themselves. A task has its own, and lets them go: most of the time there is little to do."""
AT_ONCE_OUTSIDE = 3
"""Jobs of the queue `OUTSIDE` at the same time. Each may wait for a machine of somebody else's as long as it may."""

log = structlog.get_logger(__name__)


def run(concurrency: int, *, beside_a_node: bool = False) -> int:
    """Work until SIGTERM or SIGINT; running jobs get `STOP_SECONDS` to end.

    Beside a SIP node, that is told what changed and its call records are taken in, too.

    The worker has a connection of its own. What a job enqueues goes through Django's, in the transaction of the action
    that enqueues it.
    """
    doors.require_open()
    background.install_afterwards(connections.close_all)
    connector = PsycopgConnector(
        kwargs=utils.connector_params("default"), min_size=1, max_size=MOST_CONNECTIONS
    )
    with beside.running() if beside_a_node else contextlib.nullcontext():
        asyncio.run(_work(django_app.with_connector(connector), concurrency))
    return 0


async def _work(app: App, concurrency: int) -> None:
    async with app.open_async():
        rescuing = asyncio.create_task(_keep_rescuing(app))
        working = asyncio.create_task(_work_at_all(app, {DEFAULT: concurrency, OUTSIDE: AT_ONCE_OUTSIDE}))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _stop, working)
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await working
        finally:
            rescuing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await rescuing


async def _work_at_all(app: App, queues: Mapping[str, int]) -> None:
    """Work at each queue with hands of its own; when one worker fails, all end."""
    async with asyncio.TaskGroup() as workers:
        for queue, concurrency in queues.items():
            workers.create_task(
                app.run_worker_async(
                    queues=[queue],
                    name=queue,
                    concurrency=concurrency,
                    update_heartbeat_interval=HEARTBEAT_SECONDS,
                    stalled_worker_timeout=SILENCE_SECONDS,
                    shutdown_graceful_timeout=STOP_SECONDS,
                    fetch_job_polling_interval=5.0,
                    delete_jobs="successful",
                    install_signal_handlers=False,
                )
            )


def _stop(working: "asyncio.Task[None]") -> None:
    """Let the running jobs end; the kernel ends this process if it still waits for a lost database then."""
    signal.alarm(int(STOP_SECONDS) + 2)
    working.cancel()


async def _keep_rescuing(app: App) -> None:
    while True:
        try:
            await rescue(app)
        except Exception:
            log.exception("rescue.failed")
        await asyncio.sleep(RESCUE_SECONDS)


async def rescue(app: App) -> int:
    """Give the jobs of silent workers back to the queue; returns how many there were."""
    stalled = list(await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=SILENCE_SECONDS))
    for job in stalled:
        if job.attempts >= MOST_ATTEMPTS:
            log.error("job.given_up", job_id=job.id, task=job.task_name)
            await app.job_manager.finish_job(job, Status.FAILED, delete_job=False)
        else:
            await _give_back(app, job)
    return len(stalled)


async def _give_back(app: App, job: Job) -> None:
    """Give one back to the queue. Where another waits that may only wait once, that one does its work."""
    try:
        await app.job_manager.retry_job(job, retry_at=clock.now())
    except UniqueViolation:
        log.warning("job.waits_already", job_id=job.id, task=job.task_name)
        await app.job_manager.finish_job(job, Status.FAILED, delete_job=True)
    else:
        log.warning("job.rescued", job_id=job.id, task=job.task_name)
