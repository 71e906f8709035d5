"""Letters, forms and staff for tests of tickets, made by what the product has."""

from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings

from ringfence.accounts.models import OutgoingLetter
from ringfence.accounts.ports import LetterToSend
from ringfence.adapters.mail.smtp import SmtpMail
from ringfence.kernel.actor import Actor, Role
from ringfence.support import actions as support
from ringfence.support.models import Ticket
from ringfence.support.tickets import actions, queries
from ringfence.support.tickets.queries import TicketOpened
from tests.accounts import builders

STRANGER = "stranger1@example.org"


def letter(
    text: str,
    *,
    sender: str = STRANGER,
    subject: str = "A question",
    to: str = "",
    at: datetime | None = None,
    **headers: str,
) -> UUID:
    """Have a letter come in and be looked at; its id."""
    stated = {"Message-ID": f"<{uuid4().hex}@mail.example.org>", "Subject": subject, "From": sender}
    stated |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in stated.items())
    content = f"{head}Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    taken = support.receive_letter(
        content=content,
        sender=sender,
        recipients=[to or settings.CONTACT_EMAIL],
        by=builders.TESTS,
        at=at or builders.now(),
    )
    builders.run_jobs("support.sort_letter")
    return taken


def tagged(ticket: str) -> str:
    """Our address with the tag of a ticket."""
    name, host = settings.CONTACT_EMAIL.split("@")
    return f"{name}+{ticket}@{host}"


def staff(email: str = "staff1@example.com") -> Actor:
    """A member of staff who has said why."""
    person = builders.staff_member(email=email)
    return Actor.staff(person, frozenset({Role.SUPPORT}), "customer-wrote")


def only() -> str:
    """The id of the one ticket there is."""
    return Ticket.objects.exclude(state="merged").get().public_id


def look(by: Actor, ticket: str = "") -> TicketOpened:
    """Open a ticket as staff do."""
    return actions.look(ticket=ticket or only(), by=by, at=builders.now())


def answer(by: Actor, text: str, ticket: str = "", **how: bool) -> None:
    """Answer a ticket as somebody who has seen what is there."""
    key = ticket or only()
    seen = look(by, key).version
    actions.answer(ticket=key, text=text, seen=seen, by=by, at=builders.now(), **how)


def sent(row: OutgoingLetter | None = None) -> dict[str, str]:
    """The headers and the text of our newest answer, as it leaves."""
    row = row or OutgoingLetter.objects.filter(kind=actions.ANSWER).order_by("-made_at").first()
    assert row is not None
    ready = LetterToSend(
        row.pk, row.kind, str(row.email.open()), row.language, "", row.facts.open(), builders.now()
    )
    message = SmtpMail().message(ready)
    body = message.get_body(preferencelist=("plain",))
    assert body is not None
    return {**{name: str(value) for name, value in message.items()}, "": str(body.get_content())}


def states() -> list[str]:
    """Where tickets stand, the oldest first."""
    return list(Ticket.objects.order_by("opened_at", "pk").values_list("state", flat=True))


def listed(show: str, me: Actor) -> list[str]:
    """The tickets of a list, in its order."""
    assert me.person
    return [row.public_id for row in queries.rows(list(queries.listed(show, me.person)), me.person)]
