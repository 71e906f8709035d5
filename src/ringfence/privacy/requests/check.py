"""The live checks of clauses 4.3 and 7.3, by the database's clock. Each reads its table once."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Figure, Finding
from ringfence.privacy.requests.fees import A_YEAR, UNDER_GDPR
from ringfence.privacy.requests.intake_models import RequestForm
from ringfence.privacy.requests.queries import figures
from ringfence.privacy.retention_rules import years_after
from ringfence.privacy.rules import KEPT as KEPT_FOR

SENTENCE: Final = gettext_noop("Requests are met within their time limit.")
TEXT: Final = gettext_noop(
    "Requests in a year: %(received)s. Open: %(open)s. Late: %(overdue)s. Half were done within %(median_seconds)s,"
    " the longest took %(longest_seconds)s. Warnings not sent: %(unwarned)s. Forms that nobody answered: %(forms)s."
)
TEXT_NONE_DONE: Final = gettext_noop(
    "Requests in a year: %(received)s. Open: %(open)s. Late: %(overdue)s. Warnings not sent: %(unwarned)s. Forms that"
    " nobody answered: %(forms)s."
)
FORM_WAITS: Final = timedelta(hours=1)
"""How long a form may lie unanswered before it is worth a look."""

FEES_SENTENCE: Final = gettext_noop(
    "A first copy is free wherever the GDPR applies, and no fee is owed that was not announced and accepted before."
)
FEES_TEXT: Final = gettext_noop(
    "Fees announced: %(announced)s, accepted: %(accepted)s. Asked for a first copy under the GDPR: %(wrong)s. Owed"
    " without having been accepted: %(unaccepted)s."
)

GUARDED: Final = """
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'privacy_subjectrequest'::regclass
    AND tgname IN ('clock_stays', 'open_stays') AND tgenabled <> 'D'
"""
GUARDS: Final = 2


def requests_are_met(at: datetime) -> Finding:
    """Clause 4.3: no request is past its time limit, and the database still guards every clock."""
    now = figures()
    lying = RequestForm.objects.filter(asked_at__lte=at - FORM_WAITS).count()
    found: dict[str, Figure] = {
        "received": now.received,
        "open": now.open,
        "due_soon": now.due_soon,
        "overdue": now.overdue + now.missed,
        "median_seconds": round(now.median_seconds, 1),
        "longest_seconds": round(now.longest_seconds, 1),
        "unwarned": now.unwarned,
        "forms": lying,
    }
    text = TEXT if now.longest_seconds else TEXT_NONE_DONE
    if now.overdue or now.missed or not clocks_are_guarded():
        return Finding(BROKEN, text, found)
    return Finding(DUE_SOON if now.due_soon or now.unwarned or lying else KEPT, text, found)


def clocks_are_guarded() -> bool:
    """Tell whether the triggers are in force by which the database keeps clocks as they are."""
    with connection.cursor() as cursor:
        cursor.execute(GUARDED)
        return bool(cursor.fetchone()[0] == GUARDS)


FEES: Final = """
SELECT count(*), count(accepted_at),
       count(*) FILTER (WHERE (under_gdpr OR %(seller)s) AND fee.announced_at > %(since)s AND NOT EXISTS (
           SELECT FROM privacy_subjectrequest AS earlier
           WHERE earlier.subject = fee.subject AND earlier.kind = 'copy' AND earlier.id <> fee.request_id
               AND earlier.carried_out_at <= fee.announced_at
               AND earlier.carried_out_at > fee.announced_at - interval '365 days')),
       count(*) FILTER (WHERE owed_at IS NOT NULL AND (accepted_at IS NULL OR accepted_at > owed_at)
           OR accepted_at < announced_at)
FROM privacy_copyfee AS fee
"""
"""Whether a copy was the first is asked of the requests anew, by their index, whatever the fee says of itself."""


def fees_are_fair(at: datetime) -> Finding:
    """Clause 7.3: look at every fee there is, and at whether there was an earlier copy, as long as that is known.

    The request of an earlier copy is let go of three years after its end, which may be a year before the fee is.
    """
    since = years_after(at, -KEPT_FOR["consent"]["years"]) + A_YEAR
    with connection.cursor() as cursor:
        cursor.execute(FEES, {"seller": settings.SELLER_COUNTRY in UNDER_GDPR, "since": since})
        announced, accepted, wrong, unaccepted = cursor.fetchone()
    counted: dict[str, Figure] = {
        "announced": announced,
        "accepted": accepted,
        "wrong": wrong,
        "unaccepted": unaccepted,
    }
    return Finding(BROKEN if wrong or unaccepted else KEPT, FEES_TEXT, counted)
