"""A notice as a letter, and what is noted of each letter's way (clause 2.2)."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from ringfence.accounts.actions.letters import Fact
from ringfence.accounts.letter_ends import LetterEnd, on_end, only_while
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.privacy.consent import news
from ringfence.privacy.consent.rules import Means
from ringfence.support.notice_models import Notice, NoticeRecord
from ringfence.support.notice_rules import Delivery, NoticeKind
from ringfence.support.notices import audience, unsubscribing

LETTERS: Final = {NoticeKind.SERVICE: "notice", NoticeKind.NEWS: "notice-news"}
TRIED_OUT: Final = {"nb": "Prøve", "en": "Test"}
"""What stands above a notice that staff send to themselves."""
ENDS: Final = {
    LetterEnd.TAKEN: Delivery.TAKEN,
    LetterEnd.GIVEN_UP: Delivery.GIVEN_UP,
    LetterEnd.RETURNED: Delivery.RETURNED,
    LetterEnd.UNWANTED: Delivery.UNWANTED,
    LetterEnd.WITHDRAWN: Delivery.WITHDRAWN,
}


def kind_of_letter(notice: Notice) -> str:
    """Return the kind of letter that a notice is sent as."""
    return LETTERS[NoticeKind(notice.kind)]


def facts_of(notice: Notice, language: str, record: UUID | None) -> dict[str, Fact]:
    """Return what the letter needs. News carry the link that ends them.

    One that is tried out ends nothing, and says that it is none: its reader is a member of staff.
    """
    said = language if language in notice.title else "en"
    facts: dict[str, Fact] = {
        "title": str(notice.title[said]) if record else f"{TRIED_OUT[said]}: {notice.title[said]}",
        "paragraphs": [part.strip() for part in str(notice.text[said]).split("\n\n") if part.strip()],
        "notice": notice.public_id if record else "",
    }
    if notice.kind == NoticeKind.NEWS:
        facts["token"] = unsubscribing.token(record) if record else ""
    return facts


def note_end(*, end: LetterEnd, person: UUID, facts: Mapping[str, Any], by: Actor, at: datetime) -> None:
    """Note what became of a notice to a person; runs in an action. News that are not wanted are the last ones.

    A letter that was given up before it was withdrawn did not reach its reader, and that stays noted.
    """
    try:
        notice = parse(str(facts.get("notice", "")), "ntc")
    except NotAPublicId:
        return
    rows = NoticeRecord.objects.filter(subject=person, notice=notice)
    if end is LetterEnd.WITHDRAWN:
        rows = rows.filter(settled_at=None)
    rows.update(delivery=ENDS[end], settled_at=at)
    if end is LetterEnd.UNWANTED and news.is_wanted(person, at):
        unsubscribing.say(person=person, yes=False, means=Means.COMPLAINT, by=by, at=at)


def news_are_wanted(*, person: UUID, facts: Mapping[str, Any], at: datetime) -> bool:
    """Tell whether a letter with news may still be sent; one that staff try out may."""
    return not facts.get("notice") or audience.wants_news(person, at)


def enter() -> None:
    """Enter what is noted of letters, and what is asked before news are sent."""
    only_while(LETTERS[NoticeKind.NEWS], news_are_wanted)
    for kind in LETTERS.values():
        for end in ENDS:
            on_end(kind, partial(note_end, end=end), end)
