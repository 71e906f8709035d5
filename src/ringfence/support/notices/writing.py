"""Staff write a notice, look at it, send it to themselves, and say when it goes out."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.accounts.actions import queue_letter
from ringfence.kernel.action import about, action
from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import NotAPublicId, parse
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.support.notice_models import Notice
from ringfence.support.notice_rules import (
    JUST_NOW,
    LONGEST_TEXT,
    LONGEST_TITLE,
    Audience,
    NoticeKind,
    NoticeState,
    require_move,
)
from ringfence.support.notices import audience
from ringfence.support.notices.letters import facts_of, kind_of_letter

LANGUAGES: Final = ("nb", "en")


@dataclass(frozen=True, slots=True)
class Words:
    """What a notice says, by language."""

    title: Mapping[str, str]
    text: Mapping[str, str]


def locked(notice: str) -> Notice:
    """Return a notice by its public id, for a change. Raises Refusal when there is none."""
    try:
        found = Notice.objects.select_for_update().filter(pk=parse(notice, "ntc")).first()
    except NotAPublicId:
        found = None
    if found is None:
        raise Refusal("notice.unknown", gettext_noop("There is no such notice. Go back to the list."))
    return found


def digest_of(row: Notice) -> str:
    """Return the digest of all that was looked at before a notice goes out: what it says, and whom it is for."""
    said = [row.kind, row.title, row.text, row.country, row.holding, row.language]
    compact = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(compact.encode()).hexdigest()


@action("notice.write")
def write(
    *, words: Words, kind: NoticeKind, meant: Audience, notice: str = "", by: Actor, at: datetime
) -> str:
    """Write a notice, or write a draft anew; return its public id. Nobody is sent anything by it. Raises Refusal."""
    _require_words(words)
    row = locked(notice) if notice else Notice(written_at=at, state_since=at)
    if row.state != NoticeState.DRAFT:
        raise Refusal(
            "notice.not_a_draft", gettext_noop("Only a draft can be changed. Take the notice back first.")
        )
    row.kind, row.written_at = kind, at
    row.title = {name: words.title[name].strip() for name in LANGUAGES}
    row.text = {name: words.text[name].replace("\r\n", "\n").strip() for name in LANGUAGES}
    row.country, row.holding, row.language = meant.country, meant.holding, meant.language
    row.save()
    about(notice=row.public_id, kind=str(kind))
    return row.public_id


def _require_words(words: Words) -> None:
    for name in LANGUAGES:
        title, text = words.title.get(name, "").strip(), words.text.get(name, "").strip()
        if not title or not text:
            raise Refusal(
                "notice.one_language",
                gettext_noop(
                    "Write the title and the text in both languages: each customer reads their own."
                ),
            )
        if len(title) > LONGEST_TITLE or len(text) > LONGEST_TEXT or "\n" in title:
            raise Refusal(
                "notice.too_long",
                gettext_noop("A title has at most %(title)s characters, a text at most %(text)s."),
                title=LONGEST_TITLE,
                text=LONGEST_TEXT,
            )


@action("notice.try_out")
def try_out(*, notice: str, person: UUID, by: Actor, at: datetime) -> None:
    """Send a notice to the member of staff who asks, in both languages. No customer gets anything."""
    row = locked(notice)
    for language in LANGUAGES:
        queue_letter(
            kind=kind_of_letter(row),
            person=person,
            language=language,
            facts=facts_of(row, language, record=None),
            by=by,
            at=at,
        )
    about(notice=row.public_id)


@action("notice.schedule")
def schedule(*, notice: str, seen: str, send_at: datetime | None, by: Actor, at: datetime) -> None:
    """Let a notice go out, at once or at a moment to come. `seen` is the digest of what was looked at before.

    Raises Refusal when it was changed meanwhile, when it is for nobody, when it is no draft, or for a moment that is
    over.
    """
    row = locked(notice)
    require_move(row.state, NoticeState.SCHEDULED)
    if send_at is not None and send_at < at - JUST_NOW:
        raise Refusal(
            "notice.over", gettext_noop("That moment is over. Choose one to come, or leave it empty for now.")
        )
    if seen != digest_of(row):
        raise Refusal(
            "notice.changed",
            gettext_noop("The notice was changed since you looked at it. Look at it once more."),
        )
    if not audience.meant(row.kind, row.audience, at).exists():
        raise Refusal(
            "notice.for_nobody", gettext_noop("This notice would reach nobody. Choose whom it is for.")
        )
    row.state, row.state_since = NoticeState.SCHEDULED, at
    row.send_at = max(send_at or at, at)
    row.save(update_fields=["state", "state_since", "send_at"])
    _wake(row)
    about(notice=row.public_id)


@action("notice.take_back")
def take_back(*, notice: str, by: Actor, at: datetime) -> None:
    """Make a draft again of a notice that has not begun to go out. Raises Refusal."""
    row = locked(notice)
    if row.began_at is not None:
        raise Refusal(
            "notice.began",
            gettext_noop("Some have this notice already. It can be paused or stopped, but not changed."),
        )
    _move(row, NoticeState.DRAFT, at)


@action("notice.pause")
def pause(*, notice: str, by: Actor, at: datetime) -> None:
    """Hold a notice: nobody more is written to until it goes on. Raises Refusal."""
    _move(locked(notice), NoticeState.PAUSED, at)


@action("notice.go_on")
def go_on(*, notice: str, by: Actor, at: datetime) -> None:
    """Let a paused notice go on where it stopped. Raises Refusal."""
    row = locked(notice)
    if row.state != NoticeState.PAUSED:
        raise Refusal("notice.cannot", gettext_noop("This notice is not paused. Reload the page."))
    _move(row, NoticeState.SCHEDULED, at)
    _wake(row)


@action("notice.cancel")
def cancel(*, notice: str, by: Actor, at: datetime) -> None:
    """Stop a notice for good; whoever has it keeps it. Raises Refusal."""
    _move(locked(notice), NoticeState.CANCELLED, at)


def _move(row: Notice, to: NoticeState, at: datetime) -> None:
    require_move(row.state, to)
    row.state, row.state_since = to, at
    row.save(update_fields=["state", "state_since"])
    about(notice=row.public_id, state=str(to))


def _wake(row: Notice) -> None:
    """Begin at once; when it is not time yet, that does nothing, and the sweep begins it later."""
    from ringfence.support import notice_tasks

    notice_tasks.wake(row.pk)
