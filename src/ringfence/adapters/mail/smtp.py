"""Hands letters over by SMTP (RFC 5321)."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final
from urllib.parse import unquote, urlsplit

from django.conf import settings

from ringfence.accounts.ports import (
    AddressUnknown,
    LetterDeferred,
    LetterRejected,
    LetterToSend,
    PostUnavailable,
)
from ringfence.adapters import door
from ringfence.adapters.mail import dkim, unsubscribing
from ringfence.adapters.mail.conversation import IN_ONE_LINE, goes_on
from ringfence.adapters.mail.writing import written
from ringfence.kernel.public_ids import public_id
from ringfence.privacy.disclosure.door import Exit

EXIT: Final = Exit("mail", to="mail")
PATIENCE = 20.0
"""Seconds to wait for an answer."""
FOR_GOOD = range(500, 600)
CLOSING = 421
"""What a server answers that takes nothing now, and hangs up (RFC 5321, section 4.2.2)."""

UNKNOWN_ADDRESS = frozenset({550, 551, 553})
"""What a server answers to an address that it does not have; with 5.7 it refuses us, not the address (RFC 3463)."""


class SmtpMail:
    """The post of an installation: another server by `RINGFENCE_SMTP_URL`, or the store's own mail port."""

    def send(self, letter: LetterToSend) -> None:
        """See the port."""
        options = () if letter.address.isascii() else ("SMTPUTF8", "BODY=8BITMIME")
        try:
            whole = self.signed(letter)
            EXIT.check(letter.address, whole)
            with self._connection() as server:
                server.sendmail(settings.ENVIRONMENT.mail_from, [letter.address], whole, options)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = max(error.recipients.values(), default=(0, b""))
            if code in UNKNOWN_ADDRESS and not said.lstrip().startswith(b"5.7."):
                raise AddressUnknown(f"the address takes no letters ({code})") from error
            raise _trouble(code) from error
        except (smtplib.SMTPConnectError, smtplib.SMTPHeloError) as error:
            raise PostUnavailable(f"the mail server takes no letters now ({error.smtp_code})") from error
        except smtplib.SMTPResponseException as error:
            raise _trouble(error.smtp_code) from error
        except dkim.NoKey as error:
            raise PostUnavailable("the key that letters are signed with cannot be used") from error
        except (smtplib.SMTPException, OSError) as error:
            raise PostUnavailable("the mail server does not answer") from error

    def message(self, letter: LetterToSend) -> EmailMessage:
        """Return a letter as a message. Its id is the letter's, so a repeat is known as one."""
        content = written(letter)
        sender = settings.ENVIRONMENT.mail_from
        name, host = sender.rsplit("@", 1)
        message = EmailMessage(policy=IN_ONE_LINE)
        message["From"] = Address(settings.COMPANY_NAME, name, host)
        message["To"] = letter.address
        message["Subject"] = content.subject
        message["Date"] = format_datetime(letter.at)
        message["Message-ID"] = f"<{public_id('let', letter.id)}@{host}>"
        goes_on(message, letter.facts)
        for name, value in unsubscribing.headers(letter).items():
            message[name] = value
        message.set_content(content.text, cte="quoted-printable")
        message.add_alternative(content.html, subtype="html", cte="quoted-printable")
        # The library's own line between the parts would tell which library it is (clause 2.7).
        message.set_boundary(f"part-{public_id('let', letter.id)}")
        message["Content-Language"] = letter.language
        return message

    def signed(self, letter: LetterToSend) -> bytes:
        """Return a letter as it goes over the wire, signed where a key is set."""
        form = IN_ONE_LINE.clone(linesep="\r\n", utf8=not letter.address.isascii())
        whole = self.message(letter).as_bytes(policy=form)
        signer = dkim.signer()
        return signer.sign(whole, letter.at) if signer is not None else whole

    def _connection(self) -> door.SMTP:
        url = settings.ENVIRONMENT.smtp_url or f"smtp://127.0.0.1:{settings.ENVIRONMENT.mail_port}"
        parts = urlsplit(url)
        host = parts.hostname or "127.0.0.1"
        own_name = settings.ENVIRONMENT.mail_from.rsplit("@", 1)[1]
        default = 465 if parts.scheme == "smtps" else 25
        kind = door.SMTPS if parts.scheme == "smtps" else door.SMTP
        server = kind(EXIT, host, parts.port or default, own_name, patience=PATIENCE)
        if parts.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def _trouble(code: int) -> Exception:
    if code in FOR_GOOD:
        return LetterRejected(f"the mail server refused the letter for good ({code})")
    kind = PostUnavailable if code == CLOSING or code < 0 else LetterDeferred
    return kind(f"the mail server refused the letter for now ({code})")
