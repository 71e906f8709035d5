"""The forms by which staff work on requests."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import clock, request_words
from ringfence.interfaces.console import purpose
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.privacy.requests.actions import LONGEST
from ringfence.privacy.rules import RequestKind, Way

REASONS: Final = ("customer-called", "customer-wrote")


class CallerForm(forms.Form):
    """What somebody who calls or writes wants, taken down in their words."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        help_text=gettext_lazy("The customer reads it, with the time and your role."),
    )
    wanted = forms.CharField(
        label=gettext_lazy("E-mail address or customer number"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What they ask for"), widget=forms.RadioSelect)
    asked = LongText(
        label=gettext_lazy("In their own words"),
        required=False,
        most=LONGEST,
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    received_at = forms.DateTimeField(
        label=gettext_lazy("When it reached us"),
        required=False,
        help_text=gettext_lazy(
            "Empty is now. The time limit counts from it, and nobody can change it later."
        ),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer purposes and kinds in the language of the page."""
        super().__init__(*args, **kwargs)
        said = [(name, purpose.SAID_AT_THE_DESK[name]) for name in REASONS]
        self.fields["purpose"].choices = said  # type: ignore[attr-defined] # a ChoiceField
        kinds = [(str(kind), words) for kind, words in request_words.ASKED_OF_US.items()]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined] # a ChoiceField

    def clean_received_at(self) -> datetime | None:
        """Refuse a moment that is still to come."""
        moment: datetime | None = self.cleaned_data["received_at"]
        if moment is not None and moment > clock.now():
            raise forms.ValidationError(_("That is still to come. Give the moment when it reached us."))
        return moment

    def clean(self) -> dict[str, Any]:
        """Ask for words where nothing can be done without them."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("kind") == RequestKind.CHANGE and not (cleaned.get("asked") or "").strip():
            self.add_error("asked", _("Write what is wrong, and what is right."))
        return cleaned


class RefuseForm(forms.Form):
    """Under which article a request is refused, and why, in words for the customer."""

    ground = forms.ChoiceField(
        label=gettext_lazy("Article"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the article under which it is refused.")},
    )
    reason = LongText(
        label=gettext_lazy("Reason"),
        most=LONGEST,
        help_text=gettext_lazy(
            "In plain words, and in the customer's language: they read it as you write it."
        ),
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        """Offer the articles that speak of such a request."""
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = request_words.grounds_for(kind)  # type: ignore[attr-defined] # a ChoiceField


class TellForm(forms.Form):
    """How the customer was told of a refusal that no letter by mail could bring."""

    way = forms.ChoiceField(
        label=gettext_lazy("How the customer was told"),
        choices=lambda: [(way.name, _(way)) for way in Way],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how the customer was told.")},
    )
