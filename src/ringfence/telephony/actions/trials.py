"""Trying the switch with a real call."""

from datetime import datetime

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.telephony.trial import Kind, stage


def begin(*, kind: Kind, by: Actor, at: datetime) -> str:
    """Have a trial call placed and return the trial's id; while one runs, it is that one. Raises Refusal."""
    trial, new = stage().open(kind)
    if new:
        ask(trial=trial, by=by, at=at)
    return trial


@action("trial.ask")
def ask(*, trial: str, by: Actor, at: datetime) -> None:
    """Have the worker place the call of a trial. It is nobody's, so no ledger line tells of it."""
    from ringfence.telephony import trial_tasks

    nothing_happened()
    trial_tasks.place_trial.defer(trial=trial)
