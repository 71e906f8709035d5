"""Publishing versions of the policy, finding the one in force, recording who was shown it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models.functions import Now  # noqa: TID251 - the database dates a publication itself

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import rules
from ringfence.privacy.policy.facts import facts
from ringfence.privacy.policy.models import Acknowledgement, PolicyVersion
from ringfence.privacy.policy_text import sections

MOMENTS: Final = ("registration", "order", "login")
"""When the version in force is put before a customer (clause 5.1)."""

PUBLISHING_LOCK: Final = 0x504F4C49
"""The advisory lock under which one version at a time is published."""

Text = dict[str, Any]


def drafted() -> Text:
    """Return the text as the software has it now, in both languages, with its figures filled in."""
    filled = facts()
    return {
        language: [asdict(section) for section in sections(filled, language)] for language in ("nb", "en")
    }


def digest_of(text: Text) -> bytes:
    """Return the digest of a version's text: over compact JSON with sorted keys."""
    compact = json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(compact.encode()).digest()


@action("privacy.publish_policy")
def publish(*, notice_days: int, by: Actor, at: datetime) -> PolicyVersion:
    """Publish the text as it is now; it takes effect when `notice_days` have passed.

    The database dates the publication. The digest of the text stands in the ledger from this moment. Raises
    Refusal when nothing changed since the last version, and when the notice is shorter than a day.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISHING_LOCK])
    newest = PolicyVersion.objects.order_by("-number").first()
    text = drafted()
    digest = digest_of(text)
    if newest and bytes(newest.digest) == digest:
        raise Refusal("policy_unchanged", gettext_noop("The text is the same as that of the last version."))
    if newest and notice_days < rules.LEAST_NOTICE_DAYS:
        raise Refusal(
            "notice_too_short", gettext_noop("A change must be public for at least a day before it counts.")
        )
    number = newest.number + 1 if newest else 1
    made = PolicyVersion.objects.create(
        number=number,
        notice_days=notice_days,
        effective_at=Now() + timedelta(days=notice_days),
        digest=digest,
        text=text,
    )
    about(version=number, digest=digest.hex(), notice_days=notice_days)
    made.refresh_from_db()
    return made


def ensure_first_version(*, by: Actor, at: datetime) -> PolicyVersion:
    """Return the newest version; publish the first one of a new installation, which counts at once."""
    newest = PolicyVersion.objects.order_by("-number").first()
    return newest or publish(notice_days=0, by=by, at=at)


def version(number: int) -> PolicyVersion | None:
    """Return a version, or None."""
    return PolicyVersion.objects.filter(number=number).first()


def versions() -> list[PolicyVersion]:
    """Return all versions, newest first, without their texts."""
    return list(PolicyVersion.objects.order_by("-number").defer("text"))


def in_force(at: datetime) -> PolicyVersion | None:
    """Return the version that counts at a moment. None before the first one was published."""
    started = PolicyVersion.objects.filter(effective_at__lte=at).order_by("-number").first()
    return started or PolicyVersion.objects.filter(number=1).first()


def current_text(found: PolicyVersion, language: str) -> list[dict[str, Any]]:
    """Return a version's sections in one language: `{number, title, clauses: [{number, text, law_note, article}]}`."""
    text: list[dict[str, Any]] = found.text[language]
    return text


@action("privacy.acknowledge")
def acknowledge(*, subject: UUID, moment: str, by: Actor, at: datetime) -> int:
    """Record that a person was shown the version in force (clause 5.1); return its number.

    `moment` is one of `MOMENTS`. At a login nothing is recorded again for a version already seen. This is an
    acknowledgement and never a consent.
    """
    if moment not in MOMENTS:
        raise ValueError(f"not a moment of acknowledging: {moment}")
    found = in_force(at) or ensure_first_version(by=Actor.system("privacy"), at=at)
    if moment == "login" and acknowledged(subject, found.number):
        nothing_happened()
        return found.number
    Acknowledgement.objects.create(subject=subject, version=found, moment=moment, acknowledged_at=at)
    about(subject, version=found.number, moment=moment)
    return found.number


def acknowledged(subject: UUID, number: int) -> bool:
    """Tell whether a person was shown a version."""
    return Acknowledgement.objects.filter(subject=subject, version_id=number).exists()


def unacknowledged(subjects: Iterable[UUID]) -> int:
    """Return how many of some people were never shown any version; 0 keeps clause 5.1."""
    asked = set(subjects)
    seen = Acknowledgement.objects.filter(subject__in=asked).values_list("subject", flat=True).distinct()
    return len(asked - set(seen))
