"""What was handed to companies of the group, and which recipients have not answered yet (clauses 0.1, 2.5)."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors
from ringfence.interfaces.access import actor_of, sent_only, staff_only, step_up
from ringfence.interfaces.account.history_words import who
from ringfence.interfaces.console import meant
from ringfence.interfaces.console.queues import BROKEN, LISTED, Queue, Thing
from ringfence.interfaces.outcomes import told
from ringfence.kernel.actor import Role
from ringfence.kernel.refusal import Refusal
from ringfence.privacy import register
from ringfence.privacy.disclosure import group, onward, queries
from ringfence.privacy.disclosure.rules import Cause

PURPOSE: Final = "group"
ON_A_PAGE: Final = 50


def fields_to_choose() -> list[tuple[str, str]]:
    """Return the fields a company may be given, each with what it is part of, in words."""
    titles = {model: _(holder.title) for holder in register.holders() for model in holder.models}
    return sorted(
        ((str(one), f"{titles.get(one.model, '')}: {_(one.label)}") for one in group.fields_to_choose()),
        key=lambda pair: pair[1],
    )


class HandOverForm(forms.Form):
    """Which company gets what of whom, and what for."""

    company = forms.ChoiceField(
        label=gettext_lazy("Company"),
        choices=lambda: [(one.name, one.name) for one in group.companies(clock.now()) if one.is_in_force],
        help_text=gettext_lazy("Only companies that the terms in force name."),
    )
    purpose = forms.CharField(
        label=gettext_lazy("What the company needs it for"),
        max_length=group.LONGEST_PURPOSE,
        help_text=gettext_lazy("A sentence, without anybody's name."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    people = forms.CharField(
        label=gettext_lazy("Customers: numbers or e-mail addresses, one on a line"),
        max_length=group.MOST_PEOPLE * 330,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
    )
    fields_given = forms.MultipleChoiceField(
        label=gettext_lazy("Which data"),
        choices=fields_to_choose,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only what the purpose needs. Calls and messages are never handed over here."),
    )

    def clean(self) -> None:
        """Find the customers; each line needs a whole value, since sealed ones cannot be searched."""
        lines = [line.strip() for line in self.cleaned_data.get("people", "").splitlines() if line.strip()]
        found = [meant.customer(line) for line in lines]
        if missing := [str(place) for place, person in enumerate(found, 1) if person is None]:
            self.add_error(
                "people", _("There is no such customer on line %(lines)s.") % {"lines": ", ".join(missing)}
            )
        self.cleaned_data["subjects"] = [person for person in found if person is not None]


@staff_only(Role.PRIVACY)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Show who has not answered, the companies of the group, and what they were given."""
    around = {
        "waiting": [_passed_on(one) for one in queries.unanswered(ON_A_PAGE)],
        "count": queries.count_unanswered(),
        "answered": [_passed_on(one) for one in queries.answered_lately()],
        "companies": group.companies(clock.now()),
        "hand_overs": [
            {"one": one, "labels": _labels(one.fields), "by": who(one.decided_by)}
            for one in queries.hand_overs(most=ON_A_PAGE)
        ],
        "now": clock.now(),
    }
    return render(request, "console/disclosures.html", around)


def _labels(fields: list[str]) -> list[str]:
    return sorted({_(label) for label in queries.labels_of(fields).values()})


def _passed_on(one: Any) -> dict[str, Any]:
    return {
        "one": one,
        "is_erasure": one.cause == Cause.ERASURE,
        "labels": _labels(one.fields),
        "is_late": one.due_at < clock.now(),
    }


@staff_only(Role.PRIVACY)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """Hand data to a company of the group: it is entered, and the file with it is the answer and kept nowhere."""
    form = HandOverForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            package = group.hand_over(
                company=said["company"],
                purpose=said["purpose"],
                fields=said["fields_given"],
                subjects=said["subjects"],
                by=actor_of(request).for_purpose(PURPOSE),
                at=clock.now(),
            )
        except Refusal as refused:
            form.add_error(None, errors.sentence(refused))
        else:
            answer = HttpResponse(package.content, content_type="application/json")
            answer["Content-Disposition"] = f'attachment; filename="{package.name}"'
            answer["Cache-Control"] = "no-store"
            return answer
    return render(request, "console/hand_over.html", {"form": form})


def _key(wanted: str) -> UUID:
    found = queries.passed_on_key(wanted)
    if found is None:
        raise Http404
    return found


@staff_only(Role.PRIVACY)
@sent_only
def answered(request: HttpRequest, passed_on: str) -> HttpResponse:
    """Note that a recipient has answered."""
    with told(request, _("Noted: the recipient has answered.")):
        onward.answered(passed_on=_key(passed_on), by=actor_of(request), at=clock.now())
    return redirect("console:disclosures")


@staff_only(Role.PRIVACY)
@sent_only
def not_answered(request: HttpRequest, passed_on: str) -> HttpResponse:
    """Take that back."""
    with told(request, _("Taken back: it waits for the recipient again.")):
        onward.not_answered(passed_on=_key(passed_on), by=actor_of(request), at=clock.now())
    return redirect("console:disclosures")


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which recipients have not answered, to those who answer for privacy."""
    if not actor_of(request).has(Role.PRIVACY):
        return None
    url = reverse("console:disclosures")
    things = tuple(
        Thing(
            _("Have a recipient delete what it got")
            if one.cause == Cause.ERASURE
            else _("Tell a recipient of a change"),
            one.name,
            url,
            since=one.caused_at,
            due_at=one.due_at,
            state=one.reference,
            tone=BROKEN if one.due_at < at else "",
            used=min(1.0, max(0.0, (at - one.caused_at) / (one.due_at - one.caused_at))),
        )
        for one in queries.unanswered(LISTED)
    )
    return Queue("recipients", _("Recipients"), url, queries.count_unanswered(), things)


urlpatterns = [
    path("shared/", listed, name="disclosures"),
    path("shared/new/", hand_over, name="hand_over"),
    path("shared/<str:passed_on>/answered/", answered, name="recipient_answered"),
    path("shared/<str:passed_on>/undo/", not_answered, name="recipient_not_answered"),
]
