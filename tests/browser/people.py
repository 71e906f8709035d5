"""What visitors do in the store's pages, step by step, as a person would."""

import re
from dataclasses import dataclass
from typing import Any

import pyotp
from playwright.sync_api import CDPSession, Page, expect

from tests.browser.post import link_in
from tests.browser.store import RunningStore

PASSWORD = "four plain words here"
STEP_SECONDS = 30


@dataclass
class CodeApp:
    """A code app on somebody's phone. Each code works once, so that it shows the next one each time."""

    secret: str
    shown: int = 0

    def code(self) -> str:
        """A code that has not been used: of the running half minute, or, after that, of the next one."""
        app = pyotp.TOTP(self.secret)
        now = int(app.timecode(_now()))
        self.shown = max(now, self.shown + 1)
        return str(app.generate_otp(self.shown))


def _now() -> Any:
    from datetime import UTC, datetime

    return datetime.now(UTC)


def press(page: Page, name: str) -> None:
    """Press the button with this name."""
    page.get_by_role("button", name=name, exact=True).click()


def register(page: Page, store: RunningStore, email: str, password: str = PASSWORD) -> None:
    """Register, open the link in the letter that was sent, and confirm."""
    page.goto("/en/register/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    press(page, "Register")
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your mailbox")
    confirm(page, store, email, password)


def confirm(page: Page, store: RunningStore, email: str, password: str = PASSWORD) -> None:
    """Open the link in the letter of a registration, and confirm."""
    page.goto(link_in(store.post.letter(email, "/register/confirm/"), "/register/confirm/"))
    page.get_by_label("Password").fill(password)
    press(page, "Confirm and sign in")
    expect(page.get_by_text("Your address is confirmed.")).to_be_visible()


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Sign in with address and password."""
    page.goto("/en/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(password)
    press(page, "Sign in")


def sign_out(page: Page) -> None:
    """Sign out."""
    page.goto("/en/account/")
    press(page, "Sign out")
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def set_up_code_app(page: Page) -> CodeApp:
    """Set up a code app from the secret the page shows, and skip recovery codes."""
    page.goto("/en/account/security/code-app/")
    shown = page.locator("p.secret").inner_text()
    app = CodeApp(re.sub(r"\s", "", shown))
    page.get_by_label("Code", exact=True).fill(app.code())
    press(page, "Put it to use")
    expect(page.get_by_text("The code app is set up.")).to_be_visible()
    return app


def passkey_device(page: Page) -> CDPSession:
    """A device that makes and shows passkeys whenever it is asked, as a finger on a sensor would."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    return device


def add_passkey(page: Page, label: str = "") -> None:
    """Make a passkey on this page's device."""
    page.goto("/en/account/security/passkeys/add/")
    page.get_by_label("Name of the passkey").fill(label)
    press(page, "Make the passkey")
    expect(page.get_by_text("The passkey is added.")).to_be_visible()


def staff_in(page: Page, store: RunningStore, email: str, *roles: str) -> CodeApp:
    """Let a new member of staff in by the link the program prints, and set up their code app."""
    wanted = [word for role in roles for word in ("--role", role)]
    said = store.run("staff", "add", email, *wanted)
    found = re.search(r"http://\S+", said)
    assert found, said
    page.goto(found[0])
    press(page, "Go in")
    return set_up_code_app(page)


def buyer(page: Page, store: RunningStore, email: str, **profile: Any) -> str:
    """A customer who can order, signed in; their id."""
    known = {"name": "Customer One", "country": "NO", "consumer": True, "time_zone": "Europe/Oslo", **profile}
    person = store.seed("customer", email=email, **known)
    sign_in(page, email)
    expect(page).to_have_url(re.compile(r"/en/account/$"))
    return str(person)


def keep(page: Page, place: int = 0) -> str:
    """Choose a number of the list and have it kept; the order's public id."""
    page.goto("/en/?country=GB")
    page.get_by_role("list").get_by_role("link", name=re.compile("^Choose")).nth(place).click()
    press(page, "Keep it for me")
    expect(page).to_have_url(re.compile(r"/en/checkout/ord_\w+/$"))
    return page.url.rstrip("/").rsplit("/", 1)[1]


def pay(page: Page, card: str = "succeeds") -> None:
    """Go on to the payment provider's page and pay there with a test card."""
    page.get_by_role("button", name=re.compile("^Order and pay")).click()
    expect(page.locator("#pay")).to_be_visible()
    page.locator(f"button[aria-describedby~='card-{card}']").click()


def is_yours(page: Page) -> None:
    """Wait until the page says that the number is in service; it looks again by itself."""
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "It is yours. Point it somewhere.", timeout=20_000
    )
