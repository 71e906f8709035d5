"""Taking mail in by SMTP (RFC 5321) and LMTP (RFC 2033): a letter is accepted once it is stored, and not before."""

import asyncio
import re
from email.utils import parseaddr
from typing import Any, Final

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax
from django.conf import settings

from ringfence.interfaces import clock
from ringfence.interfaces.mail.storing import Storing
from ringfence.kernel.actor import Actor
from ringfence.support import actions
from ringfence.support.rules import LARGEST_ATTACHED, LARGEST_LETTER, is_own

log = structlog.get_logger(__name__)

MOST_RECIPIENTS: Final = 20
LONGEST_LINE: Final = 1 << 20
"""Bytes of a line. RFC 5322 allows 998; real mail has longer ones, and a letter is not lost for that."""

TAKEN: Final = "250 2.0.0 Taken"
LATER: Final = "451 4.3.0 Try again later"
TOO_LARGE: Final = (
    f"552 5.3.4 This letter is too large: {LARGEST_ATTACHED} MB can be attached at most."
    f" Brevet er for stort: maks. {LARGEST_ATTACHED} MB kan legges ved."
)
TOO_MANY: Final = "450 4.7.1 Too many letters from this address within an hour; try again later"
FROM_NOBODY: Final = "451 4.7.1 Too many letters without a sender within an hour; try again later"
IN_A_CIRCLE: Final = "554 5.4.6 This letter goes round in a circle"
_ADDRESS: Final = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


class Server(SMTP):
    """One connection. Whoever greets with LHLO speaks LMTP, and is answered for each recipient of a letter."""

    line_length_limit = LONGEST_LINE

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_local = False

    @syntax("LHLO hostname")
    async def smtp_LHLO(self, arg: str) -> None:  # noqa: N802 - the library's name
        """Greet a server that hands letters over for good (RFC 2033)."""
        self.is_local = True
        await self.smtp_EHLO(arg)

    async def push(self, status: bytes | str) -> None:
        """Answer; a letter that is too large is told of in words that its writer can use."""
        text = status.decode() if isinstance(status, bytes) else status
        await super().push(TOO_LARGE if text.startswith("552 ") else text)


class Intake:
    """What the mail server asks at each step of a delivery."""

    def __init__(self, storing: Storing) -> None:
        """Store letters by the hands of `storing`."""
        self.storing = storing

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept letters to the store; a demonstration takes all, since its customers' mail ends here too."""
        if not _ADDRESS.fullmatch(address):
            return "553 5.1.3 This is not an address"
        if not settings.ENVIRONMENT.demo and not is_own(address):
            return "550 5.1.1 No such mailbox here"
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Store the letter, then accept it. When it cannot be stored, the sender keeps it and tries again."""
        try:
            answer = await asyncio.wrap_future(self.storing.do(lambda: store(envelope)))
        except Exception:
            log.exception("a letter could not be stored")
            answer = LATER
        is_local = isinstance(server, Server) and server.is_local
        return "\r\n".join([answer] * (len(envelope.rcpt_tos) if is_local else 1))

    async def handle_exception(self, error: Exception) -> str:
        """Say nothing of what went wrong (clause 2.7)."""
        log.error("a delivery broke off", exc_info=error)
        return LATER


def store(envelope: Envelope) -> str:
    """Store a letter in the support room; return the answer to its sender."""
    content = envelope.content or b""
    sender = parseaddr(_readable(envelope.mail_from or ""))[1]
    try:
        actions.receive_letter(
            content=content if isinstance(content, bytes) else content.encode(),
            sender=sender,
            own=is_own(sender),
            recipients=[_readable(one) for one in envelope.rcpt_tos],
            by=Actor.system("mail-in"),
            at=clock.now(),
        )
    except actions.TooManyFromNobody:
        return FROM_NOBODY
    except actions.TooManyLetters:
        return TOO_MANY
    except actions.InACircle:
        return IN_A_CIRCLE
    return TAKEN


def _readable(address: str) -> str:
    """Return an address as text that can be stored, whatever bytes it came in."""
    return address.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "")


class IntakeController(Controller):
    """The server with the hands that store."""

    def __init__(self, storing: Storing, **settings_of_it: Any) -> None:
        """Serve with the hands of `storing`."""
        self.storing = storing
        super().__init__(Intake(storing), **settings_of_it)

    def factory(self) -> SMTP:
        """Return what speaks with one sender."""
        return Server(self.handler, **self.SMTP_kwargs)

    def stop(self, no_assert: bool = False) -> None:  # noqa: FBT001, FBT002 - the library's signature
        """Stop, once what is being stored is stored."""
        super().stop(no_assert)
        self.storing.stop()


def controller(host: str, port: int) -> Controller:
    """Return the server, not yet started. It names neither itself nor its version (clause 2.7)."""
    host_name = settings.ENVIRONMENT.mail_from.rsplit("@", 1)[1]
    return IntakeController(
        Storing(),
        hostname=host,
        port=port,
        server_hostname=host_name,
        ident="ESMTP",
        data_size_limit=LARGEST_LETTER,
        enable_SMTPUTF8=True,
    )
