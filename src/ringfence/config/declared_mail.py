"""The settings of mail that comes in: whose word about senders counts, and who looks for viruses."""

from dataclasses import dataclass

from ringfence.config import parsing
from ringfence.config.declaring import declare


@dataclass(frozen=True, kw_only=True)
class MailInSettings:
    """What the intake of mail needs to know."""

    mail_port: int = declare(
        "RINGFENCE_MAIL_PORT", parsing.port, 2525, "TCP port that takes mail in (SMTP and LMTP)."
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
