"""The settings of mail that goes out: what it is signed with."""

from dataclasses import dataclass
from pathlib import Path

from ringfence.config import parsing
from ringfence.config.declaring import declare


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
