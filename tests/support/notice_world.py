"""Notices and people to send them to, for tests."""

from datetime import UTC, datetime
from uuid import UUID

from ringfence.kernel.actor import Actor
from ringfence.kernel.public_ids import parse
from ringfence.privacy.consent.rules import Means
from ringfence.support.notice_rules import Audience, NoticeKind
from ringfence.support.notices import queries, sending, unsubscribing, writing
from ringfence.support.notices.writing import Words

SYSTEM = Actor.system("tests")
EVERYBODY = Audience()
WORDS = Words(
    {"nb": "Ny adresse for innlogging", "en": "A new address for signing in"},
    {"nb": "Fra mandag.\n\nDu trenger ikke gjøre noe.", "en": "From Monday.\n\nYou need not do anything."},
)


def now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


def written(
    kind: NoticeKind = NoticeKind.SERVICE, meant: Audience = EVERYBODY, at: datetime | None = None
) -> str:
    """Write a notice."""
    return writing.write(words=WORDS, kind=kind, meant=meant, by=SYSTEM, at=at or now())


def scheduled(
    kind: NoticeKind = NoticeKind.SERVICE,
    meant: Audience = EVERYBODY,
    at: datetime | None = None,
    send_at: datetime | None = None,
) -> str:
    """Write a notice, look at it, and let it go out."""
    at = at or now()
    public = written(kind, meant, at)
    writing.schedule(notice=public, seen=seen(public), send_at=send_at, by=SYSTEM, at=at)
    return public


def seen(public: str) -> str:
    """The digest of what a notice says now."""
    found = queries.notice(public)
    assert found is not None
    return found.digest


def state(public: str) -> str:
    """Where a notice stands."""
    found = queries.notice(public)
    assert found is not None
    return str(found.row.state)


def sent_out(public: str, at: datetime | None = None) -> None:
    """Send a notice batch by batch until nobody is left, or until it is held."""
    while sending.send_batch(parse(public, "ntc"), by=SYSTEM, at=at or now()):
        pass


def wants_news(person: UUID, at: datetime | None = None) -> None:
    """Have a customer say yes to news."""
    unsubscribing.say(person=person, yes=True, means=Means.ACCOUNT, by=Actor.customer(person), at=at or now())
