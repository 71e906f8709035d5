"""The check of clause 0.1: who acts together is named, came in by a material change, and got nothing before."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.conf import settings

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import recipients
from ringfence.privacy.disclosure.group import named_in_force
from ringfence.privacy.disclosure.onward_models import HandOver
from ringfence.privacy.policy.drafting import LANGUAGES
from ringfence.privacy.policy.models import PolicyVersion
from ringfence.privacy.policy.versions import coming, current_text, in_force
from ringfence.privacy.policy_rules import ChangeKind
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Figure, Finding

TEXT_0_1: Final = gettext_noop(
    "Companies that act together: %(companies)s. Not named in the text in force: %(unnamed)s. Named there and no longer"
    " one of them: %(left)s. Companies that were added without the notice of a material change: %(unannounced)s. Times"
    " that one of them was given data: %(given)s, of these while the text in force did not name it: %(strangers)s."
)

HAND_OVERS: Final = 200
"""The newest times that a company was given data, which are held against the text that was in force then."""


def companies_are_named(at: datetime) -> Finding:
    """Clause 0.1: the version in force names the company and its group as the settings have them.

    While a version that does is public and does not count yet, it is due. Besides: no company came in but by a material
    change, and none was given anything that the text in force did not name.
    """
    acting = {str(settings.COMPANY_NAME), *recipients.group_companies()}
    found, announced = in_force(at), coming(at)
    unnamed = _unnamed(acting, found)
    parties = found.text.get("parties", {}) if found else {}
    named = {parties["company"], *parties["group"]} if parties else set()
    given = list(HandOver.objects.order_by("-at", "id")[:HAND_OVERS])
    figures: dict[str, Figure] = {
        "companies": len(acting),
        "unnamed": len(unnamed),
        "left": len(named - acting),
        "unannounced": _unannounced(),
        "given": HandOver.objects.count(),
        "strangers": sum(one.company not in named_in_force(one.at) for one in given),
    }
    if figures["unannounced"] or figures["strangers"]:
        return Finding(BROKEN, TEXT_0_1, figures)
    if not unnamed and not named - acting:
        return Finding(KEPT, TEXT_0_1, figures)
    is_announced = announced is not None and not _unnamed(acting, announced)
    return Finding(DUE_SOON if is_announced else BROKEN, TEXT_0_1, figures)


def _unannounced() -> int:
    """Return how many companies a version added to the group without being a material change; the first one began."""
    found, before = 0, None
    for one in PolicyVersion.objects.filter(withdrawal=None).order_by("number"):
        group = set(one.text.get("parties", {}).get("group", ()))
        if before is not None and one.kind != ChangeKind.MATERIAL:
            found += len(group - before)
        before = group
    return found


def _unnamed(acting: Collection[str], found: PolicyVersion | None) -> list[str]:
    clauses = [_clause(found, language, "0.1") for language in LANGUAGES] if found else [""]
    return [name for name in acting if not all(name in text for text in clauses)]


def _clause(found: PolicyVersion, language: str, number: str) -> str:
    sections = current_text(found, language)
    return next(
        (one["text"] for section in sections for one in section["clauses"] if one["number"] == number), ""
    )
