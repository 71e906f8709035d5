"""The accounts room enters the house."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Enters what the room holds about people."""

    name = "ringfence.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Enter the register, and what the room adds to the promises."""
        from ringfence.accounts import personal_data, promises  # noqa: F401 - importing enters the register

        promises.enter()
