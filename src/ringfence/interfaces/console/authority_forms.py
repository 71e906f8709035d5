"""What staff fill in about demands of authorities."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import authority_words, clock, writing
from ringfence.interfaces.console import meant
from ringfence.privacy.authorities import leaving, scope
from ringfence.privacy.authorities.queries import DemandView
from ringfence.privacy.authorities.rules import LONGEST_TEXT, DemandKind, Outcome
from ringfence.privacy.authorities.scope import Scope, Target
from ringfence.telephony import lookups

MOMENT = "%Y-%m-%dT%H:%M"


def choices(within: Collection[str] | None = None) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the fields that can be handed over, in groups; `within` narrows them."""
    found = []
    for kind in scope.offered():
        fields = [(str(one), _(one.label)) for one in kind.fields if within is None or str(one) in within]
        if fields:
            found.append((_(kind.title), fields))
    return found


def _moment(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateTimeField:
    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT)
    return forms.DateTimeField(label=label, required=required, help_text=help_text, widget=widget)


def _lines(label: Any, help_text: Any) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"})
    return forms.CharField(
        label=label, help_text=help_text, required=False, max_length=LONGEST_TEXT, widget=widget
    )


class DemandForm(forms.Form):
    """What an authority has sent: the paper, in its own words, and what it asks for in ours."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it wants"),
        choices=list(authority_words.KINDS.items()),
        widget=forms.RadioSelect,
    )
    sort = forms.ChoiceField(
        label=gettext_lazy("Kind of authority"), choices=list(authority_words.SORTS.items())
    )
    authority = forms.CharField(label=gettext_lazy("Which authority"), max_length=200)
    reference = forms.CharField(label=gettext_lazy("The authority's reference"), max_length=100)
    legal_basis = forms.CharField(
        label=gettext_lazy("By which law"),
        max_length=300,
        help_text=gettext_lazy("As the paper names it: the law and its section."),
    )
    paper = forms.FileField(
        label=gettext_lazy("The paper"),
        help_text=gettext_lazy("A PDF or a picture, ten megabytes at most. It is sealed."),
    )
    received_at = _moment(gettext_lazy("Received"), required=True)
    deadline = _moment(gettext_lazy("To be answered by"), required=True)
    named = forms.CharField(
        label=gettext_lazy("Whom it names, in its own words"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    numbers = _lines(
        gettext_lazy("Phone numbers of ours"),
        gettext_lazy(
            "One a line, with the country code. It covers whoever had the number in that time, and that number alone."
        ),
    )
    customers = _lines(
        gettext_lazy("Customers"),
        gettext_lazy("One a line: customer number or e-mail address. It covers all their numbers."),
    )
    since = _moment(gettext_lazy("From"))
    until = _moment(
        gettext_lazy("Until"),
        help_text=gettext_lazy("In your time zone. Calls, messages and sign-ins need a time."),
    )
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What it asks for"),
        choices=choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only what the paper asks for: nothing else can be in the package."),
    )
    key = forms.CharField(
        label=gettext_lazy("The authority's public key"),
        required=False,
        max_length=200,
        help_text=gettext_lazy(
            "It begins with “age1”. The package can be opened with its secret half alone."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    key_checked = forms.CharField(
        label=gettext_lazy("How you made sure that the paper and the key are theirs"),
        required=False,
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy(
            "Such as: called back on the number of their own page, and had the key read out."
        ),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    follows = forms.CharField(
        label=gettext_lazy("It follows an earlier case that had data preserved"),
        help_text=gettext_lazy(
            "Its number. Whoever has deleted their account since is found by what was written there: name them alike."
        ),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def scope(self) -> Scope:
        """Return what is asked for."""
        said = self.cleaned_data
        return Scope(frozenset(said["parts"]), said.get("since"), said.get("until"))

    def targets(self) -> tuple[list[Target], list[str]]:
        """Return whom it concerns, and what we found nobody for."""
        said, found, missing = self.cleaned_data, [], []
        for line in filter(None, map(str.strip, said["numbers"].splitlines())):
            number = meant.number(line)
            had = lookups.who_had(number, said.get("since"), said.get("until")) if number else set()
            targets = [Target(person, number, line) for person in sorted(had)]
            targets += leaving.named_before(said["follows"], line, number) if number else []
            found += targets
            missing += [] if targets else [line]
        for line in filter(None, map(str.strip, said["customers"].splitlines())):
            person = meant.customer(line)
            left = leaving.named_before(said["follows"], line, None)
            targets = [Target(person, None, line)] if person else left
            found += targets
            missing += [] if targets else [line]
        return found, missing


class JudgementForm(forms.Form):
    """One's own answer to one of the three questions."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Your answer"),
        choices=list(authority_words.VERDICTS.items()),
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReasonForm(forms.Form):
    """Why something is done."""

    reason = forms.CharField(
        label=gettext_lazy("Why"), max_length=LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 3})
    )


