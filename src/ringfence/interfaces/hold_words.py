"""Legal holds and classes of data in words, for staff and customers."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from ringfence.privacy import retention
from ringfence.privacy.retention.holds import HoldView, kept_back, shown_to
from ringfence.privacy.retention_rules import ARTICLES, CLASS_NAMES, HoldArticle, HoldState
from ringfence.telephony import queries


def of_customer(person: UUID, at: datetime) -> list[HoldView]:
    """Return the open holds on a customer, and on numbers that are theirs, or were as long as that is known."""
    return shown_to(person, at, queries.numbers_had_by(person))


def latest_end(rows: Collection[HoldView], classes: Collection[str]) -> datetime | None:
    """Return until when at the latest holds in force keep some data of some classes; None when none does."""
    ends = [one.until for one in rows if one.state is HoldState.ACTIVE and set(one.classes) & set(classes)]
    return max(ends, default=None)


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
