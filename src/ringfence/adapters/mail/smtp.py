"""Hands letters over by SMTP (RFC 5321)."""

import smtplib
import ssl
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from django.conf import settings

from ringfence.accounts.ports import LetterRejected, LetterToSend, PostUnavailable
from ringfence.adapters.mail.conversation import IN_ONE_LINE, goes_on
from ringfence.adapters.mail.writing import written
from ringfence.kernel.public_ids import public_id

PATIENCE = 20.0
"""Seconds to wait for an answer."""
FOR_GOOD = range(500, 600)


class SmtpMail:
    """The post of an installation: another server by `RINGFENCE_SMTP_URL`, or the store's own mail port."""

    def send(self, letter: LetterToSend) -> None:
        """See the port."""
        message = self.message(letter)
        try:
            with self._connection() as server:
                server.send_message(message, settings.ENVIRONMENT.mail_from, [letter.address])
        except smtplib.SMTPRecipientsRefused as error:
            code = max((code for code, _text in error.recipients.values()), default=0)
            raise _trouble(code) from error
        except smtplib.SMTPResponseException as error:
            raise _trouble(error.smtp_code) from error
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
        message.set_content(content.text, cte="quoted-printable")
        message.add_alternative(content.html, subtype="html", cte="quoted-printable")
        # The library's own line between the parts would tell which library it is (clause 2.7).
        message.set_boundary(f"part-{public_id('let', letter.id)}")
        message["Content-Language"] = letter.language
        return message

    def _connection(self) -> smtplib.SMTP:
        url = settings.ENVIRONMENT.smtp_url or f"smtp://127.0.0.1:{settings.ENVIRONMENT.mail_port}"
        parts = urlsplit(url)
        host = parts.hostname or "127.0.0.1"
        own_name = settings.ENVIRONMENT.mail_from.rsplit("@", 1)[1]
        server: smtplib.SMTP
        if parts.scheme == "smtps":
            secure = ssl.create_default_context()
            server = smtplib.SMTP_SSL(host, parts.port or 465, own_name, timeout=PATIENCE, context=secure)
        else:
            server = smtplib.SMTP(host, parts.port or 25, own_name, timeout=PATIENCE)
        if parts.scheme == "smtp+starttls":
            server.starttls(context=ssl.create_default_context())
        if parts.username:
            server.login(unquote(parts.username), unquote(parts.password or ""))
        return server


def _trouble(code: int) -> Exception:
    if code in FOR_GOOD:
        return LetterRejected(f"the mail server refused the letter for good ({code})")
    return PostUnavailable(f"the mail server refused the letter for now ({code})")
