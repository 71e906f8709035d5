"""What requests need from whoever knows the people: finding them by their address, and writing to them.

The room above installs it when it enters the house.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from ringfence.kernel.actor import Actor

Said = str | int | bool | list[str] | None


class People(Protocol):
    """People with an account, as requests need them. Writing happens in the running action, sending after it."""

    def as_compared(self, address: str) -> str:
        """Return an address as it is compared. Raises Refusal for a malformed one."""

    def customer_at(self, address: str) -> UUID | None:
        """Return the customer whose address this is, or None. Never show a stranger the difference."""

    def country_of(self, person: UUID) -> str:
        """Return the code of a customer's country, empty when they never said."""

    def write(
        self, *, person: UUID, kind: str, facts: Mapping[str, Said], by: Actor, at: datetime
    ) -> UUID | None:
        """Queue a letter to a customer's address on file; None when there is no account any more."""

    def write_to(
        self, *, address: str, language: str, kind: str, facts: Mapping[str, Said], by: Actor, at: datetime
    ) -> UUID:
        """Queue a letter to an address that belongs to nobody we know."""

    def write_to_staff(self, *, kind: str, facts: Mapping[str, Said], by: Actor, at: datetime) -> int:
        """Queue a letter to each member of staff who answers requests; return how many there are."""

    def sent_at(self, letter: UUID) -> datetime | None:
        """Return when the post took a letter, or None when it has not."""

    def given_up(self, letter: UUID) -> bool:
        """Tell whether a letter will never go out: the post refuses it, or it is gone."""

    def take_back(self, *, letter: UUID, by: Actor, at: datetime) -> bool:
        """Remove a letter that has not gone out; False when the post has taken it."""


_people: list[People] = []
_ways: list[Callable[[str, datetime], str]] = []


def install(people: People) -> None:
    """Say who knows the people."""
    _people[:] = [people]


def people() -> People:
    """Return who knows the people. Raises IndexError before anybody was installed."""
    return _people[0]


def install_way(token_for: Callable[[str, datetime], str]) -> None:
    """Say who makes the token by which somebody without an account has what they wrote to us; empty for nothing."""
    _ways[:] = [token_for]


def way_to_what_is_kept(address: str, at: datetime) -> str:
    """Return that token, for a letter to the address and to nobody else; empty where nothing is kept."""
    return next((token for way in _ways if (token := way(address, at))), "")
