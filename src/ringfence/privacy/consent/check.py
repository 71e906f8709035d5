"""The check of clause 3.2: nobody is counted who has not said yes, each yes that counts is proven, and tells little."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Count, Q

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.consent import notices, visits
from ringfence.privacy.consent.models import ConsentNotice, ConsentRecord
from ringfence.privacy.consent.rules import VALID, Extra, Said, valid
from ringfence.privacy.page_views import queries as page_views
from ringfence.privacy.promises.registry import BROKEN, KEPT, Finding

SAMPLE: Final = 200
"""Records whose question is compared word for word: the newest."""

A_YEAR: Final = timedelta(days=365)

SENTENCE: Final = gettext_noop(
    "Our public pages, visited by somebody who has not said yes, load nothing from others and set no cookie to count;"
    " visited with a yes, they tell Google which page it is, and nothing that somebody typed."
)
NOBODY: Final = gettext_noop(
    "Google counts nobody here, so nobody is asked. Pages visited just now: %(pages)s. Other hosts they load from:"
    " %(hosts)s. Cookies that are not necessary: %(cookies)s. Our own sums of pages that were opened, kept too long:"
    " %(overdue)s."
)
ASKED: Final = gettext_noop(
    "Pages visited just now without a yes: %(pages)s. Other hosts they load from: %(hosts)s. Cookies that are not"
    " necessary: %(cookies)s. Pages that told Google of a visit with a yes: %(opened)s, of them where they may not, or"
    " more than the page: %(astray)s. Yes that counts: %(given)s. In a year, said no: %(refused)s, taken back:"
    " %(withdrawn)s. Records that do not prove what was asked: %(unproven)s. Our own sums of pages that were opened,"
    " kept too long: %(overdue)s."
)


def nobody_is_counted_unasked(at: datetime) -> Finding:
    """Clause 3.2: visit the pages as those who must not be counted, and look at the newest records."""
    seen = visits.look()
    figures = {
        "pages": seen.pages,
        "failed": seen.broken,
        "hosts": seen.hosts,
        "cookies": seen.cookies,
        "opened": seen.opened,
        "astray": seen.astray,
        **_said(at),
        "unproven": _unproven(),
        "overdue": page_views.overdue(at),
    }
    wrong = [figures[name] for name in ("hosts", "cookies", "failed", "astray", "unproven", "overdue")]
    return Finding(BROKEN if any(wrong) else KEPT, ASKED if seen.asks else NOBODY, figures)


def _said(at: datetime) -> dict[str, int]:
    """Return how many have a yes that counts, and how many said no or took it back in a year; one look at the table."""
    counts = Q(state=Said.GIVEN, replaced_at=None, ends_at__gt=at)
    return ConsentRecord.objects.filter(purpose=Extra.STATISTICS, ends_at__gt=at - A_YEAR + VALID).aggregate(
        given=Count("pk", filter=counts),
        refused=Count("pk", filter=Q(state=Said.REFUSED)),
        withdrawn=Count("pk", filter=Q(state=Said.WITHDRAWN)),
    )


def _unproven() -> int:
    """Return how many of the newest records count longer than they may, or point at a question that was altered."""
    newest = ConsentRecord.objects.order_by("-ends_at")[:SAMPLE]
    altered = {
        row.digest
        for row in ConsentNotice.objects.all()[:SAMPLE]
        if notices.digest_of(row.text) != row.digest
    }
    return sum(
        row.notice_id in altered or row.ends_at - row.decided_at > valid(row.purpose) for row in newest
    )
