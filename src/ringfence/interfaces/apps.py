"""The app that brings the shared base of all pages: templates, static files, tags and translations."""

from django.apps import AppConfig


class InterfacesConfig(AppConfig):
    """The shared base of every page."""

    name = "ringfence.interfaces"
    label = "interfaces"
    verbose_name = "Interfaces"
