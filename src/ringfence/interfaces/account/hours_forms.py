"""The form of opening hours: a week, public holidays, special days. Nothing in it needs JavaScript."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces.storefront import places
from ringfence.telephony import public_holidays
from ringfence.telephony.opening_hours import (
    DAYS,
    MOST_INTERVALS,
    MOST_SPECIAL_DAYS,
    Hours,
    Interval,
    OnHolidays,
    SpecialDays,
    Unreadable,
    interval,
    overlap,
    read_time,
    write_time,
)

BLANK_ROWS: Final = 1
COPIES: Final = {"weekdays": range(1, 5), "all": range(1, DAYS)}
"""Which days a copy of Monday goes to, by the button's value."""
OFFICE: Final = Interval(9 * 60, 17 * 60)


def usual(zone: str, country: str) -> Hours:
    """Return the opening hours that a new form begins with: an office's."""
    known = country if country in public_holidays.countries() else ""
    return Hours(zone, (*(((OFFICE,),) * 5), (), ()), known)


def _time(label: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=5,
        required=False,
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
    )


@dataclass(frozen=True, slots=True)
class DayRow:
    """One day of the week as the page shows it: pairs of fields, the first of them always in sight."""

    name: str
    pairs: list[tuple[BoundField, BoundField]]

    @property
    def first(self) -> tuple[BoundField, BoundField]:
        """The pair always in sight."""
        return self.pairs[0]

    @property
    def more(self) -> list[tuple[BoundField, BoundField]]:
        """The pairs for days with a break."""
        return self.pairs[1:]

    @property
    def has_more(self) -> bool:
        """Whether there is something in them, or something wrong."""
        return any(field.value() or field.errors for pair in self.more for field in pair)

    @property
    def errors(self) -> list[str]:
        """What is wrong with the day."""
        return [str(error) for pair in self.pairs for field in pair for error in field.errors]


@dataclass(frozen=True, slots=True)
class SpecialRow:
    """Special days as the page shows them."""

    fields: dict[str, BoundField]
    is_new: bool

    @property
    def errors(self) -> list[str]:
        """What is wrong with them."""
        return [str(error) for field in self.fields.values() for error in field.errors]


class HoursForm(forms.Form):
    """Opening hours. `specials` is how many rows of special days there are, one of them empty."""

    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    where = forms.ChoiceField(label=gettext_lazy("Public holidays of"), required=False)
    on_holidays = forms.ChoiceField(
        label=gettext_lazy("On public holidays"),
        choices=(
            (OnHolidays.CLOSED.value, gettext_lazy("Closed")),
            (OnHolidays.AS_SUNDAY.value, gettext_lazy("As on Sundays")),
            (OnHolidays.AS_USUAL.value, gettext_lazy("As on any other day")),
        ),
        widget=forms.RadioSelect,
    )

    def __init__(self, data: Mapping[str, Any] | None, hours: Hours) -> None:
        """Make the fields: of seven days, and of the special days there are."""
        super().__init__(data, initial=written(hours), prefix=None)
        self._offer("zone", [(name, name.replace("_", " ")) for name in places.every_time_zone(hours.zone)])
        self._offer("where", (("", _("None")), *_places()))
        for day in range(DAYS):
            for place in range(MOST_INTERVALS):
                words = {"day": WEEKDAYS[day]}
                self.fields[f"d{day}_{place}_from"] = _time(_("%(day)s, from") % words)
                self.fields[f"d{day}_{place}_to"] = _time(_("%(day)s, to") % words)
        self.specials = _rows_of(data) if data is not None else len(hours.special) + BLANK_ROWS
        for row in range(self.specials):
            self._add_special(row)

    def _offer(self, name: str, choices: Any) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def _add_special(self, row: int) -> None:
        for name, label in (("first", _("First day")), ("last", _("Last day"))):
            self.fields[f"s{row}_{name}"] = forms.DateField(
                label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
            )
        self.fields[f"s{row}_from"] = _time(_("Open from"))
        self.fields[f"s{row}_to"] = _time(_("Open to"))
        self.fields[f"s{row}_name"] = forms.CharField(label=_("What it is"), max_length=60, required=False)

    @property
    def days(self) -> list[DayRow]:
        """The days of the week."""
        return [
            DayRow(
                str(WEEKDAYS[day]).capitalize(),
                [
                    (self[f"d{day}_{place}_from"], self[f"d{day}_{place}_to"])
                    for place in range(MOST_INTERVALS)
                ],
            )
            for day in range(DAYS)
        ]

    @property
    def special_rows(self) -> list[SpecialRow]:
        """The rows of special days."""
        names = ("first", "last", "from", "to", "name")
        return [
            SpecialRow({name: self[f"s{row}_{name}"] for name in names}, not self[f"s{row}_first"].value())
            for row in range(self.specials)
        ]

    def clean(self) -> dict[str, Any]:
        """Read the fields into opening hours, each trouble at its field."""
        cleaned = super().clean() or self.cleaned_data
        week = tuple(self._day(day) for day in range(DAYS))
        special = tuple(found for row in range(self.specials) if (found := self._special(row)))
        if len(special) > MOST_SPECIAL_DAYS:
            self.add_error(None, _("There are too many special days. Remove some that are over."))
        if not self.errors:
            cleaned["hours"] = Hours(
                cleaned["zone"],
                week,
                *_split(cleaned["where"]),
                OnHolidays(cleaned["on_holidays"]),
                special,
            )
            if not any(week) and not any(one.intervals for one in special):
                self.add_error("d0_0_from", _("Every day is closed. Give at least one day its hours."))
        return cleaned

    def _day(self, day: int) -> tuple[Interval, ...]:
        found = tuple(
            one
            for place in range(MOST_INTERVALS)
            if (one := self._interval(f"d{day}_{place}_from", f"d{day}_{place}_to"))
        )
        if overlap(found):
            self.add_error(f"d{day}_0_from", _("Two times of this day overlap. Make one of them shorter."))
        return tuple(sorted(found))

    def _interval(self, begins: str, ends: str) -> Interval | None:
        first, last = self.cleaned_data.get(begins, ""), self.cleaned_data.get(ends, "")
        if not (first or last):
            return None
        for name, text in ((begins, first), (ends, last)):
            if not text:
                self.add_error(name, _("Give both times, or neither for a day that is closed."))
                return None
        try:
            return interval(read_time(first), read_time(last))
        except Unreadable as wrong:
            name = begins if wrong.args[0] == first else ends
            self.add_error(
                name, _("“%(text)s” is not a time. Write it like 09:00.") % {"text": wrong.args[0][:10]}
            )
            return None

    def _special(self, row: int) -> SpecialDays | None:
        given = {name: self.cleaned_data.get(f"s{row}_{name}") for name in ("first", "last", "name")}
        open_for = self._interval(f"s{row}_from", f"s{row}_to")
        first = given["first"] or given["last"]
        if first is None:
            if (given["name"] or open_for) and f"s{row}_first" not in self.errors:
                self.add_error(f"s{row}_first", _("Give the day, or empty the other fields of this line."))
            return None
        last = given["last"] or first
        if last < first:
            self.add_error(f"s{row}_last", _("The last day comes before the first."))
            return None
        return SpecialDays(first, last, (open_for,) if open_for else (), given["name"] or "")


