"""Numbers by their digits, and digits by their numbers, for the desk."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

import phonenumbers
from django.db.models import Q, QuerySet
from django.db.models.functions import Reverse

from ringfence.telephony.models import Number, Tenure
from ringfence.telephony.rules import NumberState

FEWEST_DIGITS: Final = 4
AT_MOST: Final = 100
CALLING_CODES: Final = tuple(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
IN_USE: Final = (NumberState.IN_SERVICE, NumberState.SUSPENDED)
_BETWEEN_DIGITS: Final = re.compile(r"[\s+().-]")
NEVER_ORDERED: Final = (NumberState.AVAILABLE, NumberState.RETIRED)


def is_a_number(text: str) -> bool:
    """Tell whether a text is digits alone, with what people write between them."""
    return _BETWEEN_DIGITS.sub("", text).isdecimal()


def digits_of(numbers: Collection[UUID]) -> dict[UUID, str]:
    """Return the digits of some numbers, in E.164."""
    return dict(Number.objects.filter(pk__in=numbers).values_list("pk", "e164"))


def who_holds(numbers: Collection[UUID]) -> dict[UUID, UUID]:
    """Return whose some numbers are, of those that ring or are suspended."""
    held = Number.objects.filter(pk__in=numbers, state__in=IN_USE, holder__isnull=False)
    return {number: holder for number, holder in held.values_list("pk", "holder") if holder}


def who_had(number: UUID, since: datetime | None, until: datetime | None) -> set[UUID]:
    """Return who had a number during a stretch of time, as long as that is known; without one, who has it now."""
    rows = Tenure.objects.filter(number=number)
    if since is None or until is None:
        return set(rows.filter(ended_at=None).values_list("subject", flat=True))
    rows = rows.filter(Q(ended_at=None) | Q(ended_at__gt=since), began_at__lt=until)
    return set(rows.values_list("subject", flat=True))


def when_had(number: UUID, person: UUID) -> list[tuple[datetime, datetime | None]]:
    """Return from when to when somebody had a number, as long as that is known; an open end is None."""
    rows = Tenure.objects.filter(number=number, subject=person).order_by("began_at")
    return list(rows.values_list("began_at", "ended_at"))


def numbers_with(text: str) -> list[UUID]:
    """Return the numbers that somebody means by digits: the whole number, or the last digits of one in use."""
    digits = re.sub(r"\D", "", text)
    if len(digits) < FEWEST_DIGITS:
        return []
    found = dict(whole(digits)) | dict(ending_in(digits))
    return [key for _e164, key in sorted(found.items())][:AT_MOST]


def whole(digits: str) -> "QuerySet[Number, tuple[str, UUID]]":
    """Return the numbers that some digits are, with or without a calling code."""
    plain = digits.lstrip("0")
    meant = {f"+{digits.removeprefix('00')}"}
    meant |= {f"+{code}{national}" for code in CALLING_CODES for national in (digits, plain) if national}
    return Number.objects.filter(e164__in=meant).values_list("e164", "pk")


def whole_number(text: str) -> list[UUID]:
    """Return the numbers that somebody means who says all of its digits, with or without a calling code."""
    digits = re.sub(r"\D", "", text)
    return [key for _e164, key in whole(digits)] if len(digits) > FEWEST_DIGITS else []


def ending_in(digits: str) -> "QuerySet[Number, tuple[str, UUID]]":
    """Return numbers in use that end in some digits."""
    found = Number.objects.annotate(behind=Reverse("e164")).filter(behind__startswith=digits[::-1])
    return found.exclude(state__in=NEVER_ORDERED).order_by("e164").values_list("e164", "pk")[:AT_MOST]


def holders_of(numbers: Collection[UUID]) -> set[UUID]:
    """Return who has some numbers now."""
    found = Number.objects.filter(pk__in=numbers).exclude(holder=None)
    return {holder for holder in found.values_list("holder", flat=True) if holder}
