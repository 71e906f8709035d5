"""Cases of abuse in words, as reporters, staff and the customers concerned read them."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ringfence.support.abuse.rules import AbuseKind, AbuseState, Decision, Outcome
from ringfence.support.abuse.views import CaseView

KINDS: Final[Mapping[AbuseKind, Promise]] = {
    AbuseKind.FRAUD: gettext_lazy("Fraud, or an attempt at it"),
    AbuseKind.THREATS: gettext_lazy("Threats or harassment"),
    AbuseKind.UNWANTED: gettext_lazy("Advertising that nobody asked for"),
    AbuseKind.PRETENDING: gettext_lazy("Somebody pretends to be somebody else"),
    AbuseKind.OTHER: gettext_lazy("Something else"),
}
STATES: Final[Mapping[AbuseState, Promise]] = {
    AbuseState.REPORTED: gettext_lazy("Not looked at yet"),
    AbuseState.LOOKING: gettext_lazy("Being looked at"),
    AbuseState.CONFIRMING: gettext_lazy("Closing waits for a second person"),
    AbuseState.DECIDED: gettext_lazy("Decided, can be appealed"),
    AbuseState.APPEALED: gettext_lazy("Appealed"),
    AbuseState.CLOSED: gettext_lazy("Closed"),
}
TAGS: Final[Mapping[AbuseState, str]] = {
    AbuseState.REPORTED: "due",
    AbuseState.CONFIRMING: "due",
    AbuseState.APPEALED: "due",
}
DECISIONS: Final[Mapping[str, Promise]] = {
    Decision.NOTHING: gettext_lazy("Nothing was done"),
    Decision.WARNING: gettext_lazy("A warning"),
    Decision.SUSPENSION: gettext_lazy("The number is suspended"),
    Decision.ALL_SUSPENDED: gettext_lazy("All numbers are suspended"),
    Decision.CLOSING: gettext_lazy("The account is closed"),
}
PROPOSED: Final = gettext_lazy("One of us proposes to close the account")
TO_COME: Final = gettext_lazy("The account is going to be closed")
TAKEN_BACK: Final[Mapping[str, Promise]] = {
    Decision.WARNING: gettext_lazy("A warning"),
    Decision.SUSPENSION: gettext_lazy("The number was suspended"),
    Decision.ALL_SUSPENDED: gettext_lazy("All numbers were suspended"),
    Decision.CLOSING: gettext_lazy("The account was going to be closed"),
}
"""What a decision is called while it is not carried out, and when it holds no longer."""
OUTCOMES: Final[Mapping[str, Promise]] = {
    Outcome.UPHELD: gettext_lazy("The decision stays"),
    Outcome.OVERTURNED: gettext_lazy("The decision was taken back"),
}
CLAUSES: Final[Mapping[str, Promise]] = {
    "5.4": gettext_lazy("Clause 5.4: illegal use, or use that can lead to prosecution"),
    "5.3": gettext_lazy("Clause 5.3: the rights of others were violated or harmed"),
}


def decided(case: CaseView) -> Promise | str:
    """Return what was decided in a case, as far as it has come; empty for nothing."""
    if case.outcome == Outcome.OVERTURNED and case.decision in TAKEN_BACK:
        return TAKEN_BACK[case.decision]
    if case.decision == Decision.CLOSING and case.state is not AbuseState.CLOSED:
        return PROPOSED if case.state is AbuseState.CONFIRMING else TO_COME
    return DECISIONS.get(case.decision, "")


def shown(case: CaseView) -> dict[str, Any]:
    """Return a case with the words for what it says."""
    return {
        "case": case,
        "about": KINDS[case.kind],
        "state": STATES[case.state],
        "tag": TAGS.get(case.state, ""),
        "decision": decided(case),
        "clause": CLAUSES.get(case.clause, ""),
        "outcome": OUTCOMES.get(case.outcome, ""),
        "is_overturned": case.outcome == Outcome.OVERTURNED,
        "is_closing": case.decision == Decision.CLOSING,
    }
