"""Entering an exit: whoever hands personal data to somebody enters it here first (clause 2.5)."""

import re
from collections.abc import Collection
from datetime import date
from typing import Final
from uuid import UUID

from ringfence.kernel.action import Fact, about, by_whom_and_when
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import recipients
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.inventory import personal_fields

_NOT_IN_A_FACT: Final = re.compile(r"[^A-Za-z0-9_., /-]")
LONGEST_FACT: Final = 120


def entered(  # noqa: PLR0913 - each is a part of an entry
    *,
    recipient: str,
    name: str,
    clause: str,
    basis: str,
    fields: Collection[str],
    subjects: Collection[UUID],
    case: str = "",
    quiet_until: date | None = None,
) -> list[UUID]:
    """Enter what somebody gets, inside the running action; return the ids, in the order of the people given.

    One row a person, and none for nobody; in the ledger a line for each, or one about nobody while it is kept quiet.
    Raises Refusal for a recipient that is not entered, for no field, and for one that nobody declared or that it may
    not get.
    """
    found = next((one for one in recipients.entered() if one.key == recipient), None)
    if found is None:
        raise Refusal(
            "unknown_recipient",
            gettext_noop("Nobody is entered as a recipient under this name: nothing was handed over."),
        )
    _require_allowed(found, fields)
    by, at = by_whom_and_when()
    whose, names = list(dict.fromkeys(subjects)), sorted(set(fields))
    entry = {"recipient": recipient, "name": name, "clause": clause, "basis": basis, "fields": names}
    rows = Disclosure.objects.bulk_create(
        Disclosure(subject=one, **entry, decided_by=str(by), case=case, quiet_until=quiet_until, at=at)
        for one in whose
    )
    said = facts_of(recipient=recipient, clause=clause, basis=basis, fields=names)
    about(*(() if quiet_until else whose), **said, disclosed=len(whose), case=case)
    return [row.pk for row in rows]


def facts_of(*, recipient: str, clause: str, basis: str, fields: Collection[str]) -> dict[str, Fact]:
    """Return what the line about an entry says, by which it is found again: to whom, on which ground, and what."""
    said: dict[str, Fact] = {"recipient": recipient, "clause": clause, "basis": _as_fact(basis)}
    return said | {f"field_{place}": one for place, one in enumerate(fields, 1)}


def _require_allowed(recipient: recipients.Recipient, fields: Collection[str]) -> None:
    if not fields:
        raise Refusal("no_fields", gettext_noop("Say which data it is: without any, nothing is handed over."))
    unknown = set(fields) - {str(one) for one in personal_fields()}
    if unknown:
        raise Refusal(
            "undeclared_field",
            gettext_noop("Nobody declared %(fields)s: only what is in the inventory is handed over."),
            fields=", ".join(sorted(unknown)),
        )
    if beyond := set(fields) - recipient.may_get():
        raise Refusal(
            "field_not_allowed",
            gettext_noop("This recipient may not get %(fields)s."),
            fields=", ".join(sorted(beyond)),
        )


def _as_fact(text: str) -> str:
    return _NOT_IN_A_FACT.sub("", text.replace("(", ".").replace(")", ""))[:LONGEST_FACT]
