"""Removing payment data from what comes in, and counting it (clause 2.4)."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

import structlog
from django.db.models import F

from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.payment_data import PaymentData, cleaned
from ringfence.privacy.payment_watch.models import RemovedPaymentData

log = structlog.get_logger(__name__)


class Channel(StrEnum):
    """The way a text came in."""

    FORM = "form"
    ADDRESS = "address"
    FILE = "file"
    API = "api"
    MAIL = "mail"
    WEBHOOK = "webhook"
    OPENID = "openid"
    CALL = "call"
    SMS = "sms"
    IMPORT = "import"


OF_PHONES: Final = frozenset({Channel.CALL, Channel.IMPORT})
"""Where telephone numbers stand without their plus."""


@action("privacy.count_removed")
def count_removed(*, channel: Channel, removed: Mapping[PaymentData, int], by: Actor, at: datetime) -> None:
    """Count what was removed. It leaves no ledger line: nothing was kept, so there is nothing to tell of anybody."""
    nothing_happened()
    for kind, count in sorted(removed.items()):
        row = {"channel": str(channel), "kind": str(kind)}
        RemovedPaymentData.objects.get_or_create(**row, defaults={"last_at": at})
        RemovedPaymentData.objects.filter(**row).update(count=F("count") + count, last_at=at)
    log.info("payment_data.removed", channel=str(channel), count=sum(removed.values()))


def without(text: str, *, channel: Channel, by: Actor, at: datetime) -> str:
    """Return a text without payment data, having counted what was removed."""
    found = cleaned(text, phones=channel in OF_PHONES)
    if found.removed:
        count_removed(channel=channel, removed=found.removed, by=by, at=at)
    return found.text


def removed_in_all() -> Counter[str]:
    """Return how much was removed so far, by channel."""
    counts: Counter[str] = Counter()
    for channel, count in RemovedPaymentData.objects.values_list("channel", "count"):
        counts[channel] += count
    return counts
