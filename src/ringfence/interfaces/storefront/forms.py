"""What a buyer is asked at the checkout, and only when it is not known yet (architecture; clause 1.2)."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from ringfence.accounts.queries import Profile
from ringfence.accounts.rules import normalised
from ringfence.interfaces import errors
from ringfence.interfaces.storefront import places
from ringfence.kernel.refusal import Refusal
from ringfence.privacy.payment_data import ALL_MARKS, MARKS_IN, PaymentData, find, holds_payment_data
from ringfence.shop import vat_numbers

CONSUMER: Final = "consumer"
BUSINESS: Final = "business"
LONGEST_NAME: Final = 120


def address_field(**more: Any) -> forms.CharField:
    """Return a field for the e-mail address of somebody who need not have an account."""
    widget = forms.EmailInput(
        attrs={"autocomplete": "email", "spellcheck": "false", "autocapitalize": "none"}
    )
    return forms.CharField(max_length=320, widget=widget, validators=[an_address], **more)


def an_address(text: str) -> None:
    """Refuse what is no e-mail address, together with whatever else is wrong in a form."""
    try:
        normalised(text)
    except Refusal as refused:
        raise ValidationError(errors.sentence(refused), code=refused.code) from None


REFUSED: Final = "payment_data"
"""The code of the error for what is never taken."""


def is_refused(text: str) -> bool:
    """Tell whether a text holds a card, account or identity number, or the mark of one that was removed."""
    return holds_payment_data(text) or any(mark in text for mark in ALL_MARKS)


def without_payment_data(text: str) -> None:
    """Refuse a card or account number, and the mark of one that was removed on the way in (clause 2.4)."""
    if not is_refused(text):
        return
    kinds = {one.kind for one in find(text)} | {
        kind for marks in MARKS_IN.values() for kind, mark in marks.items() if mark in text
    }
    if kinds == {PaymentData.IDENTITY}:
        said = _(
            "Not sent yet: there was a national identity number here. We never need one. Read it through, and send it"
            " again."
        )
    else:
        said = _(
            "Not sent yet: there is, or was, a card or account number here. We never take those. Read it through, and"
            " send it again."
        )
    raise ValidationError(said, code=REFUSED)


class BuyerForm(forms.Form):
    """The facts that an order needs and the account does not have."""

    name = forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        validators=[without_payment_data],
        help_text=_("Stands on the receipt, and nowhere else."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    country = forms.ChoiceField(
        label=_("Country you live in"),
        help_text=_("Decides the tax, and which holidays count in your time for cancelling."),
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    buyer = forms.ChoiceField(
        label=_("Who buys?"),
        choices=[(CONSUMER, _("I buy for myself")), (BUSINESS, _("I buy for a business"))],
        widget=forms.RadioSelect,
        help_text=_("Consumers in the EEA have the longest time for changing their mind."),
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"), help_text=_("So that times and deadlines are shown as your clock shows them.")
    )

    def __init__(self, profile: Profile, *args: Any, **kwargs: Any) -> None:
        """Ask only what the profile lacks; the time zone only where the country has more than one."""
        super().__init__(*args, **kwargs)
        self.profile = profile
        lacking = {
            "name": not profile.name,
            "country": not profile.country,
            "buyer": profile.consumer is None,
            "time_zone": bool(profile.country) and not profile.time_zone,
        }
        for field in [field for field, lacks in lacking.items() if not lacks]:
            del self.fields[field]
        if "country" in self.fields:
            self.fields["country"].choices = [("", _("Choose")), *places.countries()]  # type: ignore[attr-defined]
        if "time_zone" in self.fields:
            zones = places.time_zones(profile.country)
            self.fields["time_zone"].choices = [(zone, zone.replace("_", " ")) for zone in zones]  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """Return what was said, as `accounts.actions.set_profile` takes it."""
        said = self.cleaned_data
        found: dict[str, Any] = {
            name: said[name] for name in ("name", "country", "time_zone") if name in said
        }
        if "buyer" in said:
            found["consumer"] = said["buyer"] == CONSUMER
        zones = places.time_zones(found.get("country") or self.profile.country)
        if not self.profile.time_zone and "time_zone" not in found and len(zones) == 1:
            found["time_zone"] = zones[0]
        return found


class BusinessForm(forms.Form):
    """What a business may say of itself; nobody else is asked."""

    company = forms.CharField(
        label=_("Company"),
        max_length=LONGEST_NAME,
        required=False,
        validators=[without_payment_data],
        help_text=_("Stands on the invoice."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    vat_number = forms.CharField(
        label=_("VAT number"),
        max_length=LONGEST_NAME,
        required=False,
        validators=[without_payment_data],
        help_text=_("With it, a business in another country of the EEA accounts for the VAT itself."),
        widget=forms.TextInput(attrs={"autocapitalize": "characters", "spellcheck": "false"}),
    )

    def __init__(self, profile: Profile, said: QueryDict | None = None) -> None:
        """Begin with what the account says already."""
        self.profile = profile
        initial = {"company": profile.company, "vat_number": profile.vat_number}
        super().__init__(said, initial=initial)

    def clean_vat_number(self) -> str:
        """Take a number that can exist in the buyer's country, in its usual form; or none."""
        try:
            return vat_numbers.checked(self.profile.country, self.cleaned_data["vat_number"])
        except Refusal as refused:
            raise ValidationError(errors.sentence(refused)) from None

    def facts(self) -> dict[str, Any]:
        """Return what was said, as `accounts.actions.set_profile` takes it."""
        return dict(self.cleaned_data)
