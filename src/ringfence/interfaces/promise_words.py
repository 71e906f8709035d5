"""Promises in words: a clause's standing as the policy page, the desk and machines show it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from ringfence.interfaces import writing
from ringfence.privacy.promises import BROKEN, NOT_ENFORCED
from ringfence.privacy.promises.history import Stretch
from ringfence.privacy.promises.running import Standing


def sentence(standing: Standing) -> str:
    """Return what the last check found, in the reader's language, with its figures written out."""
    if not standing.text:
        return _(standing.sentence) if standing.sentence else ""
    return _(standing.text) % {name: _figure(name, value) for name, value in standing.figures.items()}


def _figure(name: str, value: float) -> str:
    if name.endswith("_seconds"):
        return writing.lasting(timedelta(seconds=max(value, 0))) if value >= 1 else _("less than a second")
    return writing.whole(value)


def proof(standing: Standing) -> Mapping[str, Any]:
    """Return the standing as the policy's layout shows it; a result that is not fresh proves nothing now.

    A broken promise stays broken until a check says otherwise.
    """
    if standing.state == NOT_ENFORCED:
        return {"state": NOT_ENFORCED, "label": _("Not enforced by software yet"), "text": sentence(standing)}
    stale = (
        {} if _counts(standing) else {"state": NOT_ENFORCED, "label": _("The last check is too old to count")}
    )
    return {
        "state": standing.state,
        "label": "",
        "text": sentence(standing),
        "checked_at": standing.checked_at,
        "since": standing.since,
        **stale,
    }


def _counts(standing: Standing) -> bool:
    return standing.fresh or standing.state == BROKEN


def as_json(standing: Standing) -> dict[str, Any]:
    """Return the standing as machines read it."""
    return {
        "clause": standing.clause,
        "state": standing.state if _counts(standing) else NOT_ENFORCED,
        "checked_at": standing.checked_at.isoformat() if standing.checked_at else None,
        "since": standing.since.isoformat() if standing.since else None,
        "figures": standing.figures,
    }


def length(lasted: timedelta) -> str:
    """Write a length of time; nothing where there is none."""
    if lasted < timedelta(seconds=1):
        return ""
    return writing.lasting(lasted)


def stretch(one: Stretch, at: datetime) -> Mapping[str, Any]:
    """Return a stretch of time in one state, as pages show it."""
    return {
        "state": one.state,
        "since": one.since,
        "until": one.until,
        "length": length(one.lasted(at)) or _("less than a second"),
        "unchecked": length(one.unchecked),
    }
