"""Journeys use the store and the browser that all browser tests share."""

from tests.browser.conftest import page, store, visitor

__all__ = ["page", "store", "visitor"]
