"""Legal holds: one member of staff asks, another confirms; both see what is kept back, and until when (clause 2.8)."""

from datetime import UTC, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import clock, errors, hold_words
from ringfence.interfaces.access import actor_of, sent_only, staff_only, step_up
from ringfence.interfaces.console import meant
from ringfence.interfaces.console.queues import LISTED, Queue, Thing
from ringfence.interfaces.outcomes import told
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.retention import actions, holds
from ringfence.privacy.retention.holds import HoldView
from ringfence.privacy.retention_rules import (
    ARTICLES,
    BY_STAFF,
    CLASS_NAMES,
    CLASSES_OF_A_PERSON,
    LONGEST_HOLD,
    OVER,
    HoldArticle,
    HoldState,
)
from ringfence.telephony import lookups

PURPOSE: Final = "law"


class HoldForm(forms.Form):
    """Whom or what a hold is about, why, and until when."""

    customer = forms.CharField(
        label=gettext_lazy("Customer: number or e-mail address"),
        required=False,
        max_length=320,
        help_text=gettext_lazy("Leave it empty for a hold on one phone number, whoever has it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    number = forms.CharField(
        label=gettext_lazy("Phone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    classes = forms.MultipleChoiceField(
        label=gettext_lazy("What is kept"),
        choices=lambda: [(name, _(CLASS_NAMES[name])) for name in CLASSES_OF_A_PERSON],
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only what the case needs. Of a phone number: calls and messages."),
    )
    article = forms.ChoiceField(
        label=gettext_lazy("By which law"),
        choices=lambda: [(name, f"{_(ARTICLES[name])} ({name})") for name in BY_STAFF],
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        help_text=gettext_lazy(
            "Whoever confirms decides by it, and the customer reads it once they are told. It goes when the hold ends."
        ),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    reference = forms.CharField(label=gettext_lazy("Reference of the case"), required=False, max_length=100)
    until = forms.DateField(
        label=gettext_lazy("Until, that day included"),
        help_text=gettext_lazy("A year from now at most. The hold ends then by itself."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    is_secret = forms.BooleanField(
        label=gettext_lazy("The law forbids to tell the customer"),
        required=False,
        help_text=gettext_lazy("They get the letter when the hold has ended. Otherwise they get it now."),
    )

    def clean(self) -> None:
        """Find whom or what is meant; both fields need a whole value, since sealed ones cannot be searched."""
        said = self.cleaned_data
        if said.get("customer"):
            said["person"] = meant.customer(said["customer"])
            if said["person"] is None:
                self.add_error(
                    "customer", _("There is no such customer. Look at the number, or the address.")
                )
        if said.get("number"):
            said["number_id"] = meant.number(said["number"])
            if said["number_id"] is None:
                self.add_error("number", _("We have no such number. Write it with its country code."))


def _by(request: HttpRequest) -> Actor:
    return actor_of(request).for_purpose(PURPOSE)


def _key(wanted: str) -> UUID:
    found = holds.key_of(wanted)
    if found is None:
        raise Http404
    return found


def _found(request: HttpRequest, wanted: str) -> HoldView:
    """Return a hold, opened, with a line that says so. Raises Http404."""
    return actions.look_at(hold=_key(wanted), by=_by(request), at=clock.now())


@staff_only(Role.PRIVACY)
@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """List the holds: those that wait, those in force, and those that ended in the last month."""
    around = {
        "asked": [hold_words.shown(one) for one in holds.listed(HoldState.ASKED)],
        "active": [hold_words.shown(one) for one in holds.listed(HoldState.ACTIVE)],
        "over": [hold_words.shown(one) for one in holds.listed(*OVER)],
        "days": holds.NOTE_KEPT.days,
    }
    return render(request, "console/holds.html", around)


@staff_only(Role.PRIVACY)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Ask for a hold; it waits for somebody else then."""
    latest = (clock.now() + LONGEST_HOLD).date()
    form = HoldForm(request.POST or None)
    form.fields["until"].widget.attrs.update({"max": latest.isoformat()})
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = actions.ask(
                person=said.get("person"),
                number=said.get("number_id"),
                classes=said["classes"],
                article=HoldArticle(said["article"]),
                reason=said["reason"],
                reference=said["reference"],
                until=_end_of(said["until"], clock.now()),
                is_secret=said["is_secret"],
                by=_by(request),
                at=clock.now(),
            )
        except Refusal as refused:
            form.add_error(None, errors.sentence(refused))
        else:
            messages.success(request, _("Asked for. It takes effect when somebody else has confirmed it."))
            return redirect("console:hold", made.public_id)
    return render(request, "console/hold_new.html", {"form": form})


def _end_of(day: Any, at: datetime) -> datetime:
    """Return the end of a day (UTC), and of the last day that is allowed the moment that is."""
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    return min(end, at + LONGEST_HOLD) if end - at < LONGEST_HOLD + timedelta(days=1) else end


@staff_only(Role.PRIVACY)
@require_safe
def hold(request: HttpRequest, hold: str) -> HttpResponse:
    """Show one hold: whom, what, why, until when, who has to confirm it, and how much it keeps back."""
    found = _found(request, hold)
    digits = lookups.digits_of([found.number]) if found.number else {}
    around = hold_words.shown(found) | {
        "customer": public_id("cus", found.person) if found.person else "",
        "e164": digits.get(found.number, "") if found.number else "",
        "counts": hold_words.kinds(found),
        "is_asked": found.state is HoldState.ASKED,
        "is_active": found.state is HoldState.ACTIVE,
    }
    return render(request, "console/hold.html", around)


@staff_only(Role.PRIVACY)
@step_up
@sent_only
def confirm(request: HttpRequest, hold: str) -> HttpResponse:
    """Confirm a hold that somebody else asked for."""
    with told(request, _("The hold is in force.")):
        actions.confirm(hold=_key(hold), by=_by(request), at=clock.now())
    return redirect("console:hold", hold)


@staff_only(Role.PRIVACY)
@step_up
@require_http_methods(["GET", "HEAD", "POST"])
def end(request: HttpRequest, hold: str) -> HttpResponse:
    """Ask to end a hold before its time, agree to that, or say no to a hold; asked once more before."""
    key = _key(hold)
    if request.method != "POST":
        found = _found(request, hold)
        around = hold_words.shown(found) | {"is_asked": found.state is HoldState.ASKED}
        return render(request, "console/hold_end.html", around)
    by, at = _by(request), clock.now()
    is_first = holds.is_end_waiting(key) is False
    said = (
        _("Asked for. The hold stays in force until somebody else has agreed.")
        if is_first
        else _("The hold has ended, and what it kept back is gone.")
    )
    with told(request, said):
        actions.ask_end(hold=key, by=by, at=at) if is_first else actions.end(hold=key, by=by, at=at)
    return redirect("console:hold", hold)


@staff_only(Role.PRIVACY)
@step_up
@sent_only
def keep(request: HttpRequest, hold: str) -> HttpResponse:
    """Say no to the early end of a hold, or take back that one asked for it."""
    with told(request, _("The hold stays in force until its date.")):
        actions.keep(hold=_key(hold), by=_by(request), at=clock.now())
    return redirect("console:hold", hold)


def desk_queue(request: HttpRequest, at: datetime) -> Queue | None:
    """Tell the desk which holds wait for a second person, to those who may confirm them."""
    del at
    if not actor_of(request).has(Role.PRIVACY):
        return None
    waiting = [*reversed(holds.listed(HoldState.ASKED))]
    things = tuple(
        Thing(
            _("A legal hold to be confirmed by somebody else"),
            one.public_id,
            reverse("console:hold", args=[one.public_id]),
            since=one.asked_at,
            state=_(ARTICLES[one.article]),
        )
        for one in waiting[:LISTED]
    )
    return Queue("holds", _("Legal holds"), reverse("console:holds"), len(waiting), things)


urlpatterns = [
    path("retention/holds/", listed, name="holds"),
    path("retention/holds/new/", new, name="hold_new"),
    path("retention/holds/<str:hold>/", hold, name="hold"),
    path("retention/holds/<str:hold>/confirm/", confirm, name="hold_confirm"),
    path("retention/holds/<str:hold>/end/", end, name="hold_end"),
    path("retention/holds/<str:hold>/keep/", keep, name="hold_keep"),
]
