"""The store's own mail port, for tests in which a check speaks to it."""

import socket
from collections.abc import Iterator

import pytest
from pytest_django import Settings

from ringfence.interfaces import ways_in
from ringfence.interfaces.mail import intake


@pytest.fixture
def open_mail_port(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[intake.Controller]:
    """The port, open; a store that is starting is given no time."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.MAIL_IN = free.getsockname()
    monkeypatch.setattr(ways_in, "STARTING_SECONDS", 0.0)
    controller = intake.controller(*settings.MAIL_IN)
    controller.start()
    yield controller
    if controller.server is not None:
        controller.stop()
