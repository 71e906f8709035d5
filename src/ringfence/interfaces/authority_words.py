"""Demands of authorities in words, for staff and for everybody who reads the yearly report."""

from collections.abc import Collection
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.privacy.authorities import scope
from ringfence.privacy.authorities.queries import DemandRow
from ringfence.privacy.authorities.rules import (
    AuthoritySort,
    DemandKind,
    DemandState,
    Outcome,
    Question,
    Verdict,
)

KINDS: Final[dict[str, str | Promise]] = {
    DemandKind.HANDING_OVER: gettext_lazy("Data is to be handed over"),
    DemandKind.PRESERVING: gettext_lazy("Data is to be preserved, and not handed over"),
}
SORTS: Final[dict[str, str | Promise]] = {
    AuthoritySort.POLICE: gettext_lazy("Police or prosecutor"),
    AuthoritySort.COURT: gettext_lazy("Court"),
    AuthoritySort.SUPERVISOR: gettext_lazy("Supervisory authority"),
    AuthoritySort.OTHER: gettext_lazy("Another authority"),
}
QUESTIONS: Final[dict[str, str | Promise]] = {
    Question.EFFECTIVE: gettext_lazy("Is it effective?"),
    Question.LAWFUL: gettext_lazy("Is it lawful?"),
    Question.REASONABLE: gettext_lazy("Is it reasonable?"),
}
HINTS: Final[dict[str, str | Promise]] = {
    Question.EFFECTIVE: gettext_lazy(
        "Does it really come from this authority, was it given by somebody who may, is it signed, in force, and meant"
        " for us?"
    ),
    Question.LAWFUL: gettext_lazy(
        "Does the law it names give this authority this data, and are its conditions met, such as the decision of a"
        " court?"
    ),
    Question.REASONABLE: gettext_lazy(
        "Is it no wider than its purpose needs: these people, this time, these kinds of data? Would less do?"
    ),
}
VERDICTS: Final[dict[str, str | Promise]] = {
    Verdict.YES: gettext_lazy("Yes"),
    Verdict.PARTLY: gettext_lazy("In part"),
    Verdict.NO: gettext_lazy("No"),
}
STATES: Final[dict[str, str | Promise]] = {
    DemandState.RECEIVED: gettext_lazy("To be judged by two"),
    DemandState.PROPOSED: gettext_lazy("To be confirmed by somebody else"),
    DemandState.GRANTED: gettext_lazy("The package is to be made"),
    DemandState.READY: gettext_lazy("The package can be fetched"),
    DemandState.HANDED_OVER: gettext_lazy("Handed over"),
    DemandState.PRESERVED: gettext_lazy("Preserved"),
    DemandState.CLOSED: gettext_lazy("Closed"),
}
OUTCOMES: Final[dict[str, str | Promise]] = {
    Outcome.FULL: gettext_lazy("Granted in full"),
    Outcome.PARTIAL: gettext_lazy("Granted in part"),
    Outcome.REFUSED: gettext_lazy("Refused"),
    Outcome.PRESERVED: gettext_lazy("Preserved only"),
    Outcome.WITHDRAWN: gettext_lazy("Taken back by the authority"),
    Outcome.LAPSED: gettext_lazy("Closed, since nobody went on with it"),
}


def shown(row: DemandRow) -> dict[str, Any]:
    """Return a demand as lists show it."""
    waits = row.state in {DemandState.RECEIVED, DemandState.PROPOSED, DemandState.GRANTED, DemandState.READY}
    return {
        "demand": row,
        "wants": KINDS[row.kind],
        "sort": SORTS[row.sort],
        "state": STATES[row.state],
        "outcome": OUTCOMES.get(row.outcome, "") if row.state is not DemandState.RECEIVED else "",
        "tag": "due" if waits else "",
        "is_quiet": row.is_quiet,
    }


def fields(names: Collection[str]) -> list[tuple[str, list[str]]]:
    """Return fields by the title of their kind."""
    return [(_(title), sorted({_(label) for label in labels})) for title, labels in scope.labels(names)]
