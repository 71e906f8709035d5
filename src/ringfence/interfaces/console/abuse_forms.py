"""What staff fill in about reports of abuse."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from ringfence.interfaces import abuse_words
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.support.abuse.rules import LONGEST_TEXT, Decision, Outcome

LISTS: Final = {
    "new": gettext_lazy("Not looked at yet"),
    "looking": gettext_lazy("Being looked at"),
    "confirming": gettext_lazy("Closing to be confirmed"),
    "appealed": gettext_lazy("Appeals to be answered"),
    "decided": gettext_lazy("Can be appealed"),
    "closed": gettext_lazy("Closed"),
}
BY_ONE: Final = (
    (Decision.NOTHING, gettext_lazy("Nothing: close the case")),
    (Decision.WARNING, gettext_lazy("Warn the customer")),
    (Decision.SUSPENSION, gettext_lazy("Suspend this number")),
    (Decision.ALL_SUSPENDED, gettext_lazy("Suspend all numbers of the customer")),
)


class FilterForm(forms.Form):
    """Which cases are listed."""

    show = forms.ChoiceField(label=gettext_lazy("Show"), choices=list(LISTS.items()), required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("What it is about"),
        choices=[("", gettext_lazy("All")), *abuse_words.KINDS.items()],
        required=False,
    )
    number = forms.CharField(
        label=gettext_lazy("Number, or how it ends"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )


class ReasonForm(forms.Form):
    """By which clause something is decided, and why."""

    clause = forms.ChoiceField(label=gettext_lazy("Clause"), choices=list(abuse_words.CLAUSES.items()))
    reason = LongText(
        label=gettext_lazy("Reason"),
        most=LONGEST_TEXT,
        help_text=gettext_lazy(
            "The customer reads it in a letter and in the account. Name nobody who reported."
        ),
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 5}),
    )


class DecisionForm(ReasonForm):
    """What is decided by one alone. To close an account there is a page of its own."""

    field_order = ("decision", "clause", "reason")
    decision = forms.ChoiceField(
        label=gettext_lazy("Decision"), choices=list(BY_ONE), widget=forms.RadioSelect
    )

    def clean(self) -> dict[str, Any]:
        """Ask for no reason where nothing is done."""
        said = super().clean() or self.cleaned_data
        if said.get("decision") == Decision.NOTHING:
            self.errors.pop("reason", None)
            said["reason"] = ""
        return said


class AnswerForm(forms.Form):
    """What comes of an appeal."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("Decision"),
        choices=[
            (Outcome.UPHELD, gettext_lazy("The decision stays")),
            (Outcome.OVERTURNED, gettext_lazy("The appeal is right: take the decision back")),
        ],
        widget=forms.RadioSelect,
    )
    answer = LongText(
        label=gettext_lazy("Answer"),
        most=LONGEST_TEXT,
        help_text=gettext_lazy(
            "The customer reads it in a letter and in the account. Name nobody who reported."
        ),
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 5}),
    )
