"""The policy and terms: versions, when they count, and who was shown them (clauses 5.1 and 5.2)."""

from ringfence.privacy.policy.models import PolicyVersion
from ringfence.privacy.policy.versions import (
    MOMENTS,
    acknowledge,
    acknowledged,
    current_text,
    digest_of,
    drafted,
    ensure_first_version,
    in_force,
    publish,
    unacknowledged,
    version,
    versions,
)

__all__ = [
    "MOMENTS",
    "PolicyVersion",
    "acknowledge",
    "acknowledged",
    "current_text",
    "digest_of",
    "drafted",
    "ensure_first_version",
    "in_force",
    "publish",
    "unacknowledged",
    "version",
    "versions",
]
