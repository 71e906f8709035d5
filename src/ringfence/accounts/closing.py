"""Accounts that are about to be closed by us: rooms enter who decides so, and nothing is sold to such a customer."""

from collections.abc import Callable
from uuid import UUID

_told_by: list[Callable[[UUID], bool]] = []


def decided_by(is_closing: Callable[[UUID], bool]) -> None:
    """Enter what tells whether a customer's account is about to be closed, as long as that can still be undone."""
    if is_closing not in _told_by:
        _told_by.append(is_closing)


def is_about_to_be_closed(subject: UUID) -> bool:
    """Tell whether a customer's account is about to be closed (clause 5.4). They may win their appeal."""
    return any(is_closing(subject) for is_closing in _told_by)
