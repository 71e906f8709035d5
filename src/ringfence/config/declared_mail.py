"""The settings of mail: what letters are signed with, whose word about senders counts, who looks for viruses."""

from dataclasses import dataclass
from pathlib import Path

from ringfence.config import parsing
from ringfence.config.declaring import declare


@dataclass(frozen=True, kw_only=True)
class MailInSettings:
    """What the intake of mail needs to know."""

    mail_port: int = declare(
        "RINGFENCE_MAIL_PORT", parsing.port, 2525, "TCP port that takes mail in (SMTP and LMTP)."
    )
    abuse_email: str | None = declare(
        "RINGFENCE_ABUSE_EMAIL",
        parsing.email,
        None,
        "Address at which abuse of a number is reported by mail. Your mail server has to hand its letters over too.",
        shown="abuse@ the host of RINGFENCE_CONTACT_EMAIL",
    )
    mail_authority: str | None = declare(
        "RINGFENCE_MAIL_AUTHORITY",
        parsing.host_name,
        None,
        "Name by which your receiving mail server signs what it found of a sender (Authentication-Results), for example"
        " mx.example.com. It must remove what others write under that name.",
        shown="none: staff see that nobody has checked",
    )
    clamd: str | None = declare(
        "RINGFENCE_CLAMD",
        parsing.clamd,
        None,
        "Where clamd looks for viruses in what is attached, as host:port or as the path of its socket.",
        shown="none: nobody looks",
    )


@dataclass(frozen=True, kw_only=True)
class MailSettings:
    """What the post needs to know beside where it hands letters over."""

    dkim_key_file: Path | None = declare(
        "RINGFENCE_DKIM_KEY_FILE",
        parsing.file,
        None,
        "PEM file with the key that letters are signed with for the domain of RINGFENCE_MAIL_FROM; without it the mail"
        " server signs, or nobody.",
    )
    dkim_selector: str = declare(
        "RINGFENCE_DKIM_SELECTOR",
        parsing.label,
        "store",
        "Name under _domainkey of that domain at which the other half of the key is published.",
    )
