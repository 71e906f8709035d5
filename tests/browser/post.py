"""A post office between the store and its own mail port: every letter is read here, and passed on."""

import contextlib
import email
import re
import smtplib
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.config.installation import free_port, within


@dataclass
class Post:
    """Takes letters by SMTP, keeps them, and hands each on to `onward`, a local port, if somebody listens there."""

    onward: int
    port: int = field(default_factory=free_port)
    letters: list[tuple[str, EmailMessage]] = field(default_factory=list)

    def open(self) -> None:
        """Start to take letters."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def close(self) -> None:
        """Take no more."""
        self._controller.stop()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Keep one letter."""
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        message = email.message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        with contextlib.suppress(OSError), smtplib.SMTP("127.0.0.1", self.onward, timeout=5) as server:
            server.sendmail(envelope.mail_from or "", envelope.rcpt_tos, content)
        self.letters += [(address, message) for address in envelope.rcpt_tos]
        return "250 OK"

    def letter(self, address: str, wanted: str, seconds: float = 20.0) -> EmailMessage:
        """The newest letter to an address that has these words; waits for it."""

        def found() -> list[EmailMessage]:
            letters = [message for to, message in self.letters if to.lower() == address.lower()]
            return [
                message for message in letters if wanted in text_of(message) or wanted in message["Subject"]
            ]

        assert within(seconds, found), f"no letter to {address} about {wanted!r}: {self.subjects()}"
        return found()[-1]

    def subjects(self) -> list[tuple[str, str]]:
        """Who was written to, and about what."""
        return [(to, str(message["Subject"])) for to, message in self.letters]


def text_of(message: EmailMessage) -> str:
    """The plain text of a letter."""
    body = message.get_body(("plain",))
    return str(body.get_content()) if body else ""


def link_in(message: EmailMessage, part: str) -> str:
    """The address in a letter's text whose path has this part."""
    found = [url for url in re.findall(r"https?://\S+", text_of(message)) if part in url]
    assert found, text_of(message)
    return str(found[0])
