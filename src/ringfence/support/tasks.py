"""Background work of the support room."""

from procrastinate.contrib.django import app

from ringfence.kernel.actor import Actor
from ringfence.privacy import background
from ringfence.privacy.keys import keyring
from ringfence.privacy.moments import database_moment
from ringfence.support import actions


@app.periodic(cron="23 * * * *", periodic_id="support.sweep_letters")
@app.task(name="support.sweep_letters", queueing_lock="support.sweep_letters")
@background.cleaned_up()
def sweep_letters(timestamp: int) -> None:
    """Delete letters whose time is over."""
    while actions.sweep_letters(by=Actor.system("worker"), at=database_moment()):
        keyring.forget()
