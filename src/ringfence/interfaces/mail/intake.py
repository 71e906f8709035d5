"""Taking mail in by SMTP (RFC 5321): a letter is accepted once it is stored, and not before."""

import asyncio
import re
from email.utils import parseaddr

import structlog
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.conf import settings
from django.db import close_old_connections, connections

from ringfence.interfaces import clock
from ringfence.kernel.actor import Actor
from ringfence.privacy.keys import keyring
from ringfence.support import actions
from ringfence.support.rules import is_own, own_addresses

log = structlog.get_logger(__name__)

LARGEST_LETTER = 5_000_000
"""Bytes."""
MOST_RECIPIENTS = 20
_ADDRESS = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")


class Intake:
    """What the mail server asks at each step of a delivery."""

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

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Store the letter, then accept it. When it cannot be stored, the sender keeps it and tries again."""
        try:
            await asyncio.to_thread(store, envelope)
        except Exception:
            log.exception("a letter could not be stored")
            return "451 4.3.0 Try again later"
        return "250 2.0.0 Taken"


def store(envelope: Envelope) -> None:
    """Store a letter in the support room."""
    close_old_connections()
    content = envelope.content or b""
    sender = parseaddr(envelope.mail_from or "")[1]
    try:
        actions.receive_letter(
            content=content if isinstance(content, bytes) else content.encode(),
            sender=sender,
            own=sender.lower() in own_addresses(),
            recipients=list(envelope.rcpt_tos),
            by=Actor.system("mail-in"),
            at=clock.now(),
        )
    finally:
        keyring.forget()
        connections.close_all()


def controller(host: str, port: int) -> Controller:
    """Return the server, not yet started. It names neither itself nor its version (clause 2.7)."""
    host_name = settings.ENVIRONMENT.mail_from.rsplit("@", 1)[1]
    return Controller(
        Intake(),
        hostname=host,
        port=port,
        server_hostname=host_name,
        ident="ESMTP",
        data_size_limit=LARGEST_LETTER,
        enable_SMTPUTF8=True,
    )
