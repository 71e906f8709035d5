"""The app that brings the shared base of all pages: templates, static files, tags and translations."""

from django.apps import AppConfig


class InterfacesConfig(AppConfig):
    """The shared base of every page."""

    name = "ringfence.interfaces"
    label = "interfaces"
    verbose_name = "Interfaces"

    def ready(self) -> None:
        """Give tasks their clock, which only interfaces look at; copies their words; checks the pages there are."""
        from ringfence.interfaces import (
            clock,
            log_tone,
            own_addresses,
            page_views,
            terms_gate,
            visits,
            ways_in,
        )
        from ringfence.interfaces.account import held_words, reach
        from ringfence.privacy.background import install_clock
        from ringfence.privacy.disclosure import door, refusing
        from ringfence.privacy.page_views import source
        from ringfence.privacy.secrecy import asking

        install_clock(clock.now)
        door.on_refusal(lambda exit_name, field: refusing.note(exit_name, field, clock.now()))
        held_words.install()
        asking.enter_questions(own_addresses.listed, own_addresses.is_expected)
        reach.enter()
        log_tone.install()
        terms_gate.enter()
        visits.enter()
        source.enter(page_views.names)
        ways_in.enter()
