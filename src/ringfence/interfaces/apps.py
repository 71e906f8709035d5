"""The app that brings the shared base of all pages: templates, static files, tags and translations."""

from django.apps import AppConfig


class InterfacesConfig(AppConfig):
    """The shared base of every page."""

    name = "ringfence.interfaces"
    label = "interfaces"
    verbose_name = "Interfaces"

    def ready(self) -> None:
        """Give background tasks their clock, which only interfaces look at; copies their words; the log its tone."""
        from ringfence.interfaces import clock, log_tone, visits, ways_in
        from ringfence.interfaces.account import held_words
        from ringfence.privacy.background import install_clock

        install_clock(clock.now)
        held_words.install()
        log_tone.install()
        visits.enter()
        ways_in.enter()
