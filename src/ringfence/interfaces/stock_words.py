"""The stock in words: what is sold, the states of a number, the documents it needs, the steps of an import."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ringfence.telephony.rules import DocumentKind, ImportState, NumberState, SoldType

KINDS: Final[dict[str, Promise]] = {
    SoldType.GEOGRAPHIC: gettext_lazy("Landline number"),
    SoldType.NATIONAL: gettext_lazy("National number"),
    SoldType.MOBILE: gettext_lazy("Mobile number"),
    SoldType.TOLL_FREE: gettext_lazy("Free for the caller"),
    SoldType.SHARED_COST: gettext_lazy("Shared cost"),
}
CAPABILITIES: Final[dict[str, Promise]] = {
    "voice": gettext_lazy("Calls"),
    "sms": gettext_lazy("SMS"),
    "mms": gettext_lazy("MMS"),
    "fax": gettext_lazy("Fax"),
}
STATES: Final[dict[NumberState, Promise]] = {
    NumberState.AVAILABLE: gettext_lazy("For sale"),
    NumberState.HELD: gettext_lazy("On hold"),
    NumberState.IN_SERVICE: gettext_lazy("In service"),
    NumberState.SUSPENDED: gettext_lazy("Suspended"),
    NumberState.QUARANTINE: gettext_lazy("At rest"),
    NumberState.RETIRED: gettext_lazy("Retired"),
}
BY_STAFF: Final = "staff-"
"""What stands before their purpose in the reason for which staff suspended a number."""
SUSPENDED_FOR: Final[dict[str, Promise]] = {
    "abuse": gettext_lazy("A case of abuse"),
    "unpaid": gettext_lazy("The renewal is not paid"),
}
TONES: Final[dict[NumberState, str]] = {
    NumberState.HELD: "due",
    NumberState.SUSPENDED: "broken",
    NumberState.QUARANTINE: "plain",
    NumberState.RETIRED: "plain",
}
DOCUMENTS: Final[dict[DocumentKind, Promise]] = {
    DocumentKind.IDENTITY: gettext_lazy("Proof of identity"),
    DocumentKind.ADDRESS: gettext_lazy("Proof of address"),
    DocumentKind.COMPANY: gettext_lazy("Company registration"),
}
IMPORTS: Final[dict[ImportState, Promise]] = {
    ImportState.CHECKING: gettext_lazy("Being looked through"),
    ImportState.CHECKED: gettext_lazy("Waits for your word"),
    ImportState.TAKING_IN: gettext_lazy("Being taken in"),
    ImportState.DONE: gettext_lazy("Taken in"),
    ImportState.CANCELLED: gettext_lazy("Called off"),
    ImportState.FAILED: gettext_lazy("Could not be read"),
}
IMPORT_TONES: Final[dict[ImportState, str]] = {
    ImportState.CHECKED: "due",
    ImportState.CANCELLED: "plain",
    ImportState.FAILED: "broken",
}
