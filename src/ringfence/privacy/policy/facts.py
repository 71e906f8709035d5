"""The figures in the policy's text, taken from the settings and rules that the software itself obeys."""

from collections.abc import Callable

from django.conf import settings

from ringfence.privacy import rules
from ringfence.privacy.keys.actions import EPOCH_LENGTH, GRACE

_stated: dict[str, Callable[[], str]] = {
    "cancel_working_days": lambda: "2",
    "eea_days": lambda: "14",
}


def state(name: str, figure: Callable[[], str]) -> None:
    """Let a room say a figure of the text that it decides, such as the days of a withdrawal."""
    _stated[name] = figure


def facts() -> dict[str, str]:
    """Return every fact the text is filled with."""
    kept = {
        f"{name}_{unit}": str(length)
        for name, lasting in rules.KEPT.items()
        for unit, length in lasting.items()
    }
    return {
        "company": str(settings.COMPANY_NAME),
        "group_companies": ", ".join(getattr(settings, "GROUP_COMPANIES", ())),
        "contact_phone": str(settings.CONTACT_PHONE),
        "contact_email": str(settings.CONTACT_EMAIL),
        "request_days": str(rules.REQUEST_DAYS),
        "notice_days": str(rules.NOTICE_DAYS),
        "erasure_final_days": str((EPOCH_LENGTH + GRACE).days),
        "authority": str(getattr(settings, "SUPERVISORY_AUTHORITY", "Datatilsynet")),
        **kept,
        **{name: figure() for name, figure in _stated.items()},
    }
