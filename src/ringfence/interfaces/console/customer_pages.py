"""The desk's way to customers: found exactly, looked at for a stated purpose, and told to the customer."""

from babel import Locale
from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ringfence.accounts import actions, queries
from ringfence.interfaces import clock
from ringfence.interfaces.access import actor_of, limited, person_of, staff_only
from ringfence.interfaces.console import purpose
from ringfence.interfaces.pages import parts_in
from ringfence.kernel.actor import Role
from ringfence.kernel.public_ids import NotAPublicId, parse, public_id
from ringfence.telephony.lookups import holders_of, is_a_number, whole_number

SECTION_ORDER = 10
LOOKERS = (Role.SUPPORT, Role.PRIVACY, Role.OPERATIONS)


class PurposeForm(forms.Form):
    """Why a customer is looked at."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("Purpose"),
        help_text=gettext_lazy("The customer reads it, with the time and your role."),
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        """Offer the purposes in the language of the page."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type] # Django's own arguments
        said = list(purpose.SAID_AT_THE_DESK.items())
        self.fields["purpose"].choices = [("", _("Choose")), *said]  # type: ignore[attr-defined] # a ChoiceField


class SearchForm(PurposeForm):
    """Whom to look for: a whole address or number, since parts of sealed values cannot be searched."""

    wanted = forms.CharField(
        label=gettext_lazy("E-mail address, customer number, or a whole number of ours"),
        max_length=320,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("wanted", "purpose")


@staff_only(*LOOKERS)
def customers(request: HttpRequest) -> HttpResponse:
    """Find one customer, exactly."""
    form = SearchForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        too_many = limited(request, "search", str(person_of(request)))
        if too_many is not None:
            return too_many
        stated = form.cleaned_data["purpose"]
        person = actions.find_customer(
            wanted=_by_number(form.cleaned_data["wanted"]),
            by=actor_of(request).for_purpose(stated),
            at=clock.now(),
        )
        if person is not None:
            purpose.state(request, person, stated)
            return redirect("console:customer", number=public_id("cus", person))
        form.add_error("wanted", _("There is no customer with exactly this address or number."))
    return render(request, "console/customers.html", {"form": form})


def _by_number(wanted: str) -> str:
    """Return the customer who has a number that was typed in full; anything else as it is."""
    holders = holders_of(whole_number(wanted)) if is_a_number(wanted) else set()
    return public_id("cus", holders.pop()) if len(holders) == 1 else wanted


@staff_only(*LOOKERS)
def customer(request: HttpRequest, number: str) -> HttpResponse:
    """Show one customer, once a purpose is stated. Each view is a line that the customer reads."""
    try:
        person = parse(number, "cus")
    except NotAPublicId:
        raise Http404 from None
    if not queries.is_customer(person):
        raise Http404
    form = PurposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        purpose.state(request, person, form.cleaned_data["purpose"])
        return redirect("console:customer", number=public_id("cus", person))
    by = purpose.actor_looking_at(request, person)
    if by is None:
        return render(request, "console/customer_purpose.html", {"form": form, "number": number})
    profile = actions.look_at_customer(person=person, what="profile", by=by, at=clock.now())
    around = {
        "profile": profile,
        "purpose": purpose.SAID_AT_THE_DESK[by.purpose],
        "country": Locale.parse(get_language() or "en").territories.get(profile.country, profile.country),
        "sections": list(parts_in("ringfence.interfaces.console", "customer_section", request, person)),
    }
    return render(request, "console/customer.html", around)


def desk_section(request: HttpRequest) -> tuple[str, dict[str, object]] | None:
    """Offer the search on the desk to those who may use it."""
    if not actor_of(request).has(*LOOKERS):
        return None
    return "console/sections/search.html", {}


urlpatterns = [
    path("customers/", customers, name="customers"),
    path("customers/<str:number>/", customer, name="customer"),
]
