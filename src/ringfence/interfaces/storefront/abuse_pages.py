"""Reporting abuse of a number: anybody can, and the answer is the same whether the number is ours or not (5.3)."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from ringfence.interfaces import abuse_words, clock, errors
from ringfence.interfaces.access import limited
from ringfence.interfaces.language import of_page
from ringfence.interfaces.long_text import LongText
from ringfence.interfaces.storefront.forms import address_field
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal
from ringfence.shop.paper_pictures import LARGEST_FILE, drawn_anew
from ringfence.support.abuse import reporting
from ringfence.support.abuse.rules import LONGEST_TEXT, LOOKED_AT_WITHIN, MOST_PICTURES, AbuseKind

FEWEST_DIGITS: Final = 5


def a_phone_number(text: str) -> None:
    """Refuse what holds too few digits to be a phone number."""
    if sum(letter.isdigit() for letter in text) < FEWEST_DIGITS:
        raise ValidationError(
            gettext_lazy("Write the whole number, with its country code: +47 and so on."), code="no_number"
        )


class SeveralPictures(forms.FileInput):
    """A field for files that takes several."""

    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Pictures; none is fine."""

    def clean(self, data: Any, initial: Any = None) -> "list[UploadedFile[Any]]":
        """Look at each of them."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if len(given) > MOST_PICTURES:
            raise ValidationError(
                gettext_lazy("Send at most %(most)s pictures."), params={"most": MOST_PICTURES}
            )
        return [super(PicturesField, self).clean(one, initial) for one in given]


class ReportForm(forms.Form):
    """What happened, and by which number."""

    use_required_attribute = False
    number = forms.CharField(
        label=gettext_lazy("The number that called or wrote to you"),
        max_length=40,
        help_text=gettext_lazy("With its country code."),
        validators=[a_phone_number],
        error_messages={"required": gettext_lazy("Give the number, so that we know which one it is.")},
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off", "spellcheck": "false"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("What is it about?"),
        choices=list(abuse_words.KINDS.items()),
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose one of these.")),
    )
    happened = forms.CharField(
        label=gettext_lazy("When did it happen?"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("The day and the time, and your time zone."),
    )
    said = LongText(
        label=gettext_lazy("What happened?"),
        most=LONGEST_TEXT,
        help_text=gettext_lazy(
            "What was said or written, in your own words. Leave out what others should not know."
        ),
        error_messages={"required": gettext_lazy("Write in a few words what happened.")},
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    pictures = PicturesField(
        label=gettext_lazy("Pictures, such as screenshots"),
        required=False,
        help_text=gettext_lazy("At most three, as JPEG or PNG, of 10 MB together."),
        widget=SeveralPictures(attrs={"accept": "image/jpeg,image/png"}),
    )
    email = address_field(
        label=gettext_lazy("Your e-mail address"),
        required=False,
        help_text=gettext_lazy(
            "Only if you want to hear what came of it. Whoever has the number does not learn it."
        ),
    )
    web_page = forms.CharField(
        label=gettext_lazy("Leave this empty"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"}),
    )

    def clean(self) -> dict[str, Any]:
        """Ask once more where a field is filled in that people do not see: a program, or a helpful browser."""
        said = super().clean() or self.cleaned_data
        if said.get("web_page"):
            self.add_error(
                None, gettext_lazy("Something else than you filled in this form. Send it once more.")
            )
        return said

    def drawn(self) -> Sequence[bytes]:
        """Return the pictures, drawn anew; nothing of their files is kept. Raises Refusal."""
        return [drawn_anew(bytes(one.read(LARGEST_FILE + 1))) for one in self.cleaned_data["pictures"]]


@require_http_methods(["GET", "HEAD", "POST"])
def abuse(request: HttpRequest) -> HttpResponse:
    """Take in a report; nobody needs an account for it."""
    form = ReportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "abuse", form.cleaned_data["email"])
        if too_many is not None:
            return too_many
        try:
            _take_in(form)
        except Refusal as refusal:
            place = {"address": "email", "paper": "pictures"}
            form.add_error(place.get(refusal.code.split(".")[0].split("-")[0]), errors.sentence(refusal))
        else:
            return redirect("storefront:abuse_sent")
    if form.errors and request.FILES and "pictures" not in form.errors:
        form.add_error("pictures", gettext_lazy("Choose the pictures again: they do not come along twice."))
    around = {"form": form, "days": LOOKED_AT_WITHIN.days, "abuse_email": settings.ABUSE_EMAIL}
    return render(request, "storefront/abuse.html", around, status=422 if form.errors else 200)


def _take_in(form: ReportForm) -> None:
    said = form.cleaned_data
    reporting.report(
        number=said["number"],
        kind=AbuseKind(said["kind"]),
        said=said["said"],
        happened=said["happened"],
        address=said["email"],
        language=of_page(),
        pictures=form.drawn(),
        by=Actor.stranger(),
        at=clock.now(),
    )


@require_safe
def abuse_sent(request: HttpRequest) -> HttpResponse:
    """Say what comes next, the same to everybody."""
    return render(request, "storefront/abuse_sent.html", {"days": LOOKED_AT_WITHIN.days})


urlpatterns = [
    path("report-abuse/", abuse, name="abuse"),
    path("report-abuse/sent/", abuse_sent, name="abuse_sent"),
]
