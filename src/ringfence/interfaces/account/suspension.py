"""Why a number is suspended, in plain words: since when, and each reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.accounts.rules import PURPOSES
from ringfence.interfaces.stock_words import BY_STAFF
from ringfence.telephony.queries import HeldNumber

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
    reasons: list[str]


def suspension(held: HeldNumber) -> Suspension:
    """Return why a customer's number is suspended: all that keeps it so, in the order in which it came."""
    return Suspension(held.since, [words for code in held.suspended_for if (words := _words(code))])


def _words(code: str) -> str:
    purpose = code.removeprefix(BY_STAFF)
    return str(REASONS.get(code, "")) or (_(PURPOSES[purpose]) if purpose in PURPOSES else "")
