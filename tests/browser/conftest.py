"""What browser tests stand on: one running store, one browser, and a visitor of their own for each test."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.browser.chromium import DESKTOP, PATIENCE_MS, Watch, close_all, the_browser
from tests.browser.store import RunningStore, the_store

Visitor = Callable[..., BrowserContext]
_addresses = count(1)


@pytest.fixture(scope="session")
def store() -> Iterator[RunningStore]:
    """The store all browser tests share; stopped at the end, when nothing may be left behind."""
    running = the_store()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser, for the tests of a module."""
    yield the_browser()
    close_all()


@pytest.fixture
def visitor(store: RunningStore, chromium: Browser) -> Iterator[Visitor]:
    """Make visitors, each with a browser profile and an address of its own, watched until the end of the test."""
    watched: list[Watch] = []

    def arrive(**wishes: Any) -> BrowserContext:
        wanted = {
            "locale": "en-GB",
            "timezone_id": "Europe/Oslo",
            "viewport": DESKTOP,
            "reduced_motion": "reduce",
            "extra_http_headers": {"X-Forwarded-For": f"198.51.100.{next(_addresses)}"},
        }
        context = chromium.new_context(base_url=store.origin, **{**wanted, **wishes})
        context.set_default_timeout(PATIENCE_MS)
        watch = Watch({store.origin, store.provider})
        watch.over(context)
        watched.append(watch)
        return context

    yield arrive
    try:
        for watch in watched:
            watch.look()
    finally:
        for watch in watched:
            watch.context.close()


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """A visitor's page, at a desk."""
    return visitor().new_page()
