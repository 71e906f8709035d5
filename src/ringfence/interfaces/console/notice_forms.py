"""The forms by which staff write notices and say when one goes out."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy

from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront import places
from ringfence.interfaces.storefront.forms import without_payment_data
from ringfence.support.notice_rules import LONGEST_TEXT, LONGEST_TITLE, Audience, Holding, NoticeKind
from ringfence.support.notices import audience
from ringfence.support.notices.writing import Words

NORWEGIAN: Final = {"lang": "nb"}
ENGLISH: Final = {"lang": "en"}


def _title(label: Any, marks: dict[str, str]) -> forms.CharField:
    return LongText(
        label=label,
        most=LONGEST_TITLE,
        validators=[without_payment_data],
        widget=forms.TextInput(attrs=marks),
    )


def _text(label: Any, marks: dict[str, str]) -> forms.CharField:
    return LongText(
        label=label,
        most=LONGEST_TEXT,
        validators=[without_payment_data],
        widget=forms.Textarea(attrs={"rows": 8, **marks}),
    )


class NoticeForm(forms.Form):
    """What a notice says, on which ground it is sent, and whom it is for."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        widget=forms.RadioSelect,
        choices=[
            (
                NoticeKind.SERVICE,
                gettext_lazy("About the service: what customers must know about what they have"),
            ),
            (NoticeKind.NEWS, gettext_lazy("News: only for those who have said yes to news")),
        ],
        initial=NoticeKind.SERVICE,
    )
    title_nb = _title(gettext_lazy("Title, in Norwegian"), NORWEGIAN)
    text_nb = _text(gettext_lazy("Text, in Norwegian"), NORWEGIAN)
    title_en = _title(gettext_lazy("Title, in English"), ENGLISH)
    text_en = _text(gettext_lazy("Text, in English"), ENGLISH)
    holding = forms.ChoiceField(
        label=gettext_lazy("Who gets it"),
        required=False,
        choices=[
            (Holding.ANY, gettext_lazy("Every customer")),
            (Holding.WITH, gettext_lazy("Those who have a number")),
            (Holding.WITHOUT, gettext_lazy("Those who have no number")),
        ],
    )
    country = forms.ChoiceField(
        label=gettext_lazy("With a number in"),
        required=False,
        help_text=gettext_lazy("Choosing a country means those alone who have a number there."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Who reads"),
        required=False,
        choices=[
            ("", gettext_lazy("Either language")),
            ("nb", gettext_lazy("Norwegian")),
            ("en", gettext_lazy("English")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the countries in which customers have numbers."""
        super().__init__(*args, **kwargs)
        known = [(code, places.country(code)) for code in audience.countries()]
        field = self.fields["country"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", gettext_lazy("Any country")), *known]

    def words(self) -> Words:
        """Return what the notice says."""
        said = self.cleaned_data
        return Words(
            {"nb": said["title_nb"], "en": said["title_en"]}, {"nb": said["text_nb"], "en": said["text_en"]}
        )

    def audience(self) -> Audience:
        """Return whom it is for."""
        said = self.cleaned_data
        return Audience(said["country"], Holding(said["holding"]), said["language"])


class SendingForm(forms.Form):
    """When a notice goes out, once it was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput)
    send_at = forms.DateTimeField(
        label=gettext_lazy("Not before"),
        required=False,
        help_text=gettext_lazy("Empty is now."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
