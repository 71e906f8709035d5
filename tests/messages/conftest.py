"""Carriers are set up, and the store is a public one, unless a test says otherwise."""

from dataclasses import replace

import pytest
from django.conf import settings as django_settings
from pytest_django import Settings

from tests.messages.world import ORIGIN, SETTINGS, Holder, a_holder


@pytest.fixture(autouse=True)
def carriers(settings: Settings) -> None:
    """Set up all carriers."""
    settings.ENVIRONMENT = replace(django_settings.ENVIRONMENT, public_origin=ORIGIN, **SETTINGS)
    settings.PUBLIC_ORIGIN = ORIGIN
    settings.ALLOWED_HOSTS = ["numbers.example", "testserver", "elsewhere.example", "localhost"]


@pytest.fixture
def holder() -> Holder:
    """A customer with a number in service since yesterday."""
    return a_holder()
