"""Customers' phones at a running node: what each may register with, and who is registered.

A node that speaks no TLS has no table of phones: it is told in vain, which is no fault.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from ringfence.adapters.switch import tables
from ringfence.adapters.switch.control import ControlConnection, RemoteError

LOCATION = "location"
NOT_FOUND = frozenset({404, 500})


def tell(control: ControlConnection, phones: Mapping[str, str]) -> None:
    """Let a running node know phones. One that got another password is registered no longer with the one before."""
    for username, value in phones.items():
        with _unless_absent():
            before = control.ask("htable.get", tables.PHONES, username)["item"]["value"]
            if before.partition("|")[0] != value.partition("|")[0]:
                _drop(control, username)
        with _unless_absent():
            control.ask("htable.sets", tables.PHONES, username, value)


def withdraw(control: ControlConnection, usernames: Iterable[str]) -> None:
    """Have a running node forget phones, and who registered as one of them."""
    for username in usernames:
        with _unless_absent():
            control.ask("htable.delete", tables.PHONES, username)
        _drop(control, username)


def registered(control: ControlConnection, usernames: Sequence[str]) -> frozenset[str]:
    """Return which phones a running node can reach now."""
    found = []
    for username in usernames:
        with _unless_absent():
            record = control.ask("ul.lookup", LOCATION, username)
            if record.get("Contacts"):
                found.append(username)
    return frozenset(found)


def _drop(control: ControlConnection, username: str) -> None:
    with _unless_absent():
        control.ask("ul.rm", LOCATION, username)


@contextlib.contextmanager
def _unless_absent() -> Iterator[None]:
    try:
        yield
    except RemoteError as error:
        if error.code not in NOT_FOUND:
            raise
