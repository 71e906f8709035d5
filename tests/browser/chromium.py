"""Debian's Chromium, driven by Playwright, and a watch over everything a page does."""

from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Playwright,
    Request,
    ViewportSize,
    sync_playwright,
)

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"]
COOKIES = {"session", "csrf"}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}
PATIENCE_MS = 15_000


@cache
def the_playwright() -> Playwright:
    """The driver, until `close_all`; as long as it runs, no other event loop can in this thread."""
    return sync_playwright().start()


@cache
def the_browser() -> Browser:
    """The browser, until `close_all`."""
    return the_playwright().chromium.launch(executable_path="/usr/bin/chromium", args=ARGUMENTS)


def close_all() -> None:
    """Close browser and driver, if they were opened."""
    if the_browser.cache_info().currsize:
        the_browser().close()
        the_browser.cache_clear()
    if the_playwright.cache_info().currsize:
        the_playwright().stop()
        the_playwright.cache_clear()


@dataclass
class Watch:
    """Looks over a visitor's shoulder: where requests go, what the browser complains of, which cookies are set."""

    allowed: set[str]
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    cookies: set[str] = field(default_factory=set)

    def over(self, context: BrowserContext) -> None:
        """Begin to watch."""
        self.context = context
        context.on("request", self._asked)
        context.on("console", self._said)
        context.on("weberror", lambda problem: self.complaints.append(str(problem.error)))

    def _asked(self, request: Request) -> None:
        origin = urlsplit(request.url)
        if origin.scheme not in {"data", "blob"} and f"{origin.scheme}://{origin.netloc}" not in self.allowed:
            self.strangers.append(request.url)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.complaints.append(message.text)

    def look(self) -> None:
        """Insist that nothing untoward was seen until now."""
        self.cookies |= {cookie["name"] for cookie in self.context.cookies()}
        assert not self.strangers, f"requests to strangers: {self.strangers}"
        assert not self.complaints, f"the browser complained: {self.complaints}"
        assert self.cookies <= COOKIES, f"cookies beyond the strictly necessary: {self.cookies - COOKIES}"


def wide(page: Page) -> list[str]:
    """What sticks out of the page to the right, so that it would have to be scrolled sideways."""
    page.wait_for_load_state("domcontentloaded")
    return list(
        page.evaluate(
            """() => {
              const width = document.documentElement.clientWidth;
              if (document.documentElement.scrollWidth <= width) return [];
              return [...document.querySelectorAll('body *')]
                .filter(one => one.getBoundingClientRect().right > width + 1)
                .map(one => one.outerHTML.slice(0, 120));
            }"""
        )
    )
