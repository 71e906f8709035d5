"""The support room enters the house."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Enters what the room holds about people."""

    name = "ringfence.support"
    label = "support"

    def ready(self) -> None:
        """Enter the register, what has an end, and the promise about letters."""
        from ringfence.support import personal_data, promises, retention  # noqa: F401 - importing enters two
        from ringfence.support.abuse import entering as abuse

        promises.enter()
        abuse.enter()
