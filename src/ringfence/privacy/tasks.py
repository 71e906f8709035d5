"""Background work of the privacy room: thin, repeatable, ids only.

They ask the database for the time: the queue names the moment a task was meant for, which may be long ago.
"""

from datetime import datetime
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from ringfence.kernel.actor import Actor
from ringfence.privacy import background, retention, sweeping
from ringfence.privacy.authorities import making as packages
from ringfence.privacy.authorities import sweeping as demands
from ringfence.privacy.background import OUTSIDE
from ringfence.privacy.backups import daily
from ringfence.privacy.copying import actions as copying
from ringfence.privacy.erasure import actions as erasure_actions
from ringfence.privacy.keys import actions as keys
from ringfence.privacy.ledger import append, checkpoints
from ringfence.privacy.moments import database_moment
from ringfence.privacy.page_views import actions as page_views
from ringfence.privacy.payment_watch import reading
from ringfence.privacy.promises import running
from ringfence.privacy.requests import work  # noqa: F401 - importing makes its tasks known
from ringfence.privacy.secrecy import asking
from ringfence.privacy.statistics import making

WORKER = Actor.system("worker")
RETRY = RetryStrategy(max_attempts=8, exponential_wait=3)


@app.task(name="privacy.erase", retry=RETRY)
@background.cleaned_up()
def erase(erasure: str) -> None:
    """Go on with an erasure until it is done, and with those that wait behind it."""
    erasure_actions.proceed_with_others(erasure=UUID(erasure), by=WORKER, at=database_moment())


@app.task(name=copying.TASK, retry=RETRY)
@background.cleaned_up()
def make_copy(copy: str) -> None:
    """Go on with a copy until it can be fetched."""
    copying.proceed(copy=UUID(copy), by=WORKER, at=database_moment())


@app.periodic(cron="* * * * *")
@app.task(name="privacy.sequence_ledger", queueing_lock="privacy.sequence_ledger", pass_context=False)
@background.cleaned_up()
def sequence_ledger(timestamp: int) -> None:
    """Take committed lines into the tree."""
    while append.sequence():
        pass


@app.periodic(cron="3 * * * *")
@app.task(name="privacy.publish_checkpoint", queueing_lock="privacy.publish_checkpoint")
@background.cleaned_up()
def publish_checkpoint(timestamp: int) -> None:
    """Sign the ledger as it is, every hour."""
    checkpoints.publish(by=WORKER, at=database_moment())


@app.periodic(cron="*/5 * * * *")
@app.task(name="privacy.check_promises", queueing_lock="privacy.check_promises")
@background.cleaned_up()
def check_promises(timestamp: int) -> None:
    """Run the checks. Nothing else is done here, so that nothing else can hold them up."""
    running.run_checks(by=WORKER, at=database_moment())


@app.periodic(cron="1-59/5 * * * *")
@app.task(name="privacy.find_lost_work", queueing_lock="privacy.find_lost_work")
@background.cleaned_up()
def find_lost_work(timestamp: int) -> None:
    """Find erasures and copies that nobody works on."""
    sweeping.find_lost_work(by=WORKER, at=database_moment())


@app.periodic(cron="2-59/5 * * * *")
@app.task(name="privacy.read_through", queueing_lock="privacy.read_through")
@background.cleaned_up()
def read_through(timestamp: int) -> None:
    """Read the next part of what is stored, in search of payment data."""
    reading.read_on(by=WORKER, at=database_moment())


@background.task("privacy.ask_as_a_stranger", every="4-59/5 * * * *", queue=background.OUTSIDE)
def ask_as_a_stranger(*, at: datetime) -> None:
    """Ask the next few of the store's own addresses what they tell a stranger."""
    asking.ask_on(by=WORKER, at=at)


@background.task(packages.TASK)
def make_package(*, at: datetime, demand: str) -> None:
    """Make the package for an authority that two have granted."""
    packages.make(demand=UUID(demand), by=WORKER, at=at)


@background.task("privacy.sweep_demands", every="3-59/5 * * * *")
def sweep_demands(*, at: datetime) -> None:
    """Tell people of what no law keeps quiet any more, and let go of packages whose time is over."""
    demands.sweep(by=WORKER, at=at)


@app.periodic(cron="1 * * * *")
@app.task(name="privacy.rotate_keys", queueing_lock="privacy.rotate_keys")
@background.cleaned_up()
def rotate_keys(timestamp: int) -> None:
    """Begin the week's epoch, re-wrap what is behind, end what is over; every hour, ahead of what was promised."""
    keys.rotate(by=WORKER, at=database_moment())


@app.periodic(cron="7 * * * *")
@app.task(name="privacy.let_go", queueing_lock="privacy.let_go")
@background.cleaned_up()
def let_go(timestamp: int) -> None:
    """Let go of what has reached the end of its time, every hour."""
    retention.let_go(by=WORKER, at=database_moment())


@background.task("privacy.release_statistics", every="17 * * * *")
def release_statistics(*, at: datetime) -> None:
    """Release the statistics of what is over, looked at every hour."""
    making.release_due(by=WORKER, at=at)


@app.periodic(cron="23 * * * *")
@app.task(name="privacy.look_after_backups", queue=OUTSIDE, queueing_lock="privacy.look_after_backups")
@background.cleaned_up()
def look_after_backups(timestamp: int) -> None:
    """Make the backup of the day, try it once a week; looked at every hour, so that a night off is no gap."""
    daily.look(by=WORKER, at=database_moment())


@app.task(name="privacy.make_backup", queue=OUTSIDE, queueing_lock="privacy.make_backup")
@background.cleaned_up()
def make_backup() -> None:
    """Make a backup that somebody asked for."""
    daily.make(by=WORKER, at=database_moment())


@background.task("privacy.forget_page_views", every="41 3 * * *")
def forget_page_views(*, at: datetime) -> None:
    """Forget how often pages were opened more than a year ago, every night."""
    page_views.forget(by=WORKER, at=at)
