"""Who is still a customer: each room enters what makes somebody one, such as a number in service (clause 2.8).

An account whose owner is none any more, and has not signed in for as long as sign-ins are kept, ends.
"""

from collections.abc import Callable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

Living = Callable[[], QuerySet[Any]]
_reasons: dict[str, tuple[str, Living]] = {}


def enter(name: str, path: str, living: Living) -> None:
    """Enter what makes people customers: rows, and the lookup from a row to its person."""
    _reasons[name] = (path, living)


def is_one(outer: str = "pk") -> Q:
    """Return the condition on people that they are customers still; `outer` is the lookup to their id."""
    found = Q(pk__in=[])
    for path, living in _reasons.values():
        found |= Q(Exists(living().filter(**{path: OuterRef(outer)})))
    return found
