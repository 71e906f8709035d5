"""Handing data to a company of the group: to one that the policy names, as an entry, with a package (clause 0.1)."""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import models

from ringfence.kernel.action import action
from ringfence.kernel.actor import Actor, Role
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import recipients, register
from ringfence.privacy.copying.held import is_withheld
from ringfence.privacy.copying.sources import plain
from ringfence.privacy.disclosure.entering import entered
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import HandOver
from ringfence.privacy.inventory import DeclaredField, personal_fields
from ringfence.privacy.policy.versions import in_force
from ringfence.privacy.requests import effects
from ringfence.privacy.rules import RequestKind

GROUP: Final = "group"
BASIS: Final = "GDPR art. 6(1)(f)"
MOST_PEOPLE: Final = 200
LONGEST_PURPOSE: Final = 300


@dataclass(frozen=True, slots=True)
class Company:
    """A company of the group; only one that the policy in force names can be given anything."""

    name: str
    is_in_force: bool


def companies(at: datetime) -> list[Company]:
    """Return the companies of the settings, and whether the policy in force names each."""
    named = named_in_force(at)
    return [Company(name, name in named) for name in recipients.group_companies()]


def named_in_force(at: datetime) -> frozenset[str]:
    """Return the companies of the group that the policy in force names."""
    found = in_force(at)
    return frozenset(found.text.get("parties", {}).get("group", ())) if found else frozenset()


def fields_to_choose() -> list[DeclaredField]:
    """Return the fields that a company of the group may be given, in the order of the inventory."""
    allowed = next((one.may_get() for one in recipients.known() if one.key == GROUP), frozenset())
    return [one for one in personal_fields() if str(one) in allowed]


@dataclass(frozen=True, slots=True, repr=False)
class Package:
    """What a company gets, made in the very action that enters it and stored nowhere."""

    name: str
    content: bytes


@action("privacy.hand_over")
def hand_over(
    *,
    company: str,
    purpose: str,
    fields: Collection[str],
    subjects: Collection[UUID],
    by: Actor,
    at: datetime,
) -> Package:
    """Enter that a company gets some fields of some people, and return the package.

    Raises Refusal for somebody without the role, for a company that is not on the list or not named by the policy in
    force, without a purpose or people, for somebody who restricted this use or objected to it (GDPR art. 18, 21), and
    for a field that it may not get.
    """
    _require_allowed(company, purpose, subjects, by, at)
    people = list(dict.fromkeys(subjects))
    made = HandOver.objects.create(
        company=company,
        purpose=purpose.strip(),
        fields=sorted(set(fields)),
        people=len(people),
        decided_by=str(by),
        at=at,
    )
    entries = entered(
        recipient=GROUP,
        name=company,
        clause="0.1",
        basis=BASIS,
        fields=fields,
        subjects=people,
        case=made.public_id,
    )
    return _package(made, dict(zip(entries, people, strict=True)))


def _package(made: HandOver, people: Mapping[UUID, UUID]) -> Package:
    """Return what the company gets: of each person the records of the scope, under the id of their entry."""
    rows = {row.pk: row for row in Disclosure.objects.filter(pk__in=people)}
    chosen = [one for one in personal_fields() if str(one) in made.fields]
    content = {
        "reference": made.public_id,
        "for": made.company,
        "purpose": made.purpose,
        "made_at": plain(made.at),
        "fields": made.fields,
        "people": [
            {"reference": rows[entry].public_id, "records": list(_records(chosen, person))}
            for entry, person in people.items()
        ],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n"
    return Package(f"{made.public_id}.json", text.encode())


def _require_allowed(company: str, purpose: str, subjects: Collection[UUID], by: Actor, at: datetime) -> None:
    if not by.has(Role.PRIVACY):
        raise Refusal(
            "role_missing",
            gettext_noop("Only those who answer for privacy hand data to a company of the group."),
        )
    if company not in recipients.group_companies():
        raise Refusal(
            "not_of_the_group", gettext_noop("%(company)s is no company of the group."), company=company
        )
    if company not in named_in_force(at):
        raise Refusal(
            "not_in_the_policy",
            gettext_noop(
                "The terms in force do not name %(company)s yet. Publish a version that does, and wait until it counts."
            ),
            company=company,
        )
    if not purpose.strip() or len(purpose.strip()) > LONGEST_PURPOSE:
        raise Refusal("no_purpose", gettext_noop("Say in a sentence what the company needs the data for."))
    if not subjects:
        raise Refusal("nobody", gettext_noop("Say whose data it is."))
    if len(set(subjects)) > MOST_PEOPLE:
        raise Refusal("too_many", gettext_noop("At most %(most)s people at a time."), most=MOST_PEOPLE)
    if stopped := effects.who_stopped(subjects, (RequestKind.RESTRICT, RequestKind.OBJECT)):
        raise Refusal(
            "use_stopped",
            gettext_noop(
                "A company of the group gets nothing of customers who have restricted the use of their data or objected"
                " to it. Leave these out: %(people)s."
            ),
            people=", ".join(sorted(public_id("cus", one) for one in stopped)),
        )


def _records(chosen: list[DeclaredField], person: UUID) -> Iterator[dict[str, Any]]:
    by_model: dict[type[models.Model], list[DeclaredField]] = {}
    for one in chosen:
        if not is_withheld(one):
            by_model.setdefault(one.model, []).append(one)
    for model, fields in by_model.items():
        for row in register.rows_for(model, person).order_by("pk"):
            yield {"kind": model._meta.label, **{one.name: _shown(row, one) for one in fields}}


def _shown(row: models.Model, one: DeclaredField) -> Any:
    value = register.shown(row, one.name)
    if isinstance(value, bytes):
        return one.declaration.read(value) if one.declaration.read else value.decode("utf-8", "replace")
    return plain(value)
