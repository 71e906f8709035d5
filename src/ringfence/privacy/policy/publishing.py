"""From the draft to the version that counts: prepare, publish, withdraw (clause 5.2)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models.functions import Now  # noqa: TID251 - the database dates a publication itself

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.moments import database_moment
from ringfence.privacy.policy.drafting import LANGUAGES, Text, digest_of, drafted, matters
from ringfence.privacy.policy.models import PolicyDraft, PolicyVersion, PolicyWithdrawal
from ringfence.privacy.policy_rules import NOTICE, ChangeKind, VersionState, require_move, version_state

PUBLISHING_LOCK: Final = 0x504F4C49
"""The advisory lock under which one version at a time is published."""

LONGEST_SUMMARY: Final = 2_000


def draft() -> PolicyDraft | None:
    """Return what is prepared for the next version, or None."""
    return PolicyDraft.objects.first()


@action("privacy.prepare_policy")
def prepare(*, kind: ChangeKind, summary: Mapping[str, str], by: Actor, at: datetime) -> bytes:
    """Prepare the text as it is now for publication, and say in both languages what it changes; return its digest.

    Raises Refusal when nothing changed, when the summary lacks a language, and when a correction would change a figure,
    what is held, or who gets it.
    """
    text = drafted()
    digest = digest_of(text)
    newest = newest_standing()
    _require_publishable(newest, text, digest, kind)
    told = {language: summary.get(language, "").strip()[:LONGEST_SUMMARY] for language in LANGUAGES}
    if not all(told.values()):
        raise Refusal(
            "policy_summary_missing",
            gettext_noop(
                "Say in both languages what changes, in a sentence or two. Customers read it first."
            ),
        )
    row = PolicyDraft.objects.first() or PolicyDraft()
    row.kind, row.summary, row.digest, row.prepared_at = kind, told, digest, at
    row.save()
    about(digest=digest.hex(), kind=str(kind))
    return digest


@action("privacy.publish_policy")
def publish(*, seen: bytes, by: Actor, at: datetime) -> PolicyVersion:
    """Publish what was prepared; it takes effect when the notice of its kind has passed.

    `seen` is the digest of the text that the preview showed. The database dates the publication, and the digest stands
    in the ledger from this moment. Raises Refusal when the text is not the one that was previewed, when another version
    is coming, and when nothing changed.
    """
    _lock()
    prepared = PolicyDraft.objects.first()
    text = drafted()
    digest = digest_of(text)
    if prepared is None or bytes(prepared.digest) != digest or seen != digest:
        raise Refusal(
            "policy_not_previewed",
            gettext_noop(
                "The text is not the one that was previewed. Look at the preview again, then publish."
            ),
        )
    newest = newest_standing()
    kind = ChangeKind(prepared.kind)
    _require_publishable(newest, text, digest, kind)
    _require_nothing_coming(newest)
    made = _publish(text, digest, kind, prepared.summary)
    prepared.delete()
    return made


@action("privacy.withdraw_policy")
def withdraw(*, number: int, by: Actor, at: datetime) -> None:
    """Take a published version back before it counts, by the database's clock; a repeat changes nothing.

    Raises Refusal once it counts, and LookupError for a version that there is not.
    """
    _lock()
    found = PolicyVersion.objects.filter(number=number).first()
    if found is None:
        raise LookupError(f"there is no version {number}")
    if PolicyWithdrawal.objects.filter(version=found).exists():
        nothing_happened()
        return
    now = database_moment()
    state = version_state(found.effective_at, None, is_newest_in_force=found.effective_at <= now, at=now)
    require_move(state, VersionState.WITHDRAWN)
    PolicyWithdrawal.objects.create(version=found)
    about(version=number)


def ensure_first_version(*, by: Actor, at: datetime) -> PolicyVersion:
    """Return the newest version; publish the first one of a new installation, which counts at once."""
    return PolicyVersion.objects.order_by("-number").first() or _publish_first(by=by, at=at)


@action("privacy.publish_policy")
def _publish_first(*, by: Actor, at: datetime) -> PolicyVersion:
    _lock()
    known = PolicyVersion.objects.order_by("-number").first()
    if known:
        nothing_happened()
        return known
    text = drafted()
    return _publish(text, digest_of(text), ChangeKind.FIRST, {})


def _publish(text: Text, digest: bytes, kind: ChangeKind, summary: Mapping[str, str]) -> PolicyVersion:
    newest = PolicyVersion.objects.order_by("-number").first()
    number = newest.number + 1 if newest else 1
    notice_days = NOTICE[kind]
    made = PolicyVersion.objects.create(
        number=number,
        kind=kind,
        notice_days=notice_days,
        effective_at=Now() + timedelta(days=notice_days),
        digest=digest,
        text=text,
        summary=dict(summary),
    )
    about(version=number, digest=digest.hex(), notice_days=notice_days, kind=str(kind))
    made.refresh_from_db()
    return made


def newest_standing() -> PolicyVersion | None:
    """Return the newest version that was not withdrawn, whether it counts yet or not."""
    return PolicyVersion.objects.filter(withdrawal=None).order_by("-number").first()


def _require_publishable(newest: PolicyVersion | None, text: Text, digest: bytes, kind: ChangeKind) -> None:
    if newest is None or kind is ChangeKind.FIRST:
        raise Refusal(
            "policy_unchanged", gettext_noop("The first version is published when the store is started.")
        )
    if bytes(newest.digest) == digest:
        raise Refusal("policy_unchanged", gettext_noop("The text is the same as that of the last version."))
    if kind is ChangeKind.CORRECTION and matters(newest.text, text):
        raise Refusal(
            "policy_is_material",
            gettext_noop(
                "A figure, what we hold, or who gets it has changed. That is a material change; publish it as one."
            ),
        )


def _require_nothing_coming(newest: PolicyVersion | None) -> None:
    if newest is not None and newest.effective_at > database_moment():
        raise Refusal(
            "policy_version_coming",
            gettext_noop(
                "A version is published and does not count yet. Withdraw it first, or wait until it counts."
            ),
        )


def _lock() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PUBLISHING_LOCK])
