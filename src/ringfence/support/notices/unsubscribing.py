"""The link in each letter with news that ends them, without signing in (RFC 8058), and that can be taken back."""

import binascii
import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Final
from uuid import UUID

from ringfence.accounts.actions.letters import withdraw_unsent
from ringfence.accounts.queries import language_of
from ringfence.kernel.action import action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.privacy.consent import actions as consents
from ringfence.privacy.consent import news
from ringfence.privacy.consent.rules import Means
from ringfence.privacy.ports import key_store
from ringfence.support.notice_models import NoticeRecord

NAME: Final = "news-link"
ID: Final = 16
MARK: Final = 16
"""Bytes of the record's id, and of the keyed digest beside it."""


def token(record: UUID) -> str:
    """Return what stands in the link of one letter; nobody can make it up, and it names nobody."""
    return urlsafe_b64encode(record.bytes + _mark(record)).rstrip(b"=").decode()


def record_of(said: str) -> UUID | None:
    """Return whose letter a link stood in; None for one that is not ours."""
    try:
        raw = urlsafe_b64decode(said + "=" * (-len(said) % 4))
    except (binascii.Error, ValueError):
        return None
    if len(raw) != ID + MARK:
        return None
    record = UUID(bytes=raw[:ID])
    return record if hmac.compare_digest(_mark(record), raw[ID:]) else None


def _mark(record: UUID) -> bytes:
    return key_store().mac(NAME, record.bytes)[:MARK]


def wanted(said: str, at: datetime) -> bool | None:
    """Tell whether the reader of a letter still gets news; None for a link that is not ours or too old."""
    person = _reader(said)
    return None if person is None else news.is_wanted(person, at)


def _reader(said: str) -> UUID | None:
    record = record_of(said)
    if record is None:
        return None
    return NoticeRecord.objects.filter(pk=record).values_list("subject", flat=True).first()


@action("notice.answer_by_link")
def answer(*, link: str, yes: bool, by: Actor, at: datetime) -> bool:
    """End news for the reader of a letter, or let them go on after all; return whether the link is one of ours."""
    nothing_happened()
    person = _reader(link)
    if person is None:
        return False
    say(person=person, yes=yes, means=Means.LETTER, by=by, at=at)
    return True


@action("notice.say")
def say(*, person: UUID, yes: bool, means: Means, by: Actor, at: datetime) -> None:
    """Note whether a person wants news. With a no, letters with news that wait for the post are not sent any more."""
    nothing_happened()
    language = language_of(person)
    consents.choose_news(person=person, yes=yes, means=means, language=language, by=by, at=at)
    if yes:
        return
    withdraw_unsent(person=person, kind="notice-news", by=by, at=at)
