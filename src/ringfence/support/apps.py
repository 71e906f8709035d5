"""The support room enters the house."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Enters what the room holds about people."""

    name = "ringfence.support"
    label = "support"

    def ready(self) -> None:
        """Enter the register, what has an end, and the promise about letters."""
        from ringfence.support import (
            notice_tasks,  # noqa: F401 - importing enters them
            personal_data,  # noqa: F401
            promises,
            recipients,
            retention,  # noqa: F401
        )
        from ringfence.support.abuse import entering as abuse
        from ringfence.support.notices import letters
        from ringfence.support.tickets import strangers

        letters.enter()
        recipients.enter_recipients()
        promises.enter()
        abuse.enter()
        strangers.enter()
