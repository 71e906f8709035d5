"""Who gets personal data through the accounts room: whoever carries our mail, and the sign-in provider."""

from uuid import UUID

from django.conf import settings

from ringfence.accounts.models.letters import RETURNED, SENT, OutgoingLetter
from ringfence.accounts.ports import identity_provider
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.disclosure import everyday
from ringfence.privacy.recipients import Part, Recipient, enter, host_of


def _has_provider() -> bool:
    return identity_provider() is not None


def _provider() -> str:
    return str(settings.ENVIRONMENT.oidc_name)


def _provider_site() -> str:
    return f"https://{host_of(settings.ENVIRONMENT.oidc_issuer or '')}/"


def _carries_our_mail() -> bool:
    return bool(settings.ENVIRONMENT.smtp_url)


def _letters(subject: UUID) -> everyday.Given:
    sent = OutgoingLetter.objects.filter(subject=subject, state__in=(SENT, RETURNED))
    return everyday.of_rows(sent, "sent_at")


def enter_recipients() -> None:
    """Enter them."""
    everyday.enter("mail", _letters)
    enter(
        Recipient(
            "mail",
            gettext_noop("Whoever carries our mail"),
            Part.PROCESSOR,
            gettext_noop("Your e-mail address and what our letters say"),
            gettext_noop("Letters to you have to reach your mailbox"),
            "2.2",
            "GDPR art. 6(1)(b)",
            fields=("accounts.OutgoingLetter.email", "accounts.OutgoingLetter.facts"),
            is_used=_carries_our_mail,
        )
    )
    enter(
        Recipient(
            "sign-in",
            gettext_noop("The sign-in provider"),
            Part.CHOSEN,
            gettext_noop("That you sign in here; from us it gets nothing about you"),
            gettext_noop("You chose to sign in with an account you have there"),
            "1.3",
            "GDPR art. 6(1)(b)",
            is_used=_has_provider,
            name=_provider,
            site=_provider_site,
        )
    )
