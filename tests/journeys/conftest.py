"""Journeys use the store and the browser that all browser tests share."""

from tests.browser.conftest import chromium, page, store, visitor

__all__ = ["chromium", "page", "store", "visitor"]
