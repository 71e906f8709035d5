"""The checks of the privacy room itself, entered in the registry when the room enters the house."""

from datetime import datetime

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.authorities import check as authorities
from ringfence.privacy.backups import check as backups
from ringfence.privacy.channels import check as channels
from ringfence.privacy.consent import check as consent
from ringfence.privacy.copying import check as copying
from ringfence.privacy.disclosure import check as disclosure
from ringfence.privacy.erasure import check as erasure
from ringfence.privacy.inventory import personal_fields, stored_models
from ringfence.privacy.looks import check as looks
from ringfence.privacy.outside import check as outside
from ringfence.privacy.payment_watch import check as payment_watch
from ringfence.privacy.policy import check as policy
from ringfence.privacy.promises import live_schema, live_seals
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding, register
from ringfence.privacy.reach import check as reach
from ringfence.privacy.requests import check as requests
from ringfence.privacy.retention import check as retention
from ringfence.privacy.secrecy import check as secrecy
from ringfence.privacy.statistics import check as statistics


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
        " person's key: %(wrong)s. Keys sampled: %(sampled)s. Tables so large that each look reads another part:"
        " %(partly)s."
    )
    found = {
        "columns": scan.columns,
        "values": scan.values,
        "sampled": scan.sampled,
        "partly": scan.partly,
        "wrong": wrong,
        "rotation_age_seconds": age.total_seconds() if age is not None else -1,
    }
    if wrong or late:
        return Finding(BROKEN, text, found)
    return Finding(DUE_SOON if age and age > live_seals.USUAL_ROTATION else KEPT, text, found)


register(
    "1.1", gettext_noop("Every column that is stored is declared, with its purpose."), inventory_is_complete
)
register(
    "2.3",
    gettext_noop("Personal data is stored sealed, each person's with a key of their own."),
    data_is_sealed,
)
register("2.4", payment_watch.SENTENCE, payment_watch.no_payment_data_is_stored)
register("2.5", disclosure.SENTENCE, disclosure.exits_are_guarded)
register("2.6", backups.SENTENCE, backups.database_is_protected)
register("2.8", retention.SENTENCE, retention.nothing_outlives_its_class)
register("2.9", erasure.SENTENCE, erasure.erasures_are_verified)
register("4.3", requests.SENTENCE, requests.requests_are_met)
register("7.2", copying.SENTENCE, copying.copies_are_complete)
register("7.3", requests.FEES_SENTENCE, requests.fees_are_fair)
policy.enter()
register("1.4", channels.SENTENCE, channels.every_way_in_works)
register("3.2", consent.SENTENCE, consent.nobody_is_counted_unasked)
register("3.3", authorities.SENTENCE, authorities.demands_are_judged)
register("1.3", outside.SENTENCE, outside.only_declared_is_taken_in)
register("2.1", looks.SENTENCE, looks.every_look_is_told)
register("2.7", secrecy.SENTENCE, secrecy.nothing_is_told)
register("4.1", reach.SENTENCE, reach.all_is_reachable)
register("3.1", statistics.SENTENCE, statistics.only_the_anonymous_is_released)
