"""The shop enters the house."""

from django.apps import AppConfig


class ShopConfig(AppConfig):
    """Enters what the shop holds about people in the register, and the checks of its promises."""

    name = "ringfence.shop"
    label = "shop"

    def ready(self) -> None:
        """Enter the register."""
        from ringfence.privacy.requests import callers
        from ringfence.shop import personal_data, promises, recipients, statistics
        from ringfence.shop.actions.callers import shown

        callers.install(shown)
        personal_data.enter()
        promises.enter()
        recipients.enter_recipients()
        statistics.enter()
