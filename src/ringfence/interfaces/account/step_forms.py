"""The form of one step: what rings, and for how long."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ringfence.interfaces import errors
from ringfence.kernel.refusal import Refusal
from ringfence.telephony import forwarding, phone_queries
from ringfence.telephony.actions.route_ground import Wanted
from ringfence.telephony.ports import StepKind
from ringfence.telephony.route_queries import StepView
from ringfence.telephony.route_rules import LEAST_RING, MOST_RING, USUAL_RING, PlanName
from ringfence.telephony.targets import read_sip_address

KINDS: Final = {
    StepKind.SIP: gettext_lazy("A SIP address: a phone system or an app of another provider"),
    StepKind.PHONE: gettext_lazy("A phone of yours that is registered here"),
    StepKind.FORWARD: gettext_lazy("Another phone number, fixed or mobile"),
    StepKind.MAIL: gettext_lazy("Nothing: you get a letter about the missed call"),
}
FIELD_OF: Final = {
    "destination": "sip_uri",
    "forward": "number",
    "step.phone": "phone",
    "step.ring_seconds": "ring_seconds",
}
"""The field that a refusal belongs to, by its code or the beginning of it."""


RING_SECONDS: Final = format_lazy(
    gettext_lazy("A destination rings for {least} to {most} seconds."), least=LEAST_RING, most=MOST_RING
)
CHOOSE_PHONE: Final = gettext_lazy("Choose one of your phones.")
GIVE_CALLS: Final = gettext_lazy("Give a whole number from 1 on, or leave it empty.")

NEEDED: Final[dict[str, set[str]]] = {
    StepKind.SIP: {"sip_uri", "ring_seconds"},
    StepKind.PHONE: {"phone", "ring_seconds"},
    StepKind.FORWARD: {"number", "ring_seconds"},
}
"""The fields that a kind needs; mail needs none."""


class StepForm(forms.Form):
    """What rings. Only the fields of the chosen kind are read."""

    use_required_attribute = False
    kind = forms.ChoiceField(
        label=gettext_lazy("What rings"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose one of these kinds of what rings.")
        ),
        widget=forms.RadioSelect,
    )
    sip_uri = forms.CharField(
        label=gettext_lazy("SIP address"),
        max_length=255,
        help_text=gettext_lazy("For example office@pbx.example or 1001@sip.example.com:5060."),
        error_messages={
            "required": gettext_lazy("Give the SIP address that is to ring, such as office@pbx.example."),
            "max_length": gettext_lazy("That is too long for a SIP address."),
        },
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "spellcheck": "false",
                "inputmode": "email",
                "autocapitalize": "none",
            }
        ),
    )
    phone = forms.ChoiceField(
        label=gettext_lazy("Phone"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), CHOOSE_PHONE),
    )
    number = forms.CharField(
        label=gettext_lazy("Phone number"),
        max_length=40,
        help_text=gettext_lazy("With its country code, such as +44 20 7946 0100."),
        error_messages={
            "required": gettext_lazy("Give the phone number that is to ring, with its country code."),
            "max_length": gettext_lazy("That is too long for a phone number."),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "tel"}),
    )
    ring_seconds = forms.IntegerField(
        label=gettext_lazy("Seconds it rings before the next step"),
        min_value=LEAST_RING,
        max_value=MOST_RING,
        initial=USUAL_RING,
        help_text=format_lazy(
            gettext_lazy("{least} to {most}. A ring lasts about five seconds."),
            least=LEAST_RING,
            most=MOST_RING,
        ),
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), RING_SECONDS),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )

    def __init__(self, person: UUID, *args: Any, **kwargs: Any) -> None:
        """Offer the kinds that are possible here, and the phones this person has."""
        super().__init__(*args, **kwargs)
        self.phones = phone_queries.phones_of(person)
        kinds = [kind for kind in KINDS if kind is not StepKind.FORWARD or forwarding.is_possible()]
        choice = self.fields["kind"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(kind.value, KINDS[kind]) for kind in kinds]
        choice.initial = StepKind.SIP.value
        phone = self.fields["phone"]
        assert isinstance(phone, forms.ChoiceField)
        phone.choices = [(str(one.id), str(one.name.open())) for one in self.phones]

    @property
    def can_forward(self) -> bool:
        """Whether calls can be forwarded to phone numbers here."""
        return forwarding.is_possible()

    def clean(self) -> dict[str, Any]:
        """Let go of troubles with fields that the chosen kind does not need."""
        cleaned = super().clean() or self.cleaned_data
        needed = NEEDED.get(cleaned.get("kind", ""), set())
        for name in {"sip_uri", "phone", "number", "ring_seconds"} - needed:
            self.errors.pop(name, None)
        if "phone" in needed and not self.phones:
            self.errors.pop("phone", None)
            self.add_error("kind", _("You have no phone here yet. Add one first."))
        if "sip_uri" in needed and cleaned.get("sip_uri"):
            try:
                read_sip_address(cleaned["sip_uri"])
            except Refusal as refusal:
                # Said at once, together with whatever else is wrong.
                self.show(refusal)
        return cleaned

    def wanted(self) -> Wanted:
        """Return the step that the form asks for."""
        kind = StepKind(self.cleaned_data["kind"])
        target = {StepKind.SIP: "sip_uri", StepKind.FORWARD: "number"}.get(kind)
        phone = UUID(self.cleaned_data["phone"]) if kind is StepKind.PHONE else None
        return Wanted(
            kind,
            str(self.cleaned_data[target]) if target else "",
            phone,
            int(self.cleaned_data.get("ring_seconds") or 0),
        )

    def show(self, refusal: Refusal) -> None:
        """Show a refusal at the field it belongs to."""
        field = FIELD_OF.get(refusal.code) or FIELD_OF.get(refusal.code.partition(".")[0])
        self.add_error(field, errors.sentence(refusal))


def prefix_of(plan: PlanName) -> str | None:
    """Return what the names of a form's fields begin with, so that two chains can stand on one page."""
    return None if plan is PlanName.OPEN else plan.value


def initial_of(step: StepView) -> dict[str, Any]:
    """Return what the form of a step that is there begins with."""
    return {
        "kind": step.kind.value,
        "sip_uri": step.target if step.kind is StepKind.SIP else "",
        "phone": str(step.phone or ""),
        "number": step.target if step.kind is StepKind.FORWARD else "",
        "ring_seconds": step.ring_seconds or USUAL_RING,
    }


class AnsweringForm(forms.Form):
    """What happens when a step is busy, and how many calls there may be at once."""

    stop_when_busy = forms.TypedChoiceField(
        label=gettext_lazy("When what rings is busy"),
        choices=(
            ("no", gettext_lazy("Go on with the next step")),
            ("yes", gettext_lazy("Tell the caller that it is busy")),
        ),
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    calls_at_once = forms.IntegerField(
        label=gettext_lazy("Calls at once"),
        min_value=1,
        required=False,
        help_text=gettext_lazy(
            "Further callers hear that it is busy. Leave it empty for as many as the number takes."
        ),
        error_messages=dict.fromkeys(("invalid", "min_value"), GIVE_CALLS),
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
