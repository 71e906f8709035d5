"""The support room enters the house."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    """Enters what the room holds about people."""

    name = "ringfence.support"
    label = "support"

    def ready(self) -> None:
        """Enter the register, and what has an end."""
        from ringfence.support import personal_data, retention  # noqa: F401 - importing enters both
