"""What staff type while somebody is on the phone."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import request_words
from ringfence.interfaces.console import purpose
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.privacy.requests.actions import LONGEST
from ringfence.privacy.rules import RequestKind
from ringfence.shop.caller_rules import Way

REASONS: Final = ("customer-called", "customer-wrote")
WAYS: Final = {
    Way.CODE: gettext_lazy("A code goes to the address on file, and the caller reads it out"),
    Way.CALLED_BACK: gettext_lazy("I call back, at the phone number on file"),
}


class CallerForm(forms.Form):
    """What the caller says."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        help_text=gettext_lazy("The customer reads it, with the time and your role."),
    )
    wanted = forms.CharField(
        label=gettext_lazy("Number, order number or e-mail address, as the caller says it"),
        help_text=gettext_lazy(
            "A number with its country code. An order number begins with ord_ and stands in every letter about the"
            " order."
        ),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    way = forms.ChoiceField(
        label=gettext_lazy("How they show who they are"), widget=forms.RadioSelect, initial=Way.CODE
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer purposes and ways in the language of the page."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own arguments
        said = [(name, purpose.SAID_AT_THE_DESK[name]) for name in REASONS]
        self.fields["purpose"].choices = said  # type: ignore[attr-defined] # a ChoiceField
        self.fields["way"].choices = [(str(way), words) for way, words in WAYS.items()]  # type: ignore[attr-defined] # a ChoiceField


class CodeForm(forms.Form):
    """What the caller reads out."""

    code = forms.CharField(
        label=gettext_lazy("The six digits that the caller reads out"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class CalledForm(forms.Form):
    """That somebody was called back."""

    called = forms.BooleanField(
        label=gettext_lazy("I have called this number, and the customer answered and asked for it"),
    )


class CallerAsksForm(forms.Form):
    """What a confirmed caller asks about their data."""

    kind = forms.ChoiceField(label=gettext_lazy("What they ask for"), widget=forms.RadioSelect)
    asked = LongText(
        label=gettext_lazy("In their own words"),
        required=False,
        most=LONGEST,
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, *args: Any, has_orders: bool, **kwargs: Any) -> None:
        """Offer the kinds in the language of the page; no cancellation to whom nothing could be cancelled for."""
        super().__init__(*args, **kwargs)
        left_out = set() if has_orders else {RequestKind.CANCEL}
        kinds = [
            (str(kind), words) for kind, words in request_words.ASKED_OF_US.items() if kind not in left_out
        ]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined] # a ChoiceField

    def clean(self) -> dict[str, Any]:
        """Ask for words where nothing can be done without them."""
        cleaned = super().clean() or self.cleaned_data
        wants_words = cleaned.get("kind") == RequestKind.CHANGE and "asked" not in self.errors
        if wants_words and not (cleaned.get("asked") or "").strip():
            self.add_error("asked", _("Write what is wrong, and what is right."))
        return cleaned
