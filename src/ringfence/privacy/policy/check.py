"""The checks of clauses 0.1, 5.1, 5.2, 7.1 and 7.4.

They read versions, of which there are few, what was last read of the public pages, one row each, and what the rooms
count of those who were shown the terms.
"""

from collections import Counter
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import recipients
from ringfence.privacy.policy import audience, companies
from ringfence.privacy.policy.drafting import LANGUAGES, Text, digest_of, digest_of_words, drafted, words
from ringfence.privacy.policy.models import PageReading, PolicyVersion
from ringfence.privacy.policy.readings import POLICY_PAGE, readings
from ringfence.privacy.policy.versions import in_force, withdrawn
from ringfence.privacy.policy_rules import NOTICE, ChangeKind
from ringfence.privacy.promises import history, live_ledger
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Figure, Finding, register
from ringfence.privacy.rules import LEAST_NOTICE_DAYS

READ_SOON: Final = timedelta(hours=25)
"""The public pages are read again each day at least; a reading that is older is worth a look,"""
READ_LATE: Final = timedelta(hours=49)
"""and one that is twice as old proves nothing."""

SILENT: Final = timedelta(minutes=10)
"""For how long a page of the policy may not answer, from one try to the last: it is tried every five minutes."""

AROUND_A_CHANGE: Final = timedelta(minutes=2)
"""How far the reading of a page and its note may lie on either side of the moment from which a version counts."""

TELLING_TAKES: Final = timedelta(days=1)
"""How long after publication everybody has had a letter about a material change."""

LINKS: Final = frozenset({"unmarked", "referrer"})
"""Faults of links to others: not marked as leading away, or telling them where a visitor comes from."""

USE: Final = frozenset({"no_top", "no_language", "no_main", "no_skip", "no_heading", "no_print"})
"""Faults of a page that somebody cannot get around on, have read aloud, or print."""

TEXT_5_1: Final = gettext_noop(
    "Customers and orders: %(asked)s. Without a note of the terms that were shown: %(missing)s. Used the account today"
    " without having been shown the terms that count: %(passed_by)s. Pages of the account tried just now: %(doors)s,"
    " that do not lead to changed terms first: %(open)s."
)
TEXT_5_2: Final = gettext_noop(
    "Versions published: %(versions)s. In force before their notice was over: %(early)s. Changed after"
    " publication: %(changed)s. Shown differently on its page, or not at all: %(different)s. Pages that do not answer:"
    " %(silent)s. Figures that differ from what we do: %(drifted)s. Customers who had no letter about the newest change"
    " and have not been shown it: %(untold)s. Texts that wait to be published: %(unpublished)s."
)
TEXT_7_1: Final = gettext_noop(
    "Public pages read: %(pages)s. Links to others: %(links)s. Not marked: %(unmarked)s. To somebody who is not on the"
    " list: %(unlisted)s."
)
TEXT_7_4: Final = gettext_noop(
    "Public pages read: %(pages)s. Without a way back to the top: %(no_top)s. Not fit for keyboard, screen reader or"
    " paper: %(unfit)s."
)


def enter() -> None:
    """Enter the checks."""
    register(
        "0.1",
        gettext_noop("The text in force names every company that acts together with us, and no other."),
        companies.companies_are_named,
    )
    register(
        "5.1",
        gettext_noop(
            "Every customer and every order has a note of the version shown, and terms that changed are put before a"
            " customer at the first sign-in."
        ),
        terms_are_shown,
    )
    register(
        "5.2",
        gettext_noop("No version of this text counts before it was public long enough."),
        changes_are_announced,
    )
    register(
        "7.1",
        gettext_noop("Links to others are marked, tell them nothing, and lead to those on the list."),
        links_are_marked,
    )
    register(
        "7.4",
        gettext_noop("Every public page has a way back to its top, and can be read aloud and printed."),
        pages_can_be_used,
    )


def terms_are_shown(at: datetime) -> Finding:
    """Clause 5.1: no customer and no order without a note of the version that was put before them.

    Besides, the pages of the account are tried as a customer who has not been shown the version that counts.
    """
    found, doors = audience.shown(at).values(), audience.doors(at)
    figures: dict[str, Figure] = {
        "asked": sum(one.asked for one in found),
        "missing": sum(one.missing for one in found),
        "passed_by": sum(one.passed_by for one in found),
        "doors": len(doors),
        "open": sum(not leads for leads in doors.values()),
    }
    if figures["missing"] or figures["open"]:
        return Finding(BROKEN, TEXT_5_1, figures)
    return Finding(DUE_SOON if figures["passed_by"] else KEPT, TEXT_5_1, figures)


def changes_are_announced(at: datetime) -> Finding:
    """Clause 5.2: each version was public for its notice and stands as published, in the ledger and on its page.

    Besides: what is done is what the version in force says, and everybody has had a letter about a material change.
    """
    every = list(PolicyVersion.objects.select_related("withdrawal").order_by("number"))
    early = sum(
        one.number > 1 and one.effective_at - one.published_at < timedelta(days=_least(one)) for one in every
    )
    changed = sum(
        digest_of(one.text) != bytes(one.digest)
        or not live_ledger.published_digest(one.number, bytes(one.digest).hex())
        for one in every
    )
    pages = [one for one in readings() if POLICY_PAGE.search(one.path)]
    different = sum(not _shows_what_counts(page, every) for page in pages)
    silent = [page for page in pages if page.failed_at]
    untold, late = _untold(every, at)
    text = drafted()
    figures: dict[str, Figure] = {
        "versions": len(every),
        "early": early,
        "changed": changed,
        "different": different,
        "silent": len(silent),
        "drifted": _drifted(text, at),
        "untold": untold,
        "unpublished": int(_waits(text, every)),
        "reading_age_seconds": _oldest("5.2", pages, at, wanted=LANGUAGES).total_seconds(),
    }
    wrong = not every or early or changed or different or figures["drifted"] or late
    if wrong or any(map(_stays_away, silent)) or figures["reading_age_seconds"] > READ_LATE.total_seconds():
        return Finding(BROKEN, TEXT_5_2, figures)
    soon = untold or silent or figures["reading_age_seconds"] > READ_SOON.total_seconds()
    return Finding(DUE_SOON if soon or figures["unpublished"] else KEPT, TEXT_5_2, figures)


