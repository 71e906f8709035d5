"""What the public pages said when they were last fetched, as any visitor fetches them (clauses 5.2, 7.1, 7.4)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.policy.models import PageReading

POLICY_PAGE: Final = re.compile(r"/policy/(?:(\d+)/)?$")
"""The page of the version in force, and those of each version."""


@dataclass(frozen=True, slots=True)
class Read:
    """A page as it was fetched.

    `words` is the digest of the policy's words on it, and `version` the version that it says it shows; None where a
    page shows none. `hosts` are those of others that it links to, `outbound` counts the links. `faults` are codes
    with how often each was found.
    """

    path: str
    language: str
    version: int | None = None
    words: bytes | None = None
    outbound: int = 0
    hosts: Sequence[str] = ()
    faults: Mapping[str, int] = field(default_factory=dict)


@action("privacy.note_pages")
def note(*, read: Sequence[Read], failed: Sequence[str], by: Actor, at: datetime) -> None:
    """Store what the pages said; those that could not be fetched keep what they said last. Others are forgotten."""
    nothing_happened()
    PageReading.objects.exclude(pk__in=[*(one.path for one in read), *failed]).delete()
    known = PageReading.objects.in_bulk()
    for one in read:
        row = known.get(one.path) or PageReading(path=one.path)
        row.read_at, row.failed_at, row.looked_at = at, None, at
        row.language, row.version, row.words = one.language, one.version, one.words
        row.outbound, row.hosts, row.faults = one.outbound, sorted(set(one.hosts)), dict(one.faults)
        row.save()
    for path in failed:
        row = known.get(path) or PageReading(path=path, language=path[1:3])
        row.failed_at, row.looked_at = row.failed_at or at, at
        row.save()


def readings() -> list[PageReading]:
    """Return what each page said last, by its address."""
    return list(PageReading.objects.order_by("path"))
