"""Background work of trials."""

from datetime import datetime

from ringfence.privacy.background import task
from ringfence.telephony.trial import CALLED, CALLER, stage


@task("telephony.place_trial", retry=None)
def place_trial(*, trial: str, at: datetime) -> None:
    """Place the call of a trial."""
    found = stage().look(trial)
    if found and not found.steps:
        stage().place(trial, CALLED[found.kind], CALLER)


@task("telephony.tidy_trials", every="*/10 * * * *")
def tidy_trials(*, at: datetime) -> None:
    """Forget trials of more than an hour ago."""
    stage().tidy()