def _least(one: PolicyVersion) -> int:
    return NOTICE.get(ChangeKind(one.kind), LEAST_NOTICE_DAYS) or LEAST_NOTICE_DAYS


def _drifted(text: Text, at: datetime) -> int:
    """Return how many figures of the version in force are not those that the software obeys now."""
    found = in_force(at)
    said = found.text.get("figures", {}) if found else {}
    return sum(said.get(name, value) != value for name, value in text["figures"].items())


def _waits(text: Text, every: Collection[PolicyVersion]) -> bool:
    """Tell whether the software has a text that was not published yet."""
    standing = [one for one in every if withdrawn(one) is None]
    return not standing or bytes(standing[-1].digest) != digest_of(text)


def _shows_what_counts(page: PageReading, every: Collection[PolicyVersion]) -> bool:
    """Tell whether a page showed the words of a version, and of the one that it is there to show."""
    if page.read_at is None:
        return True
    shown = {one.number: one for one in every}.get(page.version or 0)
    if shown is None or page.words is None or shown.number not in _to_be_shown(page, page.read_at):
        return False
    return bytes(page.words) == digest_of_words(words(shown.text, page.language))


def _stays_away(page: PageReading) -> bool:
    """Tell whether a page that came before has not come for a while, as far as it was tried."""
    if page.read_at is None or page.failed_at is None or page.looked_at is None:
        return False
    return page.looked_at - page.failed_at >= SILENT


def _to_be_shown(page: PageReading, read_at: datetime) -> set[int]:
    """Return the version whose address a page has; of the policy's own page those in force around its reading."""
    named = POLICY_PAGE.search(page.path)
    if named and named[1]:
        return {int(named[1])}
    around = (in_force(moment) for moment in (read_at - AROUND_A_CHANGE, read_at + AROUND_A_CHANGE))
    return {one.number for one in around if one}


def _oldest(
    clause: str, pages: Collection[PageReading], at: datetime, *, wanted: Collection[str] = ()
) -> timedelta:
    """Return how long ago the page read longest ago was read; of one that never was, for how long it could have been.

    `wanted` are languages in which there must be a page.
    """
    moments = [page.read_at or page.failed_at for page in pages]
    lacking = not moments or None in moments or set(wanted) - {page.language for page in pages}
    found = [moment for moment in moments if moment]
    return max(at - min([*found, history.began(clause, at)] if lacking else found), timedelta(0))


def _untold(every: Collection[PolicyVersion], at: datetime) -> tuple[int, bool]:
    """Return how many had no letter about the newest material change, and whether it counts already."""
    standing = [one for one in every if one.kind == ChangeKind.MATERIAL and withdrawn(one) is None]
    if not standing or at < standing[-1].published_at + TELLING_TAKES:
        return 0, False
    newest = standing[-1]
    missing = audience.untold(newest.number, min(at, newest.effective_at) - TELLING_TAKES)
    return missing, bool(missing) and newest.effective_at <= at


def links_are_marked(at: datetime) -> Finding:
    """Clause 7.1: each link to others is marked, tells nothing, and leads to somebody on the list of third parties."""
    pages, listed = readings(), recipients.sites()
    faults = _faults(pages)
    strange = {host for page in pages for host in page.hosts} - listed.keys()
    figures: dict[str, Figure] = {
        "pages": sum(page.read_at is not None for page in pages),
        "links": sum(page.outbound for page in pages),
        "unmarked": sum(faults[code] for code in LINKS),
        "unlisted": len(strange),
    }
    state = _read_state("7.1", pages, at, wrong=bool(figures["unmarked"] or strange))
    return Finding(state, TEXT_7_1, figures)


def pages_can_be_used(at: datetime) -> Finding:
    """Clause 7.4: each public page has a way to its top, its landmarks, one heading, and a form for paper."""
    pages = readings()
    faults = _faults(pages)
    figures: dict[str, Figure] = {
        "pages": sum(page.read_at is not None for page in pages),
        "no_top": faults["no_top"],
        "unfit": sum(faults[code] for code in USE - {"no_top"}),
    }
    wrong = bool(figures["no_top"] or figures["unfit"])
    return Finding(_read_state("7.4", pages, at, wrong=wrong), TEXT_7_4, figures)


def _faults(pages: Collection[PageReading]) -> Counter[str]:
    found: Counter[str] = Counter()
    for page in pages:
        found.update(page.faults)
    return found


def _read_state(clause: str, pages: Collection[PageReading], at: datetime, *, wrong: bool) -> str:
    """Return the state of what was read: pages not read yet are due, and prove nothing once they should have been."""
    oldest = _oldest(clause, pages, at)
    if wrong or oldest > READ_LATE:
        return BROKEN
    is_unread = not pages or any(page.read_at is None for page in pages)
    return DUE_SOON if is_unread or oldest > READ_SOON else KEPT
