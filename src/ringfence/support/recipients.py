"""Who gets personal data through support: whoever looks for viruses, where that is another machine."""

from ipaddress import ip_address

from django.conf import settings

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.recipients import Part, Recipient, enter


def _is_elsewhere() -> bool:
    where = str(settings.ENVIRONMENT.clamd or "")
    if not where or where.startswith("/"):
        return False
    host = where.rpartition(":")[0].strip("[]")
    try:
        return not ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def enter_recipients() -> None:
    """Enter them."""
    enter(
        Recipient(
            "scanner",
            gettext_noop("Whoever looks through files for viruses"),
            Part.PROCESSOR,
            gettext_noop("The files that come with a letter to us"),
            gettext_noop("A file must not harm those who open it"),
            "2.6",
            "GDPR art. 6(1)(f)",
            fields=("support.Letter.content",),
            is_used=_is_elsewhere,
        )
    )
