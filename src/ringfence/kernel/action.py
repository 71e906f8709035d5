"""Every write is an action: keyword-only, all or nothing, by somebody, at a moment, and in the ledger.

The kernel does no I/O. What opens the transaction and writes the ledger line is a unit of work that the privacy
room installs at start-up; without one, an action refuses to run.
"""

import inspect
import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from ringfence.kernel.actor import Actor, Kind

P = ParamSpec("P")
R = TypeVar("R")
Fact = str | int | bool | None
FACT = re.compile(r"[A-Za-z0-9_.,:@ /-]{0,120}")
PHONE_OR_MAIL = re.compile(r"\+\d{6,}|[^ ]@[^ ]")


class WriteOutsideAction(RuntimeError):
    """Somebody tried to write without an action; a defect in the calling code."""


@dataclass(slots=True)
class Line:
    """What the ledger will say about one action. Subjects are people's ids; facts hold no personal data."""

    action: str
    by: Actor
    at: datetime
    subjects: list[UUID] = field(default_factory=list)
    facts: dict[str, Fact] = field(default_factory=dict)
    silent: bool = False


UnitOfWork = Callable[[Line], AbstractContextManager[None]]
_current: ContextVar[Line | None] = ContextVar("action", default=None)
_unit_of_work: list[UnitOfWork] = []


def install_unit_of_work(unit: UnitOfWork) -> None:
    """Set what opens the transaction around every action and writes its line."""
    _unit_of_work[:] = [unit]


def in_action() -> bool:
    """Tell whether the caller runs inside an action."""
    return _current.get() is not None


def by_whom_and_when() -> tuple[Actor, datetime]:
    """Return by whom, and at what moment, the running action is done."""
    line = _current.get()
    if line is None:
        raise WriteOutsideAction("by_whom_and_when() was called outside an action")
    return line.by, line.at


def about(*subjects: UUID, **facts: Fact) -> None:
    """Say whom the running action concerns, and the facts worth keeping. No personal data in facts."""
    line = _current.get()
    if line is None:
        raise WriteOutsideAction("about() was called outside an action")
    for name, value in facts.items():
        text = str(value)
        if not FACT.fullmatch(text) or PHONE_OR_MAIL.search(text):
            raise ValueError(f"the fact {name!r} of {line.action} may hold personal data")
    line.subjects.extend(subject for subject in subjects if subject not in line.subjects)
    line.facts.update(facts)


def nothing_happened() -> None:
    """Say that the running action was a repeat and changed nothing, so the ledger stays silent."""
    line = _current.get()
    if line is None:
        raise WriteOutsideAction("nothing_happened() was called outside an action")
    line.silent = True


def action(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function the one way to do something. `name` is `room.verb` and stands in the ledger.

    The function takes keywords only, among them `by: Actor` and `at: datetime` (aware). Staff must have stated a
    purpose on the actor when the action concerns a person.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        parameters = inspect.signature(function).parameters
        loose = [p.name for p in parameters.values() if p.kind is not p.KEYWORD_ONLY]
        if loose or not {"by", "at"} <= parameters.keys():
            raise TypeError(f"action {name}: keyword-only, with `by` and `at`; found {sorted(parameters)}")

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            by, at = kwargs["by"], kwargs["at"]
            if not isinstance(by, Actor):
                raise TypeError(f"action {name}: `by` must be an Actor")
            if not isinstance(at, datetime) or at.tzinfo is None:
                raise TypeError(f"action {name}: `at` must be an aware datetime")
            if not _unit_of_work:
                raise WriteOutsideAction(f"action {name}: no unit of work is installed")
            line = Line(action=name, by=by, at=at)
            with _unit_of_work[0](line):
                token = _current.set(line)
                try:
                    result = function(*args, **kwargs)
                finally:
                    _current.reset(token)
                _require_purpose(line)
            return result

        return run

    return decorate


def _require_purpose(line: Line) -> None:
    others = [subject for subject in line.subjects if subject != line.by.person]
    if line.by.kind is Kind.STAFF and others and not line.by.purpose:
        raise WriteOutsideAction(f"action {line.action}: staff must state a purpose (clause 2.1)")
