"""The privacy room enters the house."""

from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    """Installs the unit of work and the checks of the inventory."""

    name = "ringfence.privacy"
    label = "privacy"

    def ready(self) -> None:
        """Make actions possible, and an undeclared field impossible."""
        from django.core.signals import request_finished, request_started

        from ringfence.kernel.action import install_unit_of_work
        from ringfence.privacy import (  # noqa: F401 - importing registers the checks
            checks,
            personal_data,
            third_party,
            unit_of_work,
        )
        from ringfence.privacy.authorities import entering as demands
        from ringfence.privacy.backups import doors
        from ringfence.privacy.copying import entering
        from ringfence.privacy.disclosure import carried, onward
        from ringfence.privacy.keys import keyring
        from ringfence.privacy.promises import own  # noqa: F401 - importing enters the checks
        from ringfence.privacy.requests import beginning

        beginning.enter()
        onward.enter()
        third_party.declare()
        entering.enter()
        demands.enter()
        doors.install()
        install_unit_of_work(unit_of_work.unit_of_work)
        request_started.connect(keyring.forget, dispatch_uid="keyring-started")
        request_finished.connect(keyring.forget, dispatch_uid="keyring-finished")
        request_started.connect(carried.forget, dispatch_uid="carried-started")
        request_finished.connect(carried.forget, dispatch_uid="carried-finished")
