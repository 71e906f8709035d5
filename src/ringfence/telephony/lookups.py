"""Numbers by their digits, and digits by their numbers, for the desk."""

import re
from collections.abc import Collection
from typing import Final
from uuid import UUID

from django.db.models import Q

from ringfence.telephony.models import Number
from ringfence.telephony.rules import NumberState

FEWEST_DIGITS: Final = 4
AT_MOST: Final = 100
NEVER_ORDERED: Final = (NumberState.AVAILABLE, NumberState.RETIRED)


def digits_of(numbers: Collection[UUID]) -> dict[UUID, str]:
    """Return the digits of some numbers, in E.164."""
    return dict(Number.objects.filter(pk__in=numbers).values_list("pk", "e164"))


def numbers_with(text: str) -> list[UUID]:
    """Return the numbers that somebody means by digits: the whole number, or the last digits of one in use."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < FEWEST_DIGITS:
        return []
    whole = Q(e164=f"+{digits.removeprefix('00')}") | Q(national=digits) | Q(national=digits.lstrip("0"))
    ending = Q(e164__endswith=digits) & ~Q(state__in=NEVER_ORDERED)
    found = Number.objects.filter(whole | ending).order_by("e164")
    return list(found.values_list("pk", flat=True)[:AT_MOST])
