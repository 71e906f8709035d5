"""What somebody says when they are asked, and what becomes of it: every choice is a record of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy import policy
from ringfence.privacy.consent import news, notices, rules
from ringfence.privacy.consent.models import ConsentNotice, ConsentRecord
from ringfence.privacy.consent.rules import Extra, Means, Said

TOLD: Final = 16
"""Characters of a digest that the record and a cookie name: enough to tell questions apart."""
Asked = tuple[str, str, Mapping[str, Any]]
"""A question: its digest, what it asks for, and its text in both languages."""


@dataclass(frozen=True, slots=True)
class Browser:
    """The browser somebody answers with: its random id, who is signed in there, and whether it sends the signal."""

    visitor: UUID
    language: str
    subject: UUID | None = None
    signal: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice that counts from now on."""

    record: str
    given: bool
    notice: str
    ends_at: datetime


@action("privacy.choose_cookies")
def choose(*, browser: Browser, yes: bool, notice: str, means: Means, by: Actor, at: datetime) -> Chosen:
    """Record what somebody said to the question with this digest; saying the same again changes nothing.

    Raises Refusal when nothing is asked at all, when the question has changed since it was read, and for a yes that
    the browser's own signal contradicts.
    """
    if not notices.measurement():
        raise Refusal(
            "nothing_to_choose", gettext_noop("There is nothing to choose: no cookie here counts you.")
        )
    asked = notices.digest()
    if yes and notice != asked[:TOLD]:
        raise Refusal(
            "question_changed", gettext_noop("The question has changed. Please read it and answer once more.")
        )
    if yes and browser.signal:
        raise Refusal(
            "signal_says_no",
            gettext_noop(
                "Your browser says that you do not want to be followed, and that counts. Switch the signal off in the"
                " browser first."
            ),
        )
    return _say(browser, Extra.STATISTICS, notices.text(), means, at, yes=yes)


@action("privacy.choose_news")
def choose_news(*, person: UUID, yes: bool, means: Means, language: str, by: Actor, at: datetime) -> Chosen:
    """Record whether a person wants letters with news; saying the same again changes nothing (clause 2.2).

    It is said by the person, in the account or from a letter, so the person stands where a browser would.
    """
    return _say(Browser(person, language, person), Extra.NEWS, news.text(), means, at, yes=yes)


def _say(
    browser: Browser, purpose: Extra, question: Mapping[str, Any], means: Means, at: datetime, *, yes: bool
) -> Chosen:
    asked = notices.digest_of(question)
    before = _locked(browser.visitor, purpose)
    state = rules.said(before.state if before and before.ends_at > at else None, yes=yes)
    if before and _is_same(before, state, asked, browser, at):
        nothing_happened()
        return _chosen(before)
    return _chosen(_recorded(browser, state, (asked, purpose, question), means, before, at))


def _locked(visitor: UUID, purpose: str) -> ConsentRecord | None:
    """Let one choice of a browser be made at a time; return the one that counts."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [visitor.hex])
    return ConsentRecord.objects.filter(visitor=visitor, purpose=purpose, replaced_at=None).first()


def _is_same(before: ConsentRecord, state: Said, asked: str, browser: Browser, at: datetime) -> bool:
    return (
        before.state == state
        and before.notice_id == asked
        and before.subject in {browser.subject, None}
        and before.ends_at > at
    )


def _recorded(
    browser: Browser, state: Said, asked: Asked, means: Means, before: ConsentRecord | None, at: datetime
) -> ConsentRecord:
    """Store a choice in the place of the one before."""
    digest, purpose, question = asked
    if before:
        before.replaced_at = max(at, before.decided_at)
        before.save(update_fields=["replaced_at"])
    ConsentNotice.objects.get_or_create(digest=digest, defaults={"text": question, "first_shown_at": at})
    in_force = policy.in_force(at)
    made = ConsentRecord.objects.create(
        visitor=browser.visitor,
        subject=browser.subject,
        purpose=purpose,
        state=state,
        notice_id=digest,
        version=in_force,
        language=browser.language,
        means=means,
        signal=browser.signal,
        decided_at=at,
        ends_at=rules.ends_at(at, purpose),
    )
    about(
        *([browser.subject] if browser.subject else []),
        consent=public_id("con", made.pk),
        said=str(state),
        notice=digest[:TOLD],
        version=in_force.number if in_force else None,
    )
    return made


def _chosen(record: ConsentRecord) -> Chosen:
    return Chosen(
        public_id("con", record.pk), record.state == Said.GIVEN, record.notice_id[:TOLD], record.ends_at
    )


@action("privacy.join_consents")
def join(*, visitor: UUID, subject: UUID, by: Actor, at: datetime) -> int:
    """Let the choices of a browser be those of the person who signs in there; those of others stay theirs."""
    joined = ConsentRecord.objects.filter(visitor=visitor, subject=None).update(subject=subject)
    if joined:
        about(subject, choices=joined)
    else:
        nothing_happened()
    return joined


@action("privacy.withdraw_consents")
def withdraw(*, subject: UUID, by: Actor, at: datetime) -> int:
    """Take back every yes of a person, whatever it was to and in whichever browser it was said; return how many."""
    given = ConsentRecord.objects.filter(subject=subject, replaced_at=None, ends_at__gt=at, state=Said.GIVEN)
    records = list(given.order_by("decided_at", "pk").values_list("pk", flat=True))
    taken_back = 0
    for pk in records:
        found = ConsentRecord.objects.get(pk=pk)
        before = _locked(found.visitor, found.purpose)
        if before and before.pk == pk:
            browser = Browser(before.visitor, before.language, subject)
            asked = (before.notice_id, before.purpose, before.notice.text)
            _recorded(browser, rules.said(before.state, yes=False), asked, Means.ACCOUNT, before, at)
            taken_back += 1
    if not taken_back:
        nothing_happened()
    return taken_back
