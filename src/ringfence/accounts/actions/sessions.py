"""Signing in and out, and counting the tries."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from django.db import connection

from ringfence.accounts.actions import links
from ringfence.accounts.models import Person, SignIn
from ringfence.accounts.rules import (
    ADDRESS_INDEX,
    LIMITS,
    SEEN_EVERY,
    LinkKind,
    Means,
    PersonState,
    normalised,
)
from ringfence.accounts.secrets import digest_of_try, password_matches
from ringfence.kernel.action import about, action, nothing_happened
from ringfence.kernel.actor import Actor
from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.keys import blind, keyring
from ringfence.privacy.queries import being_erased
from ringfence.privacy.requests import effects
from ringfence.privacy.rules import RequestKind

NOBODY = "nobody@invalid.example"


@action("accounts.count_try")
def count_try(*, gate: str, who: str, by: Actor, at: datetime) -> int:
    """Count a try at a gate of `LIMITS`; return 0, or the seconds to wait when there were too many.

    `who` is a network address or anything that stands for an account; only its keyed digest is stored.
    """
    nothing_happened()
    limit = LIMITS[gate]
    length = int(limit.window.total_seconds())
    began = int(at.timestamp()) // length * length
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO accounts_trycount (digest, began_at, count) VALUES (%s, %s, 1)"
            " ON CONFLICT (digest, began_at) DO UPDATE SET count = accounts_trycount.count + 1 RETURNING count",
            [digest_of_try(gate, who), datetime.fromtimestamp(began, UTC)],
        )
        count = int(cursor.fetchone()[0])
    return 0 if count <= limit.count else max(1, began + length - int(at.timestamp()))


def enter_with_password(*, address: str, password: str, by: Actor, at: datetime) -> UUID | None:
    """Return whose address and password these are, or None. Right or wrong, known or not: the same work."""
    try:
        email = normalised(address)
    except Refusal:
        email = NOBODY
    found = blind.find(ADDRESS_INDEX, email) or uuid4()
    keyring.prefetch([found], RetentionClass.ACCOUNT)
    person = Person.objects.filter(pk=found, state=PersonState.ACTIVE).first()
    digest = person.password.open() if person is not None and person.password is not None else None
    if password_matches(password, digest or None) and person is not None:
        return person.pk
    _refuse_entrance(person=person.pk if person else None, by=by, at=at)
    return None


@action("accounts.refuse_entrance")
def _refuse_entrance(*, person: UUID | None, by: Actor, at: datetime) -> None:
    if person is not None:
        about(person)
    about(reason="password")


def check_password_of(*, person: UUID, password: str) -> bool:
    """Tell whether a password is that of a person who is signed in."""
    row = Person.objects.filter(pk=person).first()
    digest = row.password.open() if row is not None and row.password is not None else None
    return password_matches(password, digest or None)


@action("accounts.sign_in")
def sign_in(
    *, person: UUID, means: Means, strong: bool, network_address: str, device: str, by: Actor, at: datetime
) -> UUID:
    """Begin a session and return its id. `strong` when a passkey or a one-time code was shown.

    Of somebody who objected to it, neither network address nor device is noted (GDPR art. 21).
    Raises Refusal while the account is being deleted.
    """
    if being_erased(person):
        raise Refusal(
            "account-being-deleted",
            gettext_noop("This account is being deleted. Nobody can enter it any more."),
        )
    if effects.is_stopped(person, RequestKind.OBJECT):
        network_address = device = ""
    row = SignIn(
        person_id=person,
        means=means,
        strong=strong,
        made_at=at,
        seen_at=at,
        fresh_at=at,
        network_address=network_address,
        device=device,
    )
    row.save(force_insert=True)
    Person.objects.filter(pk=person, leaves_at__isnull=False).update(leaves_at=None)
    about(person, means=means, strong=strong)
    return row.pk


@action("accounts.use_entry_link")
def use_entry_link(*, token: str, by: Actor, at: datetime) -> UUID:
    """Let a new member of staff in by the link printed for them; return their id. Raises Refusal."""
    link = links.take(LinkKind.STAFF_ENTRY, token, at)
    about(link.subject)
    link.delete()
    return link.subject


@action("accounts.mark_seen")
def mark_seen(*, session: UUID, by: Actor, at: datetime) -> None:
    """Note that a session is in use, at most every few minutes."""
    nothing_happened()
    SignIn.objects.filter(pk=session, seen_at__lt=at - SEEN_EVERY).update(seen_at=at)


@action("accounts.prove_again")
def prove_again(*, person: UUID, session: UUID, strong: bool, by: Actor, at: datetime) -> None:
    """Note that a signed-in person has just proved again who they are."""
    about(person, strong=strong)
    rows = SignIn.objects.filter(pk=session, person=person)
    rows.update(fresh_at=at)
    if strong:
        rows.update(strong=True)


@action("accounts.sign_out")
def end_sign_in(*, person: UUID, session: UUID, by: Actor, at: datetime) -> None:
    """End one of a person's sessions. Raises Refusal when it is not theirs or has ended."""
    about(person)
    count = SignIn.objects.filter(pk=session, person=person).delete()[0]
    if not count:
        raise Refusal("session-ended", gettext_noop("This session has ended already."))


@action("accounts.sign_out_others")
def sign_out_others(*, person: UUID, keep: UUID, by: Actor, at: datetime) -> int:
    """End every session of a person but one; return how many."""
    count = SignIn.objects.filter(person=person).exclude(pk=keep).delete()[0]
    about(person, count=count)
    return count


@action("accounts.sign_out_everywhere")
def sign_out_everywhere(*, person: UUID, by: Actor, at: datetime) -> int:
    """End every session of a person; return how many."""
    count = SignIn.objects.filter(person=person).delete()[0]
    about(person, count=count)
    return count


@action("accounts.forget_places")
def forget_places(*, subject: UUID, by: Actor, at: datetime) -> None:
    """Forget from where and with what a person is signed in; the sessions go on."""
    rows = list(SignIn.objects.select_for_update().filter(person=subject))
    for row in rows:
        row.network_address = row.device = ""
        row.save(update_fields=["network_address", "device"])
    if not rows:
        nothing_happened()
    about(subject, count=len(rows))
