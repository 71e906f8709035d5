"""Who is looking at a page, as far as a page shows it."""

from dataclasses import dataclass
from typing import Final, Protocol


class Viewer(Protocol):
    """Who is looking at the page; found at `request.viewer`, whose absence means a stranger."""

    @property
    def signed_in(self) -> bool:
        """Whether a customer or a member of staff is signed in."""

    @property
    def staff(self) -> bool:
        """Whether it is a member of staff."""

    @property
    def label(self) -> str:
        """Their role or name for the header; may be empty."""

    @property
    def time_zone(self) -> str:
        """IANA name of their time zone, or empty when unknown."""


@dataclass(frozen=True)
class Stranger:
    """Somebody who is not signed in."""

    signed_in: bool = False
    staff: bool = False
    label: str = ""
    time_zone: str = ""


STRANGER: Final = Stranger()
