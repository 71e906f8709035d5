"""The stock in words: the states of a number, the documents it needs, the steps of an import."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from ringfence.telephony.rules import DocumentKind, ImportState, NumberState

STATES: Final[dict[NumberState, Promise]] = {
    NumberState.AVAILABLE: gettext_lazy("For sale"),
    NumberState.HELD: gettext_lazy("On hold"),
    NumberState.IN_SERVICE: gettext_lazy("In service"),
    NumberState.SUSPENDED: gettext_lazy("Suspended"),
    NumberState.QUARANTINE: gettext_lazy("At rest"),
    NumberState.RETIRED: gettext_lazy("Retired"),
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
