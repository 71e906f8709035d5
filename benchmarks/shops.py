"""Our shop beside a general one: pages of the catalogue and whole orders, over HTTP, each shop with two workers.

Both are asked by the same number of buyers at once. Ours also calls the payment provider, waits for its webhook and
puts the number into service; the peer takes no payment.
"""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html.parser import HTMLParser
from itertools import count
from typing import Any

import httpx

from benchmarks.ground import Figure, whole_store
from benchmarks.peer import oscar

WORKERS, THREADS, BUYERS = 2, 4, 8
LOOK_SECONDS = 10.0
OUR_ORDERS, THEIR_ORDERS = 64, 16
CARD = "9990000000000011"
EMPTY = "/healthz"


class Forms(HTMLParser):
    """Every form of a page: where it leads, and what it would send as it stands."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take note of a form or of one of its fields."""
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append((said.get("action", ""), {}))
        elif tag == "input" and self.found and said.get("name"):
            is_sent = said.get("type") not in {"radio", "checkbox"} or "checked" in said
            self.found[-1][1].update({said["name"]: said.get("value", "")} if is_sent else {})

    def leading_to(self, part: str) -> tuple[str, dict[str, str]]:
        """Return the form whose address holds a text."""
        return next(form for form in self.found if part in form[0])

    def asking_for(self, field: str) -> dict[str, str]:
        """Return what the form with a field would send."""
        return next(fields for _address, fields in self.found if field in fields)


@contextmanager
def ours() -> Iterator[str]:
    """Run our store with as many workers as the peer's; yield where it answers."""
    sized = {"RINGFENCE_WEB_WORKERS": str(WORKERS), "RINGFENCE_WEB_THREADS": str(THREADS)}
    with whole_store(**sized, RINGFENCE_TRUSTED_PROXIES="127.0.0.1") as store:
        yield store.address


def signed_in(address: str, buyer: int) -> httpx.Client:
    """Sign a demo customer in, from a network address of their own."""
    from ringfence.interfaces.commands.demo import CUSTOMERS, PASSWORD

    email = CUSTOMERS[buyer % len(CUSTOMERS)][0]
    headers = {"X-Forwarded-For": f"192.0.2.{buyer + 1}"}
    client = httpx.Client(
        base_url=address, headers=headers, trust_env=False, timeout=60, follow_redirects=True
    )
    form = Forms(client.get("/en/login/").text).asking_for("password")
    page = client.post("/en/login/", data={**form, "email": email, "password": PASSWORD})
    if "/account/" not in str(page.url):
        raise RuntimeError(f"no way in for {email}: {page.url}")
    return client


def buy(client: httpx.Client, turn: int) -> None:
    """Buy one number: search, number, hold, checkout, the provider's page, and back until it is in service."""
    found = client.get(f"/en/?country=GB&digits={turn:03d}").text
    numbers = re.findall(r'href="(/en/numbers/num_[0-9a-z]+/)', found)
    page = client.get(numbers[turn % len(numbers)])
    action, fields = Forms(page.text).leading_to("/choose/")
    checkout = client.post(action, data=fields)
    action, fields = Forms(checkout.text).leading_to("/pay/")
    hosted = client.post(action, data=fields)
    done = client.post(str(hosted.url), data={"number": CARD})
    for _ in range(300):
        if "/done/" in str(done.url) and "Refresh" not in done.headers:
            break
        time.sleep(0.1)
        done = client.get(str(done.url))
    if "is yours" not in done.text:
        heading = re.findall(r"<h1[^>]*>(.*?)</h1>", done.text, re.DOTALL)
        raise RuntimeError(f"the order did not end well: {done.url} {heading}")


def looks_per_s(address: str, look: Callable[[httpx.Client], Any]) -> float:
    """Return how many pages a second several visitors get."""
    end = time.monotonic() + LOOK_SECONDS

    def visit(_visitor: int) -> int:
        seen = 0
        with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
            while time.monotonic() < end:
                look(client)
                seen += 1
        return seen

    return sum(_at_once(visit, range(BUYERS))) / LOOK_SECONDS


def _at_once(work: Callable[[int], Any], turns: range) -> list[Any]:
    with ThreadPoolExecutor(BUYERS) as pool:
        return list(pool.map(work, turns))


def _per_s(work: Callable[[int], Any], count: int) -> float:
    began = time.perf_counter()
    _at_once(work, range(count))
    return count / (time.perf_counter() - began)


def measure() -> Iterator[Figure]:
    """Yield the figures; the two shops run one after the other."""
    with ours() as address:
        catalogue = looks_per_s(
            address, lambda client: client.get("/en/?country=GB&digits=79").raise_for_status()
        )
        turn = count()
        unlike = looks_per_s(
            address, lambda client: client.get(f"/en/?digits={next(turn) % 1000:03d}").raise_for_status()
        )
        empty = looks_per_s(address, lambda client: client.get(EMPTY).raise_for_status())
        clients = [signed_in(address, buyer) for buyer in range(BUYERS)]
        orders = _per_s(lambda turn: buy(clients[turn % BUYERS], turn), OUR_ORDERS)
    with oscar.running(WORKERS, THREADS) as address:
        theirs = looks_per_s(address, oscar.look)
        their_orders = _per_s(lambda turn: oscar.buy(address, turn), THEIR_ORDERS)
    at_once = f"{BUYERS} at once, {WORKERS} workers of {THREADS} threads"
    how = f"{catalogue:.0f} pages a second of one search, whose page is kept for two seconds; {at_once}"
    floor, beside = catalogue / empty, catalogue / theirs
    yield Figure(
        "search_vs_floor", floor, "x", ">= 0.25", f"an empty page, {empty:.0f}/s", how, floor >= 0.25
    )
    yield Figure(
        "search_unlike_vs_floor",
        unlike / empty,
        "x",
        "-",
        f"an empty page, {empty:.0f}/s",
        f"{unlike:.0f} pages a second, each another search, so that no page kept for strangers helps; {at_once}",
    )
    reference = f"django-oscar with {oscar.PRODUCTS} products, {theirs:.1f}/s"
    yield Figure("search_vs_oscar", beside, "x", ">= 60", reference, how, beside >= 60)
    beside = orders / their_orders
    how = f"{orders:.1f} orders a second, search to service, {OUR_ORDERS} of them; {at_once}"
    reference = f"django-oscar as a guest without payment, {their_orders:.1f}/s"
    yield Figure("orders_vs_oscar", beside, "x", ">= 20", reference, how, beside >= 20)
