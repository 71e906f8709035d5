"""The app that brings the shared base of all pages: templates, static files, tags and translations."""

from django.apps import AppConfig


class InterfacesConfig(AppConfig):
    """The shared base of every page."""

    name = "ringfence.interfaces"
    label = "interfaces"
    verbose_name = "Interfaces"

    def ready(self) -> None:
        """Give background tasks their clock: only interfaces look at it; and the checks which pages there are."""
        from ringfence.interfaces import clock, log_tone, own_addresses
        from ringfence.interfaces.account import reach
        from ringfence.privacy.background import install_clock
        from ringfence.privacy.secrecy import asking

        install_clock(clock.now)
        asking.enter_questions(own_addresses.listed)
        reach.enter()
        log_tone.install()
