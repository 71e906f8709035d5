"""What was decided about the use of a customer's numbers: why, how they can appeal, and what came of it (5.4)."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import abuse_words, clock
from ringfence.interfaces.access import actor_of, customer_only, person_of
from ringfence.interfaces.account.history_words import add_words
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.outcomes import told
from ringfence.interfaces.pages import Part
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.support.abuse import appealing, queries
from ringfence.support.abuse.rules import DECIDED_WITHIN, LONGEST_TEXT, AbuseState
from ringfence.support.abuse.views import CaseView

SECTION_ORDER = 5

add_words(
    {
        "abuse.report": gettext_lazy("You reported abuse of a number"),
        "abuse.take_letter": gettext_lazy("A letter of yours about abuse came in"),
        "abuse.name_number": gettext_lazy("Somebody found which number a report is about"),
        "abuse.take_up": gettext_lazy("Somebody began to look at a report about a number of yours"),
        "abuse.look_at": gettext_lazy("A report of abuse was looked at"),
        "abuse.open_picture": gettext_lazy("A picture of a report of abuse was opened"),
        "abuse.dismiss": gettext_lazy("A report about a number of yours led to nothing"),
        "abuse.decide": gettext_lazy("We decided about the use of a number of yours, and told you why"),
        "abuse.ask_closing": gettext_lazy("One of us asked to close your account, and told you why"),
        "abuse.confirm_closing": gettext_lazy("Two of us decided to close your account"),
        "abuse.decline_closing": gettext_lazy("It was decided not to close your account"),
        "abuse.lift": gettext_lazy("What was suspended for abuse rings again"),
        "abuse.appeal": gettext_lazy("You appealed a decision"),
        "abuse.answer_appeal": gettext_lazy("Your appeal was answered by somebody else"),
        "abuse.time_out": gettext_lazy("A decision became final, since it was not appealed in time"),
    },
    {
        "abuse-decision": gettext_lazy("a decision about the use of your number"),
        "abuse-restored": gettext_lazy("a decision about your number no longer holds"),
        "abuse-upheld": gettext_lazy("your appeal was looked at"),
        "abuse-closed": gettext_lazy("your account is closed"),
        "abuse-received": gettext_lazy("we have your report"),
        "abuse-outcome": gettext_lazy("what came of your report"),
    },
)


class AppealForm(forms.Form):
    """Why the customer thinks that the decision is wrong."""

    text = LongText(
        label=gettext_lazy("Why is the decision wrong?"),
        most=LONGEST_TEXT,
        help_text=gettext_lazy("In your own words. You can appeal once, so write everything that matters."),
        error_messages={"required": gettext_lazy("Write in a few words why.")},
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 6}),
    )


def _found(request: HttpRequest, case: str) -> CaseView:
    found = queries.decided_case(person_of(request), case)
    if found is None:
        raise Http404
    return found


@customer_only
@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """List what was decided."""
    rows = [abuse_words.shown(one) for one in queries.decided_of(person_of(request))]
    return render(request, "account/abuse.html", {"rows": rows})


@customer_only
@require_http_methods(["GET", "HEAD", "POST"])
def case(request: HttpRequest, case: str) -> HttpResponse:
    """Show one decision with its reason, and take in the appeal."""
    found = _found(request, case)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with told(request, _("We have your appeal. Somebody who did not decide reads it and answers you.")):
            appealing.appeal(
                case=found.id, text=form.cleaned_data["text"], by=actor_of(request), at=clock.now()
            )
        return redirect("account:abuse_case", case)
    return render(
        request, "account/abuse_case.html", _around(found, form), status=422 if form.errors else 200
    )


def _around(found: CaseView, form: AppealForm) -> dict[str, Any]:
    return {
        **abuse_words.shown(found),
        "form": form,
        "can_appeal": found.can_be_appealed(clock.now()),
        "is_waiting": found.state is AbuseState.CONFIRMING,
        "is_appealed": found.state is AbuseState.APPEALED,
        "days": DECIDED_WITHIN.days,
    }


def section(request: HttpRequest) -> Part | None:
    """Say on the account's first page what was decided, as long as something of it is in force or can be appealed."""
    at = clock.now()
    rows = [
        abuse_words.shown(one) | {"can_appeal": one.can_be_appealed(at)}
        for one in queries.decided_of(person_of(request))
        if not one.is_final or one.suspended
    ]
    return ("account/sections/abuse.html", {"rows": rows}) if rows else None


urlpatterns = [
    path("account/cases/", cases, name="abuse"),
    path("account/cases/<str:case>/", case, name="abuse_case"),
]
