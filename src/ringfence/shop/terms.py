"""The terms a buyer has seen (clause 5.1)."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from uuid import UUID

from ringfence.kernel.actor import Actor

POLICY = "ringfence.privacy.policy"


def acknowledge(*, subject: UUID, by: Actor, at: datetime) -> str:
    """Record that a buyer was shown the terms in force; return the version's name, empty when there is none."""
    if find_spec(POLICY) is None:
        return ""
    return str(import_module(POLICY).acknowledge(subject=subject, moment="order", by=by, at=at) or "")
