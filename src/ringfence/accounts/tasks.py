"""Background work of the accounts room."""

from datetime import UTC, datetime
from uuid import UUID

import procrastinate
from procrastinate import JobContext
from procrastinate.contrib.django import app

from ringfence.accounts import actions, policy_letters, work
from ringfence.accounts.hands import only_here
from ringfence.accounts.ports import AddressUnknown, LetterDeferred, LetterRejected, PostUnavailable, post
from ringfence.accounts.queries import letters_due, unanswered
from ringfence.kernel.actor import Actor
from ringfence.privacy import background
from ringfence.privacy.disclosure import carried
from ringfence.privacy.keys import keyring
from ringfence.privacy.moments import database_moment

WORKER = Actor.system("worker")
TELL_SOME = "accounts.tell_some_of_policy"
AT_ONCE = 50
"""Letters that one turn of the sweep sends."""
RETRY = procrastinate.RetryStrategy(max_attempts=5, exponential_wait=2)


def began(context: JobContext) -> datetime:
    """Return when the worker began a job."""
    return datetime.fromtimestamp(context.start_timestamp, UTC)


@app.task(name="accounts.answer_caller", pass_context=True, retry=RETRY)
@background.cleaned_up()
def answer_caller(context: JobContext, *, caller: str) -> None:
    """Write to somebody who registered or lost a password."""
    actions.answer_caller(caller=UUID(caller), by=WORKER, at=began(context))


@app.task(name="accounts.answer_address_change", pass_context=True, retry=RETRY)
@background.cleaned_up()
def answer_address_change(context: JobContext, *, change: str) -> None:
    """Write to both addresses of a change."""
    actions.answer_address_change(change=UUID(change), by=WORKER, at=began(context))


@app.task(name="accounts.send_letter", pass_context=True)
@background.cleaned_up()
def send_letter(context: JobContext, *, letter: str) -> None:
    """Hand a letter to the post; what fails is tried again by the sweep.

    A job that was begun before is one whose worker died: nobody sends its letter now, so it need not be due.
    """
    deliver(UUID(letter), began(context), rescued=context.job.attempts > 0)


def deliver(letter: UUID, at: datetime, *, rescued: bool = False) -> bool:
    """Send one letter if it is due and in no other hands; False when the post takes none now.

    The post is called outside any transaction.
    """
    with carried.apart(), only_here(letter) as free:
        return not free or _deliver(letter, at, rescued=rescued)


def _deliver(letter: UUID, at: datetime, *, rescued: bool) -> bool:
    ready = actions.begin_letter(letter=letter, rescued=rescued, by=WORKER, at=at)
    keyring.forget()
    if ready is None:
        return True
    is_open = True
    try:
        post().send(ready)
    except PostUnavailable:
        is_open = False
        actions.letter_failed(letter=letter, for_good=False, by=WORKER, at=at)
    except LetterDeferred:
        actions.letter_failed(letter=letter, for_good=False, by=WORKER, at=at)
    except AddressUnknown:
        actions.letter_failed(letter=letter, for_good=True, address_unknown=True, by=WORKER, at=at)
    except LetterRejected:
        actions.letter_failed(letter=letter, for_good=True, by=WORKER, at=at)
    else:
        actions.letter_sent(letter=letter, by=WORKER, at=at)
    keyring.forget()
    return is_open


@app.periodic(cron="* * * * *", periodic_id="accounts.send_waiting_letters")
@app.task(
    name="accounts.send_waiting_letters", queueing_lock="accounts.send_waiting_letters", priority=work.LATER
)
@background.cleaned_up()
def send_waiting_letters(timestamp: int) -> None:
    """Send what is due and was not sent: lost jobs, and letters the post did not take; a few, then the next.

    A turn ends where the post takes none at all: the next minute tries again.
    """
    at = datetime.fromtimestamp(timestamp, UTC)
    due = letters_due(at, limit=AT_ONCE)
    for letter in due:
        if not deliver(letter, at):
            return
    if len(due) == AT_ONCE and letters_due(at, limit=AT_ONCE) != due:
        work.defer_once("accounts.send_waiting_letters", work.LATER, timestamp=timestamp)


@app.periodic(cron="17 * * * *", periodic_id="accounts.sweep")
@app.task(name="accounts.sweep", queueing_lock="accounts.sweep")
@background.cleaned_up()
def sweep(timestamp: int) -> None:
    """Delete what has run out."""
    at = datetime.fromtimestamp(timestamp, UTC)
    while actions.sweep(by=WORKER, at=at):
        keyring.forget()
    actions.free_orphaned_addresses(by=WORKER, at=at)


@app.periodic(cron="4-59/10 * * * *", periodic_id="accounts.tell_of_policy")
@app.task(name="accounts.tell_of_policy", queueing_lock="accounts.tell_of_policy")
@background.cleaned_up()
def tell_of_policy(timestamp: int) -> None:
    """Have those customers written to who have not been told of a change of the policy yet."""
    if policy_letters.are_waiting(database_moment()):
        work.defer_once(TELL_SOME, work.BEHIND)


@app.task(name=TELL_SOME, queueing_lock=TELL_SOME, lock=TELL_SOME)
@background.cleaned_up()
def tell_some_of_policy() -> None:
    """Write to the next of them; whoever comes after them has a job of their own, behind all else."""
    if policy_letters.tell_some(by=WORKER, at=database_moment()):
        work.defer_once(TELL_SOME, work.BEHIND)


@app.periodic(cron="*/5 * * * *", periodic_id="accounts.answer_forgotten")
@app.task(name="accounts.answer_forgotten", queueing_lock="accounts.answer_forgotten")
@background.cleaned_up()
def answer_forgotten(timestamp: int) -> None:
    """Answer callers and changes whose job was lost."""
    at = datetime.fromtimestamp(timestamp, UTC)
    callers, changes = unanswered(at)
    for caller in callers:
        actions.answer_caller(caller=caller, by=WORKER, at=at)
    for change in changes:
        actions.answer_address_change(change=change, by=WORKER, at=at)


@app.periodic(cron="* * * * *", periodic_id="accounts.write_of_breaks")
@app.task(name="accounts.write_of_breaks", queueing_lock="accounts.write_of_breaks")
@background.cleaned_up()
def write_of_breaks(timestamp: int) -> None:
    """Write to the operator about promises that broke."""
    actions.write_of_breaks(by=WORKER, at=datetime.fromtimestamp(timestamp, UTC))
