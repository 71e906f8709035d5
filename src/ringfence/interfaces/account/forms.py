"""Forms of the account."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from ringfence.accounts.rules import PASSWORD_LENGTH
from ringfence.interfaces import errors
from ringfence.interfaces.storefront import places
from ringfence.kernel.refusal import Refusal
from ringfence.shop import vat_numbers

FIELD_OF: Final = {
    "address-malformed": "email",
    "address-same": "email",
    "password-short": "password",
    "password-long": "password",
    "password-known": "password",
    "password-wrong": "password",
    "code-wrong": "code",
    "phone-malformed": "phone",
    "country-unknown": "country",
    "time-zone-unknown": "time_zone",
}
"""The field that a refusal belongs to, by its code."""


def show(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal at the field it belongs to."""
    field = FIELD_OF.get(refusal.code)
    form.add_error(field if field in form.fields else None, ValidationError(errors.sentence(refusal)))


def email_field(label: Any, **more: Any) -> forms.CharField:
    """Return a field for an e-mail address."""
    widget = forms.EmailInput(
        attrs={"autocomplete": "username", "spellcheck": "false", "autocapitalize": "none"}
    )
    return forms.CharField(label=label, max_length=320, widget=widget, **more)


def password_field(label: Any, kind: str, **more: Any) -> forms.CharField:
    """Return a field for a password; `kind` tells password keepers what it is."""
    widget = forms.PasswordInput(attrs={"autocomplete": kind})
    return forms.CharField(label=label, strip=False, max_length=512, widget=widget, **more)


def new_password_field(label: Any) -> forms.CharField:
    """Return a field for a new password."""
    return password_field(
        label,
        "new-password",
        help_text=format_lazy(
            _("At least {least} characters. A few words in a row are easy to remember."),
            least=PASSWORD_LENGTH[0],
        ),
    )


def code_field(label: Any, **more: Any) -> forms.CharField:
    """Return a field for a one-time code."""
    attributes = {"autocomplete": "one-time-code", "autocapitalize": "none", "spellcheck": "false"}
    return forms.CharField(label=label, max_length=40, widget=forms.TextInput(attrs=attributes), **more)


class LoginForm(forms.Form):
    """Address and password."""

    email = email_field(_("E-mail address"))
    password = password_field(_("Password"), "current-password")
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class RegisterForm(forms.Form):
    """Address and a new password; nothing else is asked before it is needed."""

    email = email_field(_("E-mail address"))
    password = new_password_field(_("Password"))


class AddressForm(forms.Form):
    """An address."""

    email = email_field(_("E-mail address"))


class NewAddressForm(forms.Form):
    """The address an account is to have."""

    email = email_field(_("New e-mail address"))


class PasswordForm(forms.Form):
    """The password one has."""

    password = password_field(_("Password"), "current-password")
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class NewPasswordForm(forms.Form):
    """A new password."""

    password = new_password_field(_("New password"))


class CodeForm(forms.Form):
    """A one-time code."""

    code = code_field(_("Code"))
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class PasskeyForm(forms.Form):
    """What the browser answers, and a name for a new passkey."""

    answer = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
    label = forms.CharField(label=_("Name of the passkey"), max_length=60, required=False)
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class NameForm(forms.Form):
    """A name for a passkey."""

    label = forms.CharField(label=_("Name of the passkey"), max_length=60)


class DetailsForm(forms.Form):
    """Everything about a customer that the customer owns (clause 4.1). All of it is optional until an order."""

    name = forms.CharField(
        label=_("Name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    consumer = forms.ChoiceField(
        label=_("You buy as"),
        choices=[("yes", _("A consumer")), ("no", _("A business"))],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Consumers have more time to cancel an order."),
    )
    company = forms.CharField(
        label=_("Company"),
        max_length=160,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    vat_number = forms.CharField(
        label=_("VAT number"),
        max_length=40,
        required=False,
        help_text=_("Of a business only: with a valid one it accounts for the VAT itself where it may."),
    )
    address = forms.CharField(
        label=_("Postal address"),
        max_length=400,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "street-address"}),
    )
    country = forms.ChoiceField(
        label=_("Country"),
        required=False,
        help_text=_("Its working days and holidays decide how long you can cancel."),
        widget=forms.Select(attrs={"autocomplete": "country"}),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), required=False)
    phone = forms.CharField(
        label=_("Phone number"),
        max_length=40,
        required=False,
        widget=forms.TelInput(attrs={"autocomplete": "tel"}),
    )
    language = forms.ChoiceField(
        label=_("Language of our letters"),
        choices=[("nb", "Norsk"), ("en", "English")],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fill the lists in the language of the page."""
        super().__init__(*args, **kwargs)
        empty = ("", _("Not said"))
        self.fields["country"].choices = [empty, *places.countries()]  # type: ignore[attr-defined] # it is a ChoiceField
        zones = [
            (name, name.replace("_", " "))
            for name in places.every_time_zone(self.initial.get("time_zone") or "")
        ]
        self.fields["time_zone"].choices = [empty, *zones]  # type: ignore[attr-defined] # it is a ChoiceField

    def clean(self) -> None:
        """Check the VAT number of a business by the country it gives."""
        said = self.cleaned_data
        if said.get("consumer") == "no" and said.get("vat_number"):
            try:
                said["vat_number"] = vat_numbers.checked(said.get("country", ""), said["vat_number"])
            except Refusal as refused:
                self.add_error("vat_number", ValidationError(errors.sentence(refused)))
