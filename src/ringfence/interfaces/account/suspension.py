"""Why a number is suspended, in plain words: when, and the reason, from the history that its customer reads anyway."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.accounts.rules import PURPOSES
from ringfence.privacy.queries import lines_of

REASONS: Final[Mapping[str, Promise]] = {
    "abuse": gettext_lazy(
        "Somebody reported its use, and we have decided about it. Why, and how to appeal, stands on the first page of"
        " your account."
    ),
    "unpaid": gettext_lazy("The renewal is not paid. It rings again as soon as it is."),
    "demo": gettext_lazy("It shows what a suspended number is like in this demonstration."),
}


@dataclass(frozen=True, slots=True)
class Suspension:
    """Since when a number is suspended, and why."""

    since: datetime
    reason: str | Promise


def suspension(person: UUID, number: str, since: datetime) -> Suspension:
    """Return why a customer's number, by its public id, is suspended since a moment."""
    line = lines_of(person).filter(action="number.suspend", facts__number=number).first()
    code = str(line.facts.get("reason", "")) if line else ""
    words = REASONS.get(code) or (_(PURPOSES[code]) if code in PURPOSES else "")
    return Suspension(since, words)
