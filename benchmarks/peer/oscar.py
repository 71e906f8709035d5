"""django-oscar, installed and filled in a folder that is thrown away, served as we serve ours, and bought in.

Its search is Whoosh, the one that needs no second service; what it sells needs no shipping and no payment, so that
its checkout is as short as it gets.
"""

import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from benchmarks.ground import free_ports
from benchmarks.peer import place
from ringfence.config.embedded import EmbeddedServer, stop

HERE = Path(__file__).resolve().parent / "shop"
REQUIREMENTS = (
    "django-oscar==4.2.1",
    "sorl-thumbnail",
    "whoosh",
    "granian",
    "psycopg[binary]",
    "setuptools<81",
)
PRODUCTS = 200
PATIENCE_SECONDS = 60
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
PRODUCT = re.compile(r'href="(/catalogue/(?!category/)[\w-]+_\d+/)"')
BASKET = re.compile(r'action="(/basket/add/\d+/)"')


@contextmanager
def running(workers: int, threads: int) -> Iterator[str]:
    """Install, fill and serve the shop; yield where it answers."""
    folder = Path(tempfile.mkdtemp(prefix="ringfence-peer-"))
    folder.chmod(0o755)
    database = EmbeddedServer(folder)
    process = database.start()
    try:
        python = place.installed(folder, REQUIREMENTS)
        environment = place.environment(database, HERE, settings="peer_settings", databases=("peer",))
        environment |= {"PEER_INDEX": str(folder / "index"), "PEER_MEDIA": str(folder / "media")}
        place.run(python, environment, "-m", "django", "migrate", "--verbosity", "0")
        place.run(python, environment, str(HERE / "peer_stock.py"), str(PRODUCTS))
        place.run(python, environment, "-m", "django", "rebuild_index", "--noinput", "--verbosity", "0")
        with _served(python, environment, workers, threads) as address:
            yield address
    finally:
        stop(process)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _served(python: str, environment: dict[str, str], workers: int, threads: int) -> Iterator[str]:
    (port,) = free_ports(1)
    words = ["--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "error", "--port", str(port)]
    sized = ["--workers", str(workers), "--blocking-threads", str(threads), "--host", "127.0.0.1"]
    command = [python, "-m", "granian", *words, *sized, "peer_shop:application"]
    server = subprocess.Popen(command, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while not _answers(address):
            if time.monotonic() > end:
                raise RuntimeError("the peer's shop does not answer")
            time.sleep(0.2)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/catalogue/", trust_env=False, timeout=10).is_success
    except httpx.TransportError:
        return False


def look(client: httpx.Client) -> None:
    """Look at a page of the catalogue."""
    page = client.get("/catalogue/")
    if "results" not in page.raise_for_status().text:
        raise RuntimeError("the peer's catalogue shows nothing")


def buy(address: str, buyer: int) -> None:
    """Buy one product as a guest: catalogue, product, basket, checkout, order."""
    with httpx.Client(base_url=address, trust_env=False, timeout=60) as client:
        product = PRODUCT.findall(client.get("/catalogue/").text)[0]
        page = client.get(product).text
        client.post(BASKET.findall(page)[0], data=_with_token(page, quantity="1"))
        page = client.get("/checkout/", follow_redirects=True).text
        known = {"username": f"buyer{buyer}@example.com", "options": "anonymous"}
        client.post("/checkout/", data=_with_token(page, **known))
        client.get("/checkout/shipping-address/", follow_redirects=True)
        page = client.get("/checkout/preview/").text
        answer = client.post("/checkout/preview/", data=_with_token(page, action="place_order"))
        if not answer.headers.get("location", "").endswith("/checkout/thank-you/"):
            raise RuntimeError(f"the peer took no order: {answer.status_code}")
        client.get("/checkout/thank-you/").raise_for_status()


def _with_token(page: str, **fields: str) -> dict[str, str]:
    return {"csrfmiddlewaretoken": TOKEN.findall(page)[0], **fields}
