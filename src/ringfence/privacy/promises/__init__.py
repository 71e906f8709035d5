"""Promises: a clause, a sentence, and a check over the live data that can fail (privacy-core section 6)."""

from ringfence.privacy.promises.registry import (
    BROKEN,
    DUE_SOON,
    KEPT,
    NOT_ENFORCED,
    Check,
    Finding,
    Promise,
    promise,
    promises,
    register,
)

__all__ = [
    "BROKEN",
    "DUE_SOON",
    "KEPT",
    "NOT_ENFORCED",
    "Check",
    "Finding",
    "Promise",
    "promise",
    "promises",
    "register",
]
