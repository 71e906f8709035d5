"""What staff began to write on the page of a ticket stays until it is sent, whichever button they press meanwhile."""

from playwright.sync_api import Browser, Route

from tests.house import source

PAGE = """<!doctype html><title>Ticket</title><script src="/tickets.js" defer></script>
<div data-around="/en/staff/tickets/tkt_1/around/" data-version="%s" hidden>
<span data-others hidden></span><span data-written hidden></span></div>
<form id="work" action="/en/staff/tickets/tkt_1/answer/"><textarea name="text" data-focus="answer">%s</textarea>
<button>Send</button><textarea name="note" data-focus="note"></textarea>
<button formaction="/en/staff/tickets/tkt_1/note/">Keep</button></form>
<form action="/en/staff/tickets/tkt_1/assign/"><button>Take</button></form>"""


def test_a_draft_outlives_every_button_but_its_own(chromium: Browser) -> None:
    page = chromium.new_context().new_page()
    shown = {"version": "1", "text": ""}

    def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            path = source.ROOT / "src/ringfence/interfaces/console/static/console/tickets.js"
            route.fulfill(body=path.read_text(), content_type="text/javascript")
        else:
            route.fulfill(body=PAGE % (shown["version"], shown["text"]), content_type="text/html")

    def kept() -> list[str]:
        return [page.locator(f"[data-focus={name}]").input_value() for name in ("answer", "note")]

    def press(button: str) -> None:
        with page.expect_navigation():
            page.get_by_text(button).click()

    page.route("**/*", answer)
    page.goto("http://localhost:9/en/staff/tickets/tkt_1/")
    page.locator("[data-focus=answer]").fill("An answer")
    page.locator("[data-focus=note]").fill("A note")
    press("Take")
    assert kept() == ["An answer", "A note"]
    shown["version"] = "2"
    press("Keep")
    assert "kept=yes" in page.url
    assert kept() == ["An answer", ""], "the note was sent"
    shown["text"] = "An answer, refused"
    press("Send")
    assert kept()[0] == "An answer, refused"
    shown |= {"text": "", "version": "3"}
    press("Send")
    assert kept() == ["", ""]
    page.context.close()
