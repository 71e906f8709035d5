"""Telephony enters the house."""

from django.apps import AppConfig


class TelephonyConfig(AppConfig):
    """Enters what telephony holds about people."""

    name = "ringfence.telephony"
    label = "telephony"

    def ready(self) -> None:
        """Register personal data, tasks and the check of a promise."""
        from ringfence.privacy.authorities import ports
        from ringfence.telephony import (  # noqa: F401 - importing registers them
            lookups,
            message_retention,
            message_tasks,
            personal_data,
            promises,
            recipients,
            statistics,
            tasks,
            trial_tasks,
        )

        ports.install_who_had(lookups.who_had)
        promises.enter()
        recipients.enter_recipients()
        statistics.enter()
