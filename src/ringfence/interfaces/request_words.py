"""Requests about personal data in words, for customers and staff alike."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ringfence.privacy.requests.queries import RequestView
from ringfence.privacy.rules import GROUNDS, Ground, RequestKind, RequestState

WHAT: Final[Mapping[str, Promise]] = {
    RequestKind.COPY: _("A copy of your data"),
    RequestKind.CHANGE: _("A change of your data"),
    RequestKind.DELETE: _("The deletion of your account and your data"),
    RequestKind.RESTRICT: _("A restriction of how your data is used"),
    RequestKind.OBJECT: _("An objection to how your data is used"),
    RequestKind.CANCEL: _("The cancellation of an order"),
}
"""What a request asks for, said to the person who asks."""

ASKED_OF_US: Final[Mapping[str, Promise]] = {
    RequestKind.COPY: _("A copy of the customer's data"),
    RequestKind.CHANGE: _("A change of the customer's data"),
    RequestKind.DELETE: _("The deletion of the account and its data"),
    RequestKind.RESTRICT: _("A restriction of how the data is used"),
    RequestKind.OBJECT: _("An objection to how the data is used"),
    RequestKind.CANCEL: _("The cancellation of an order"),
}
"""The same, said to our staff."""

GROUND_WORDS: Final[Mapping[str, Promise]] = {
    Ground.UNFOUNDED: _("The request is manifestly unfounded or excessive"),
    Ground.UNKNOWN_PERSON: _("We cannot tell who it was that asked"),
    Ground.FEE_NOT_ACCEPTED: _("A further copy costs a fee, which was not accepted"),
    Ground.RIGHTS_OF_OTHERS: _("A copy would harm the rights of others"),
    Ground.IS_CORRECT: _("What is stored is correct"),
    Ground.DUTY_BY_LAW: _("A law asks us to keep the data"),
    Ground.LEGAL_CLAIMS: _("The data is needed for a legal claim"),
    Ground.NOT_A_CASE: _("None of the cases for a restriction is given"),
    Ground.COMPELLING: _("Our grounds weigh more than the objection"),
}

RESTRICTED_MEANS: Final = _(
    "Your data is kept and your services go on. Beyond that, our staff see it only when you ask them to, when documents"
    " you sent wait for an answer, for a report of abuse, or where a law asks; and it is used for nothing else. What"
    " reaches the end of its time is not deleted but locked away, unless you delete it yourself."
)
"""What a restriction does, said before it is asked for and after it has begun."""

STATES: Final[Mapping[str, Promise]] = {
    RequestState.RECEIVED: _("Received"),
    RequestState.CONFIRMING: _("Waiting for confirmation"),
    RequestState.APPROVED: _("Being carried out"),
    RequestState.CARRIED_OUT: _("Carried out"),
    RequestState.CLOSED: _("Done"),
    RequestState.REFUSED: _("Refused"),
    RequestState.WITHDRAWN: _("Taken back"),
}
TAGS: Final[Mapping[str, str]] = {
    RequestState.CONFIRMING: "due",
    RequestState.REFUSED: "broken",
    RequestState.WITHDRAWN: "plain",
}

STEPS: Final = (
    (RequestState.RECEIVED, _("Received")),
    (RequestState.CONFIRMING, _("Confirmed that it is you")),
    (RequestState.APPROVED, _("Carried out")),
    (RequestState.CLOSED, _("Done")),
)
"""The way of a request that is met; the third step is under way while it is approved."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step on the way of a request."""

    words: Promise
    done: bool
    current: bool


def steps_of(found: RequestView) -> list[Step]:
    """Return the way of a request that goes on or was met; nothing for one that was refused or taken back."""
    reached = {
        RequestState.RECEIVED: 1,
        RequestState.CONFIRMING: 1,
        RequestState.APPROVED: 2,
        RequestState.CARRIED_OUT: 3,
        RequestState.CLOSED: 4,
    }.get(RequestState(found.state))
    if reached is None:
        return []
    return [Step(words, place < reached, place == reached) for place, (_state, words) in enumerate(STEPS)]


def ground_in_words(article: str) -> str:
    """Return an article that refuses something, with what it says; nothing for none."""
    return f"{GROUND_WORDS[article]} (GDPR art. {article})" if article else ""


def grounds_for(kind: str) -> list[tuple[str, str]]:
    """Return the articles that may refuse a kind, as a form offers them."""
    return [
        (ground.value, ground_in_words(ground))
        for ground, kinds in GROUNDS.items()
        if RequestKind(kind) in kinds
    ]
