"""The forms by which staff work on tickets."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.support.ticket_rules import LONGEST_TEXT, TAGS
from ringfence.support.tickets import templates

EXACT: Final = {"autocomplete": "off", "spellcheck": "false"}
EMPTY: Final = {"required": gettext_lazy("Write something first.")}


class AnswerForm(forms.Form):
    """An answer, and what of the conversation its writer has seen."""

    use_required_attribute = False
    seen = forms.IntegerField(widget=forms.HiddenInput)
    text = LongText(
        label=gettext_lazy("Answer"),
        most=LONGEST_TEXT,
        error_messages=EMPTY,
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 9, "data-focus": "answer"}),
    )
    template = forms.ChoiceField(label=gettext_lazy("A text that is ready"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the texts there are."""
        super().__init__(*args, **kwargs)
        ready = [(str(one.id), one.name) for one in templates.templates()]
        self.fields["template"].choices = [("", _("Choose")), *ready]  # type: ignore[attr-defined] # a ChoiceField
        self.has_templates = bool(ready)


class NoteForm(forms.Form):
    """A note for colleagues."""

    use_required_attribute = False
    note = LongText(
        label=gettext_lazy("Note for colleagues"),
        most=LONGEST_TEXT,
        error_messages=EMPTY,
        validators=[without_payment_data],
        help_text=gettext_lazy("Not sent. A copy of the person's data has it, so write what they may read."),
        widget=forms.Textarea(attrs={"rows": 3, "data-focus": "note"}),
    )


class TagsForm(forms.Form):
    """What a ticket is about."""

    tags = forms.MultipleChoiceField(
        label=gettext_lazy("What it is about"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the words in the language of the page."""
        super().__init__(*args, **kwargs)
        self.fields["tags"].choices = [(name, _(words)) for name, words in TAGS.items()]  # type: ignore[attr-defined]


class ColleagueForm(forms.Form):
    """Who is to go on with a ticket."""

    colleague = forms.CharField(
        label=gettext_lazy("E-mail address of a colleague"),
        max_length=320,
        widget=forms.TextInput(attrs=EXACT),
    )


class MergeForm(forms.Form):
    """Into which ticket one goes."""

    into = forms.CharField(
        label=gettext_lazy("Number of the other ticket"),
        max_length=40,
        help_text=gettext_lazy("It begins with tkt_. Both must be of the same person."),
        widget=forms.TextInput(attrs=EXACT),
    )


class TemplateForm(forms.Form):
    """A text to answer with, in both languages."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    text_nb = LongText(
        label=gettext_lazy("In Norwegian"),
        most=LONGEST_TEXT,
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 7, "lang": "nb"}),
    )
    text_en = LongText(
        label=gettext_lazy("In English"),
        most=LONGEST_TEXT,
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 7, "lang": "en"}),
    )
