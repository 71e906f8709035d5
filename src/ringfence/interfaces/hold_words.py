"""Legal holds and classes of data in words, for staff and customers."""

from typing import Any

from django.utils.translation import gettext as _

from ringfence.privacy import retention
from ringfence.privacy.retention.holds import HoldView, kept_back
from ringfence.privacy.retention_rules import ARTICLES, CLASS_NAMES, HoldArticle, HoldState


def kinds(one: HoldView) -> list[tuple[str, int]]:
    """Return how many records a hold keeps back, by what staff call them."""
    titles = {model._meta.label: entry.title for entry in retention.entered() for model in entry.tables}
    found: dict[str, int] = {}
    for label, count in one.kept.items():
        title = _(titles[label]) if label in titles else _(CLASS_NAMES["account"])
        found[title] = found.get(title, 0) + count
    return sorted(found.items())


def shown(one: HoldView) -> dict[str, Any]:
    """Return a hold as pages show it."""
    is_own = one.article == HoldArticle.RESTRICTED
    return {
        "hold": one,
        "is_own": is_own,
        "since": one.asked_at if is_own else one.begins_at,
        "reason": _(one.reason) if one.reason else "",
        "classes": [_(CLASS_NAMES[name]) for name in one.classes],
        "article": _(ARTICLES[one.article]) if one.article in ARTICLES else one.article,
        "state": _(str(one.state)),
        "tag": "due" if one.state is HoldState.ASKED else "",
        "kept": kept_back([one]),
    }
