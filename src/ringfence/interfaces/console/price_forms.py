"""Forms of the price list: one price, a file of prices, and what is looked for."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from ringfence.interfaces import errors
from ringfence.interfaces.stock_words import KINDS
from ringfence.interfaces.storefront import places
from ringfence.kernel.refusal import Refusal
from ringfence.shop import price_files
from ringfence.shop.price_rules import CURRENCIES
from ringfence.telephony.rules import SoldType

CURRENCY_CHOICES: Final = [(code, code) for code in CURRENCIES]
LARGEST_FILE: Final = 1_000_000


def _types() -> list[tuple[str, Any]]:
    return [(kind.value, KINDS[kind]) for kind in SoldType]


class AmountsForm(forms.Form):
    """The two amounts of a price, without VAT. `currency` is that of the price."""

    monthly = forms.CharField(
        label=_("Each month"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    setup = forms.CharField(
        label=_("Set-up, once"),
        max_length=20,
        required=False,
        help_text=_("Empty means that it is free."),
        widget=forms.TextInput(attrs={"inputmode": "decimal"}),
    )

    def clean(self) -> None:
        """Read both amounts in the currency."""
        currency = self.currency()
        for name in ("monthly", "setup"):
            if currency and name in self.cleaned_data:
                try:
                    self.cleaned_data[name] = price_files.amount(self.cleaned_data[name] or "0", currency)
                except Refusal as refused:
                    self.add_error(name, ValidationError(errors.sentence(refused)))
        monthly = self.cleaned_data.get("monthly")
        if currency and monthly is not None and monthly.is_zero:
            self.add_error("monthly", _("A month costs more than nothing."))

    def currency(self) -> str:
        """Return the currency the amounts are in."""
        return str(self.initial.get("currency", ""))


class NewPriceForm(AmountsForm):
    """A price for a country and type that has none yet, or for one that has."""

    country = forms.ChoiceField(label=_("Country"))
    kind = forms.ChoiceField(label=_("Type"), choices=_types)
    currency_ = forms.ChoiceField(label=_("Currency"), choices=CURRENCY_CHOICES)
    field_order = ("country", "kind", "currency_", "monthly", "setup")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fill the list of countries in the language of the page."""
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Choose")), *places.countries()]  # type: ignore[attr-defined]

    def currency(self) -> str:
        """Return the currency that was chosen."""
        return str(self.cleaned_data.get("currency_", ""))


class PriceSearchForm(forms.Form):
    """What the list is narrowed to."""

    country = forms.ChoiceField(label=_("Country"), required=False)
    kind = forms.ChoiceField(label=_("Type"), required=False)
    currency = forms.ChoiceField(label=_("Currency"), required=False)

    def __init__(self, countries: list[str], *args: Any, **kwargs: Any) -> None:
        """Offer the countries that have a price."""
        super().__init__(*args, **kwargs)
        every = ("", _("All"))
        named = sorted(((code, places.country(code)) for code in countries), key=lambda pair: pair[1])
        self.fields["country"].choices = [every, *named]  # type: ignore[attr-defined]
        self.fields["kind"].choices = [every, *_types()]  # type: ignore[attr-defined]
        self.fields["currency"].choices = [every, *CURRENCY_CHOICES]  # type: ignore[attr-defined]


class FileForm(forms.Form):
    """A file of prices."""

    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "With the columns country, type, currency, monthly and setup. Prices it does not name stay."
        ),
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )

    def clean_file(self) -> list[str]:
        """Return the lines of the file as text."""
        given = self.cleaned_data["file"]
        if given.size > LARGEST_FILE:
            raise ValidationError(_("The file is larger than a megabyte."))
        try:
            return str(given.read().decode("utf-8-sig")).splitlines()
        except UnicodeDecodeError:
            raise ValidationError(_("The file is not a text in UTF-8. Save it as CSV in UTF-8.")) from None
