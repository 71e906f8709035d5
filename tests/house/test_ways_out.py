"""Nothing opens a connection but what stands behind the door, and each adapter names its exit (clause 2.5)."""

import ast
from functools import cache
from typing import Final

import pytest

from ringfence.config import declared, parts
from tests.house import source

pytestmark = pytest.mark.promise("2.5")
SPEAKS: Final = {
    "aiohttp",
    "ftplib",
    "http.client",
    "httpx",
    "imaplib",
    "requests",
    "smtplib",
    "socket",
    "stripe",
    "telnetlib",
    "urllib.request",
    "urllib3",
    "websockets",
    "xmlrpc.client",
}
"""Modules by which something can be sent to another machine."""

OPENS: Final = {
    "create_connection",
    "create_datagram_endpoint",
    "open_connection",
    "open_unix_connection",
    "urlopen",
    "HTTPConnection",
    "HTTPSConnection",
    "SMTP",
    "SMTP_SSL",
    "socket.socket",
    "httpx.Client",
    "httpx.AsyncClient",
    "httpx.request",
    "httpx.get",
    "httpx.post",
    "httpx.stream",
}
"""Calls that open a connection."""

THE_DOOR: Final = "adapters/door.py"
OTHERS: Final = {
    "config/ground.py": "looks whether a port is free",
    "config/supervisor.py": "asks the store beside it whether it is up",
    "interfaces/ways_in.py": "greets the store's own mail port, and says no more",
    "interfaces/mail/intake.py": "is spoken to",
    "interfaces/page_reading.py": "reads the store's own public pages; it names its exit",
    "privacy/ledger/standalone/ringfence_verify.py": "runs elsewhere, and fetches what is public",
    "privacy/statistics/standalone/ringfence_release.py": "runs elsewhere, and fetches what is public",
    "adapters/payments/rehearsal_provider/__main__.py": "looks whether a port is free",
}
"""Modules beside the door that know how to speak, each with the reason why it may."""

OPENERS: Final = {*OTHERS, THE_DOOR, "adapters/sip_trial/caller.py", "adapters/sip_trial/phone.py"}
"""The only modules that open one; those of a call on trial hand what they send to the door."""


@cache
def _modules() -> list[tuple[str, ast.Module]]:
    """Return the modules that say anything about speaking to others, with what they are called in the package."""
    found = []
    for path in source.python("src"):
        text = path.read_text()
        if any(word in text for word in (*SPEAKS, *OPENS, "EXIT", "Exit(")):
            found.append((str(path.resolve().relative_to(source.PACKAGE.resolve())), ast.parse(text)))
    return found


def spoken(tree: ast.Module) -> set[str]:
    """Return by which modules a module could speak to somebody."""
    found = set()
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or "", *(f"{node.module}.{one.name}" for one in node.names)]
        found |= {
            known for name in names for known in SPEAKS if name == known or name.startswith(f"{known}.")
        }
    return found


def opened(tree: ast.Module) -> set[str]:
    """Return the calls of a module that open a connection past the door."""
    calls = (ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {
        name
        for name in calls
        if not name.startswith("door.") and (name in OPENS or name.rpartition(".")[2] in OPENS)
    }


def exits_of(tree: ast.Module) -> list[str]:
    """Return the names of the exits that a module makes."""
    made = (
        node for node in ast.walk(tree) if isinstance(node, ast.Call) and ast.unparse(node.func) == "Exit"
    )
    return [ast.literal_eval(node.args[0]) for node in made]


def test_only_adapters_know_how_to_speak_to_others() -> None:
    for name, tree in _modules():
        if spoken(tree) and not name.startswith("adapters/"):
            assert name in OTHERS


def test_only_the_door_opens_a_connection() -> None:
    found = {name for name, tree in _modules() if opened(tree)}
    assert found <= OPENERS
    assert THE_DOOR in found


def test_each_module_that_sends_through_the_door_names_its_exit() -> None:
    names = [one for _name, tree in _modules() for one in exits_of(tree)]
    assert len(names) == len(set(names)) > 10
    for name, tree in _modules():
        uses = any(
            isinstance(node, ast.Attribute) and ast.unparse(node.value) == "door" for node in ast.walk(tree)
        )
        if uses and name.startswith("adapters/") and name != THE_DOOR:
            assert exits_of(tree) or any(
                isinstance(node, ast.ImportFrom) and "EXIT" in {one.name for one in node.names}
                for node in ast.walk(tree)
            )


def test_the_check_tries_the_exit_of_every_module() -> None:
    named = {one for adapter in (declared.STRIPE, declared.REHEARSAL) for one in parts.ways_out(adapter)}
    tried = {f"{one.removeprefix('ringfence.').replace('.', '/')}.py" for one in named}
    stripe = {"adapters/payments/stripe_checkout.py"}  # it stands on the connection, which has the exit
    there = {name for name, tree in _modules() if exits_of(tree)}
    assert there - tried == {"adapters/payments/stripe_connection.py"}
    assert tried - there == stripe


@pytest.mark.parametrize(
    "code",
    [
        "import httpx\nhttpx.Client()",
        "from http.client import HTTPSConnection as C\nimport http.client\nhttp.client.HTTPSConnection('x')",
        "import socket\nsocket.create_connection(('x', 1))",
        "import urllib.request as u\nu.urlopen('http://x')",
        "import smtplib\nwith smtplib.SMTP_SSL('x') as s: pass",
    ],
)
def test_the_house_sees_whoever_goes_past_the_door(code: str) -> None:
    assert spoken(ast.parse(code))
    assert opened(ast.parse(code))
