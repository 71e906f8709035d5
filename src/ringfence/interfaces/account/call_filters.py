"""Which calls a page is asked for. Of a caller the address names a call, never the number."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

import phonenumbers
from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import clock
from ringfence.interfaces.access import person_of
from ringfence.interfaces.account.call_words import GROUPS
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.telephony import call_log
from ringfence.telephony.call_log import Group, Wanted

WITHHELD: Final = "withheld"
NAMES: Final = ("number", "outcome", "since", "until", "caller")
CHART_DAYS: Final = 30
LONGEST_CHART: Final = 92
FIRST_DAY: Final = date(2000, 1, 1)
LAST_DAY: Final = date(2100, 1, 1)


class CallerForm(forms.Form):
    """Whose calls to look for: a whole number, since callers are sealed and cannot be searched in part."""

    caller = forms.CharField(
        label=gettext_lazy("Calls from one number"),
        max_length=32,
        widget=forms.TextInput(
            attrs={
                "type": "tel",
                "autocomplete": "off",
                "placeholder": "+44 20 7946 0999",
                "spellcheck": "false",
            }
        ),
    )

    def clean_caller(self) -> str:
        """Return the number as it is stored."""
        try:
            found = phonenumbers.parse(str(self.cleaned_data["caller"]).strip(), None)
        except phonenumbers.NumberParseException as trouble:
            raise forms.ValidationError(
                _("Write the whole number with its country code, such as +44 20 7946 0999.")
            ) from trouble
        return phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, slots=True)
class Filters:
    """What was asked for, as the page shows it again, and the calls it means."""

    number: str
    outcome: str
    since: str
    until: str
    caller: str
    wanted: Wanted
    days: tuple[date, ...]
    in_chart: Wanted
    numbers: tuple[tuple[str, str], ...]
    is_understood: bool
    """Whether all that was asked for was understood: otherwise these are more calls than were meant."""

    @property
    def query(self) -> str:
        """The same again, for an address."""
        return urlencode({name: value for name in NAMES if (value := getattr(self, name))})

    @property
    def is_backwards(self) -> bool:
        """Whether the last day asked for is before the first."""
        return bool(self.since and self.until and self.until < self.since)

    @property
    def outcomes(self) -> list[tuple[str, str | Promise]]:
        """The choices of outcomes."""
        return [(str(name), words) for name, words in GROUPS.items()]

    @property
    def is_withheld(self) -> bool:
        """Whether calls without a caller are asked for."""
        return self.caller == WITHHELD


def read(request: HttpRequest) -> Filters:
    """Read what a page is asked for; what makes no sense is left out, and `is_understood` tells of it.

    A caller is named by a call, and is no longer known once that call is deleted.
    """
    person, asked = person_of(request), {name: request.GET.get(name, "") for name in NAMES}
    mine = call_log.numbers_with_calls(person)
    number = _number(asked["number"], {key for key, _e164 in mine})
    group = Group(asked["outcome"]) if asked["outcome"] in set(Group) else None
    since, until = _day(asked["since"]), _day(asked["until"])
    caller = _caller(person, asked["caller"])
    wanted = Wanted(
        number=number,
        group=group,
        since=_start(since) if since else None,
        until=_start(until + timedelta(days=1)) if until else None,
        caller=caller,
    )
    last = min(until or date.max, timezone.localdate(clock.now()))
    first = max(since or last - timedelta(days=CHART_DAYS - 1), last - timedelta(days=LONGEST_CHART - 1))
    found = {"number": number, "outcome": group, "since": since, "until": until, "caller": caller}
    days = tuple(first + timedelta(days=ahead) for ahead in range(max((last - first).days, 0) + 1))
    return Filters(
        number=public_id("num", number) if number else "",
        outcome=str(group or ""),
        since=since.isoformat() if since else "",
        until=until.isoformat() if until else "",
        caller=asked["caller"] if caller is not None else "",
        wanted=wanted,
        days=days,
        in_chart=replace(wanted, since=_start(days[0])),
        numbers=tuple((public_id("num", key), e164) for key, e164 in mine),
        is_understood=all(found[name] is not None for name, value in asked.items() if value),
    )


def _number(name: str, mine: set[UUID]) -> UUID | None:
    try:
        key = parse(name, "num")
    except NotAPublicId:
        return None
    return key if key in mine else None


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day and FIRST_DAY <= day <= LAST_DAY else None


def _start(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


def _caller(person: UUID, name: str) -> bytes | None:
    """Return what finds a caller's calls: those like a call, or those who withheld their number."""
    return b"" if name == WITHHELD else call_log.caller_of(person, name)
