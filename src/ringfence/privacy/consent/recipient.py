"""Google, as one of those who get data: only where an operator counts visits, and only of whoever said yes (3.2)."""

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import recipients
from ringfence.privacy.consent import notices


def enter() -> None:
    """Enter it."""
    recipients.enter(
        recipients.Recipient(
            "google",
            gettext_noop("Google Analytics, for those who have said yes"),
            recipients.Part.CONTROLLER,
            gettext_noop(
                "Which of our public pages you read and when, your network address, and what kind of browser you use"
            ),
            gettext_noop("To know which pages are read, and make them better"),
            "3.2",
            "GDPR art. 6(1)(a)",
            is_used=lambda: bool(notices.measurement()),
            name=lambda: notices.RECIPIENT,
            site=lambda: "https://policies.google.com/privacy",
            outside=lambda: gettext_noop("the United States too, under the EU-US Data Privacy Framework"),
        )
    )
