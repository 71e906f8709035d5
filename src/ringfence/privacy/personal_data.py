"""What the privacy room itself holds about people (clause 1.1)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.conf import settings

from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import outside, retention, rules
from ringfence.privacy.backups import tombstones
from ringfence.privacy.consent import ending, recipient
from ringfence.privacy.consent.models import ConsentRecord
from ringfence.privacy.copying.models import DataCopy, DataCopyPart
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.erasure.models import Erasure
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.policy.models import Acknowledgement, PolicyNotice
from ringfence.privacy.register import add_models, add_on_tombstone, add_values_of_the_house
from ringfence.privacy.requests.effect_models import CopyFee, StoppedUse
from ringfence.privacy.requests.intake_models import RequestForm, RequestLink
from ringfence.privacy.requests.models import SubjectRequest
from ringfence.privacy.retention import (
    entering,  # noqa: F401 - importing enters what has an end
    restricted,
    setting_aside,
)
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.rules import RequestState


def forget_whose(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Empty the person of their requests; the rows go on counting for the promise of clause 4.3.

    What they wrote goes, and the reason of a refusal. What was still open for them is over with their account.
    """
    own = Erasure.objects.filter(subject=subject).values_list("request_id", flat=True).first()
    rows = list(SubjectRequest.objects.select_for_update().filter(subject=subject))
    for row in rows:
        if row.state in rules.OPEN_STATES and row.pk != own:
            row.state, row.waiting_since = RequestState.WITHDRAWN, None
            row.closed_at = max(at, row.received_at)
        row.subject, row.asked, row.refusal_reason = None, None, None
        row.save()
    return len(rows)


def leave_to_the_end(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Keep the tombstone while the deletion is under way; its last step empties it."""
    return 0


def last_hold_ends(subject: UUID, at: datetime) -> datetime:
    """Return when the last of the open holds on a person ends."""
    open_ones = restricted.left_by_a_deletion(LegalHold.objects.filter(subject=subject, ended_at=None))
    return max(open_ones.values_list("until", flat=True), default=at)


def contacts_of_the_house(values: Collection[str]) -> set[str]:
    """Return which of some values are how everybody reaches us, which stands in the policy and on every page."""
    said = (
        settings.COMPANY_NAME,
        settings.CONTACT_EMAIL,
        settings.ABUSE_EMAIL,
        settings.SECURITY_CONTACT,
        settings.CONTACT_PHONE,
    )
    ours = {_bare(str(one)) for one in said}
    return {value for value in values if _bare(value) in ours}


def _bare(text: str) -> str:
    """Return a text in small letters, of a telephone number the digits alone."""
    digits = "".join(filter(str.isdigit, text))
    return digits if text.startswith("+") and digits else text.lower()


add_values_of_the_house(contacts_of_the_house)
add_models("privacy.acknowledgements", gettext_noop("Versions of the terms you were shown"), Acknowledgement)
add_models("privacy.notices", gettext_noop("Letters about changes of the terms"), PolicyNotice)
add_models(
    "privacy.requests", gettext_noop("Your requests about your data"), SubjectRequest, erase=forget_whose
)
add_models(
    "privacy.on_their_way",
    gettext_noop("Links and forms by which you ask us for something"),
    RequestLink,
    RequestForm,
)
add_models("privacy.stopped_uses", gettext_noop("Uses of your data that you had stopped"), StoppedUse)
add_models("privacy.copy_fees", gettext_noop("Fees for copies of your data"), CopyFee)
add_models("privacy.erasures", gettext_noop("A deletion under way"), Erasure, erase=leave_to_the_end)
add_models("privacy.disclosures", gettext_noop("To whom your data was handed over"), Disclosure)
add_models("privacy.copies", gettext_noop("Copies you asked for"), DataCopyPart, DataCopy)
add_models(
    "privacy.holds",
    gettext_noop("What the law makes us keep back"),
    LegalHold,
    HeldRow,
    release=setting_aside.set_aside_of,
    concerned=setting_aside.concerned,
    stays="GDPR 17(3)(b), 17(3)(e)",
    until=last_hold_ends,
    left=restricted.left_by_a_deletion,
)
outside.enter(
    LegalHold,
    *(
        "id",
        "subject",
        "covers",
        "of_a_number",
        "target",
        "classes",
        "article",
        "reason",
        "reference",
        "case",
        "is_secret",
    ),
    *(
        "state",
        "asked_at",
        "asked_by",
        "confirmed_at",
        "confirmed_by",
        "begins_at",
        "until",
        "end_asked_at",
        "end_asked_by",
        "ended_at",
        "ended_by",
        "told_at",
    ),
)
outside.enter(HeldRow, "id", "hold_id", "subject", "kind", "row", "whose", "content", "set_aside_at")
add_models("privacy.consents", gettext_noop("What you said when we asked about cookies"), ConsentRecord)
retention.enter(
    "privacy.consents",
    RetentionClass.CONSENT,
    overdue=ending.overdue,
    let_go=ending.let_go,
    title=gettext_noop("Choices about cookies"),
    of=(ConsentRecord,),
)
recipient.enter()
add_on_tombstone(tombstones.set_for)
