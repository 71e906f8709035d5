"""Recording which version of the terms somebody has met (clause 5.1)."""

from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from uuid import UUID

from ringfence.kernel.actor import Actor

POLICY = "ringfence.privacy.policy"


def acknowledge(*, subject: UUID, moment: str, by: Actor, at: datetime) -> None:
    """Record the version in force, in the running action."""
    if find_spec(POLICY) is not None:
        import_module(POLICY).acknowledge(subject=subject, moment=moment, by=by, at=at)
