"""The accounts room enters the house."""

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Enters what the room holds about people."""

    name = "ringfence.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Enter the register, and what the room adds to the promises."""
        from ringfence.accounts import (
            for_requests,
            personal_data,  # noqa: F401 - importing enters the register
            policy_letters,
            promises,
            recipients,
            ways_out,
        )

        for_requests.enter()
        recipients.enter_recipients()
        policy_letters.enter()
        ways_out.enter()
        promises.enter()
