"""Handing over for tests: a group in the settings and in the terms in force, and somebody who may hand over."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from pytest_django import Settings

from ringfence.kernel.actor import Actor, Role
from ringfence.privacy import policy, sweeping
from ringfence.privacy.disclosure import group
from ringfence.privacy.disclosure.group import Package
from ringfence.privacy.policy import ChangeKind
from tests.world import SYSTEM

COMPANY = "Example Subsidiary AS"
NAME, EMAIL = "accounts.Person.name", "accounts.Person.email"


def in_the_terms(settings: Settings, at: datetime) -> None:
    """Have a group whose companies the first version of the terms names."""
    settings.GROUP_COMPANIES = (COMPANY,)
    sweeping.found(by=SYSTEM, at=at)


def announced(settings: Settings, company: str, at: datetime, kind: ChangeKind = ChangeKind.MATERIAL) -> None:
    """Add a company to the settings, and publish a version that names it."""
    settings.GROUP_COMPANIES = (*settings.GROUP_COMPANIES, company)
    seen = policy.prepare(kind=kind, summary={"nb": "Flere.", "en": "More."}, by=SYSTEM, at=at)
    policy.publish(seen=seen, by=SYSTEM, at=at)


def staff(role: Role = Role.PRIVACY) -> Actor:
    """Return a member of staff nobody has met yet."""
    return Actor.staff(uuid4(), frozenset({role}), purpose="group")


def hand_over(*people: UUID, at: datetime, **said: Any) -> Package:
    """Hand the names of some people to the company."""
    wanted: dict[str, Any] = {
        "company": COMPANY,
        "purpose": "The company answers the phone for us",
        "fields": [NAME],
        "subjects": people,
        "by": staff(),
        "at": at,
    }
    return group.hand_over(**{**wanted, **said})


def later(at: datetime, days: int) -> datetime:
    """Return a moment some days later."""
    return at + timedelta(days=days)