def _rows_of(data: Mapping[str, Any]) -> int:
    """Return how many rows of special days were sent, within reason."""
    row = 0
    while f"s{row}_first" in data and row < MOST_SPECIAL_DAYS + BLANK_ROWS:
        row += 1
    return row


def _places() -> Iterator[tuple[str, str]]:
    """Countries with holidays that are known, each followed by its regions that have others."""
    for code, name in places.countries():
        if code in public_holidays.countries():
            yield code, name
            for region, of in public_holidays.regions(code).items():
                yield f"{code}-{region}", f"{name}: {of}"


def _split(where: str) -> tuple[str, str]:
    country, _dash, region = where.partition("-")
    return country, region


def written(hours: Hours) -> dict[str, Any]:
    """Return opening hours as the values of the form's fields."""
    found: dict[str, Any] = {
        "zone": hours.zone,
        "where": f"{hours.country}-{hours.region}".rstrip("-"),
        "on_holidays": hours.on_holidays.value,
    }
    for day, intervals in enumerate(hours.week):
        for place, one in enumerate(intervals):
            found[f"d{day}_{place}_from"], found[f"d{day}_{place}_to"] = (
                write_time(one.start),
                write_time(one.end),
            )
    for row, special in enumerate(hours.special):
        found[f"s{row}_first"], found[f"s{row}_last"] = special.first, special.last
        found[f"s{row}_name"] = special.name
        for one in special.intervals[:1]:
            found[f"s{row}_from"], found[f"s{row}_to"] = write_time(one.start), write_time(one.end)
    return found


def changed_by_button(data: QueryDict) -> QueryDict | None:
    """Return what was sent as a button that only prepares the form would have it; None when it is to be saved."""
    copied = data.copy()
    days = COPIES.get(data.get("copy", ""))
    if days is not None:
        for day in days:
            for place in range(MOST_INTERVALS):
                for end in ("from", "to"):
                    copied[f"d{day}_{place}_{end}"] = data.get(f"d0_{place}_{end}", "")
        return copied
    row = data.get("remove_special", "")
    if row.isdecimal():
        for name in ("first", "last", "from", "to", "name"):
            copied[f"s{row}_{name}"] = ""
        return copied
    if "add_special" in data:
        copied[f"s{_rows_of(data)}_first"] = ""
        return copied
    return None
