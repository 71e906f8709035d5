"""The forms by which staff write notices and say when one goes out."""

from datetime import datetime
from typing import Any, Final

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import writing
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


class OneOf(forms.ChoiceField):
    """A choice that is always made: its first, which says nothing else, is one too."""

    def validate(self, value: Any) -> None:
        """Refuse what is none of the choices."""
        if not self.valid_value(value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], params={"value": value})


class NoticeForm(forms.Form):
    """What a notice says, on which ground it is sent, and whom it is for."""

    use_required_attribute = False
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
    holding = OneOf(
        label=gettext_lazy("Who gets it"),
        choices=[
            (Holding.ANY, gettext_lazy("Every customer")),
            (Holding.WITH, gettext_lazy("Those who have a number")),
            (Holding.WITHOUT, gettext_lazy("Those who have no number")),
        ],
    )
    country = OneOf(
        label=gettext_lazy("With a number in"),
        help_text=gettext_lazy("Choosing a country means those alone who have a number there."),
    )
    language = OneOf(
        label=gettext_lazy("Who reads"),
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
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    def __init__(self, *args: Any, at: datetime, **kwargs: Any) -> None:
        """Say by which clock a moment is meant."""
        super().__init__(*args, **kwargs)
        zone = timezone.get_current_timezone()
        self.fields["send_at"].help_text = _(
            "Empty is now. By the clock of %(zone)s, which shows %(clock)s."
        ) % {"zone": str(zone).replace("_", " "), "clock": writing.moment(at, "clock", at=at)}
