"""The checks of the privacy room itself, entered in the registry when the room enters the house."""

from datetime import datetime, timedelta

from django.db import models

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import register as holders
from ringfence.privacy.backups import check as backups
from ringfence.privacy.erasure import check as erasure
from ringfence.privacy.inventory import Personal, declarations_of, personal_fields, stored_models
from ringfence.privacy.payment_watch import check as payment_watch
from ringfence.privacy.policy.models import PolicyVersion
from ringfence.privacy.policy.versions import digest_of
from ringfence.privacy.promises import live_ledger, live_schema, live_seals
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding, register
from ringfence.privacy.requests.queries import figures
from ringfence.privacy.retention import check as retention
from ringfence.privacy.rules import LEAST_NOTICE_DAYS


def inventory_is_complete(_at: datetime) -> Finding:
    """Clause 1.1: every column of the live database is declared, whoever made it."""
    declared = len(personal_fields())
    unknown = live_schema.undeclared_columns()
    found = {"fields": declared, "tables": len(stored_models()), "undeclared": len(unknown)}
    text = gettext_noop(
        "Declared fields of personal data: %(fields)s. Columns nobody declared: %(undeclared)s."
    )
    return Finding(BROKEN if unknown else KEPT, text, found)


def data_is_sealed(at: datetime) -> Finding:
    """Clause 2.3: every personal value that is to be sealed is, with the key of its own person and class."""
    scan = live_seals.scan()
    age = live_seals.epoch_age(at)
    wrong = scan.malformed + scan.foreign
    late = age is None or age > live_seals.LATEST_ROTATION
    text = gettext_noop(
        "Columns looked at: %(columns)s. Values found sealed: %(values)s. Values not sealed, or with another"
        " person's key: %(wrong)s. Keys sampled: %(sampled)s."
    )
    found = {
        "columns": scan.columns,
        "values": scan.values,
        "sampled": scan.sampled,
        "wrong": wrong,
        "rotation_age_seconds": age.total_seconds() if age is not None else -1,
    }
    if wrong or late:
        return Finding(BROKEN, text, found)
    return Finding(DUE_SOON if age and age > live_seals.USUAL_ROTATION else KEPT, text, found)


def requests_are_met(_at: datetime) -> Finding:
    """Clause 4.3: no request is past its time limit, by the database's clock."""
    now = figures()
    found = {
        "received": now.received,
        "open": now.open,
        "due_soon": now.due_soon,
        "overdue": now.overdue + now.missed,
        "median_seconds": round(now.median_seconds, 1),
        "longest_seconds": round(now.longest_seconds, 1),
    }
    text = gettext_noop("Requests in a year: %(received)s. Open: %(open)s. Late: %(overdue)s.")
    if now.longest_seconds:
        text = gettext_noop(
            "Requests in a year: %(received)s. Open: %(open)s. Late: %(overdue)s. Half were done within"
            " %(median_seconds)s, the longest took %(longest_seconds)s."
        )
    if now.overdue or now.missed:
        return Finding(BROKEN, text, found)
    return Finding(DUE_SOON if now.due_soon else KEPT, text, found)


def changes_are_announced(_at: datetime) -> Finding:
    """Clause 5.2: no version took effect before its notice was over, and none was changed since."""
    versions = list(PolicyVersion.objects.order_by("number"))
    early = sum(
        one.number > 1 and one.effective_at - one.published_at < timedelta(days=LEAST_NOTICE_DAYS)
        for one in versions
    )
    changed = sum(digest_of(one.text) != bytes(one.digest) for one in versions)
    unlisted = sum(not live_ledger.published_digest(one.number, bytes(one.digest).hex()) for one in versions)
    text = gettext_noop(
        "Versions published: %(versions)s. In force before their notice was over: %(early)s. Changed after"
        " publication: %(changed)s."
    )
    found = {"versions": len(versions), "early": early, "changed": changed + unlisted}
    return Finding(BROKEN if early or changed or unlisted or not versions else KEPT, text, found)


def copies_are_complete(_at: datetime) -> Finding:
    """Clause 7.2: whatever is held about people is in the register, from which the copy is made."""
    missing = [field for field in personal_fields() if not _is_handed_over(field.model)]
    text = gettext_noop("Fields in a copy: %(fields)s. Fields a copy would miss: %(missing)s.")
    found = {"fields": len(personal_fields()) - len(missing), "missing": len(missing)}
    return Finding(BROKEN if missing else KEPT, text, found)


def _is_handed_over(model: type[models.Model]) -> bool:
    holds = declarations_of(model)
    if holds is None or not holds.subject_path or not any(isinstance(d, Personal) for d in holds.values()):
        return True
    return model._meta.app_label == "keys" or any(model in holder.models for holder in holders.holders())


register(
    "1.1", gettext_noop("Every column that is stored is declared, with its purpose."), inventory_is_complete
)
register(
    "2.3",
    gettext_noop("Personal data is stored sealed, each person's with a key of their own."),
    data_is_sealed,
)
register("2.4", payment_watch.SENTENCE, payment_watch.no_payment_data_is_stored)
register("2.6", backups.SENTENCE, backups.database_is_protected)
register("2.8", retention.SENTENCE, retention.nothing_outlives_its_class)
register("2.9", erasure.SENTENCE, erasure.erasures_are_verified)
register("4.3", gettext_noop("Requests are met within their time limit."), requests_are_met)
register(
    "5.2",
    gettext_noop("No version of this text counts before it was public long enough."),
    changes_are_announced,
)
register(
    "7.2", gettext_noop("A copy holds every kind of data that we store about a person."), copies_are_complete
)