class QuietForm(forms.Form):
    """Until when the customers may not be told, and by which law."""

    until = forms.DateField(
        label=gettext_lazy("The law forbids to tell the customers before"),
        help_text=gettext_lazy("A year from the decision at most."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    because = forms.CharField(
        label=gettext_lazy("Which law or order forbids it, and why so long"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _named(target: Target) -> str:
    """Return whom a demand concerns, with when they had the number: one number may have had several."""
    had = lookups.when_had(target.number, target.person) if target.number else []
    if not had:
        return target.named
    return f"{target.named} ({', '.join(f'{_day(began)} – {_day(ended)}' for began, ended in had)})"


def _day(at: datetime | None) -> str:
    return "" if at is None else writing.moment(at, "day", at=clock.now())


class ProposalForm(forms.Form):
    """What is to come of a demand; of a part, which."""

    outcome = forms.ChoiceField(label=gettext_lazy("Outcome"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=gettext_lazy("Reasons"),
        max_length=LONGEST_TEXT,
        help_text=gettext_lazy(
            "They are kept with the case, and are the answer to the authority where less is granted."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    targets = forms.MultipleChoiceField(
        label=gettext_lazy("Of whom"), widget=forms.CheckboxSelectMultiple, required=False
    )
    parts = forms.MultipleChoiceField(
        label=gettext_lazy("What"), widget=forms.CheckboxSelectMultiple, required=False
    )
    since = _moment(gettext_lazy("From"))
    until = _moment(gettext_lazy("Until"))
    keep_until = _moment(
        gettext_lazy("Preserve it until"), help_text=gettext_lazy("A year from now at most.")
    )
    quiet_until = forms.DateField(
        label=gettext_lazy("The law forbids to tell the customer before"),
        required=False,
        help_text=gettext_lazy(
            "Empty where it does not: then they are told at once. A year from now at most."
        ),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    quiet_because = forms.CharField(
        label=gettext_lazy("Which law or order forbids it, and why so long"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, view: DemandView, said: Any = None) -> None:
        """Offer what was judged possible, and of the demand what it asked for."""
        initial = {
            "parts": sorted(view.asked.fields),
            "targets": [str(key) for key, _target, _granted in view.targets],
            "since": view.asked.since,
            "until": view.asked.until,
        }
        super().__init__(said, initial=initial)
        outcomes = [(one, authority_words.OUTCOMES[one]) for one in Outcome if one in view.may_propose]
        self.fields["outcome"].choices = outcomes  # type: ignore[attr-defined] # a ChoiceField
        self.fields["parts"].choices = choices(view.asked.fields)  # type: ignore[attr-defined] # a ChoiceField
        self.fields["targets"].choices = [(str(key), _named(one)) for key, one, _granted in view.targets]  # type: ignore[attr-defined] # a ChoiceField
        preserves = view.row.kind == DemandKind.PRESERVING
        gone = [] if preserves else ["keep_until"]
        if Outcome.PARTIAL not in view.may_propose:
            gone += ["targets", "parts", "since", "until"]
        elif view.asked.since is None:
            gone += ["since", "until"]
        for name in gone:
            del self.fields[name]

    def part(self) -> Scope:
        """Return what is to be granted of the demand."""
        said = self.cleaned_data
        return Scope(frozenset(said.get("parts", ())), said.get("since"), said.get("until"))
