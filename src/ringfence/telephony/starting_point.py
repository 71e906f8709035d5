"""What telephony needs of what a node starts from: that it is whole, that it is right, and how to make it so.

It is a part of the port `Switch`.
"""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

if TYPE_CHECKING:
    from ringfence.telephony.ports import PhoneAccount, Route

NUMBER_PARTS: Final = 100
"""What a switch holds is compared and replaced in parts: numbers by their last two digits, 0 to 99,"""
PHONES: Final = 100
"""and all phones."""


class Compared(NamedTuple):
    """What came of comparing a part: entries, how many were wrong, and a number that stands for all of them."""

    entries: int
    differences: int
    digest: int


class SnapshotLost(Exception):
    """What a node starts from is missing, torn or of another format: everything has to be loaded anew."""


class StartingPoint(Protocol):
    """What a node loads when it starts, and what its memory is compared with while it runs."""

    def is_good(self, node: str) -> bool:
        """Whether what the node starts from is whole, of this format, and was once written to its end for this node.

        Every method of the switch that needs it raises `SnapshotLost` when it is found not to be, and
        `SwitchUnavailable` when it can only not be read or written just now; so does this one.
        """

    def is_whole(self) -> bool:
        """The same, for whatever node it was written."""

    def begin(self) -> None:
        """Begin to write anew what the node starts from. Until `finish` it starts from what it had, if that is good."""

    def replace(self, part: int, routes: "Sequence[Route]", *, but: Collection[str] = ()) -> None:
        """Let a part of the numbers, by their last two digits, be exactly this at the next start or comparison.

        Between `begin` and `finish`: in what is written anew. Numbers in `but` stay as they are.
        """

    def replace_phones(self, accounts: "Sequence[PhoneAccount]", *, but: Collection[str] = ()) -> None:
        """Let the phones be exactly these at the next start or comparison. Those in `but` stay as they are."""

    def finish(self, node: str) -> None:
        """Say that everything was written for this node, which starts from it from now on."""

    def versions(self, part: int) -> dict[str, int]:
        """The versions that the node starts from, in a part of the numbers or in the phones."""

    def kept(self, part: int) -> dict[str, str]:
        """The encoded routes, or phones, that the node starts from, in one part."""

    def compare(self, part: int) -> Compared:
        """Compare what the node holds in memory, in one part, with what it starts from, and mend what differs.

        Calls go on meanwhile. Raises `SwitchUnavailable`.
        """
