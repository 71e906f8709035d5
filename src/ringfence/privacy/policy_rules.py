"""Pure decisions about versions of the policy: their states, and how long a change is public first. No Django."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from ringfence.kernel.refusal import Refusal, gettext_noop
from ringfence.privacy.rules import LEAST_NOTICE_DAYS, NOTICE_DAYS


class ChangeKind(StrEnum):
    """What a version changes; `first` is the first one of an installation, which changes nobody's terms."""

    FIRST = gettext_noop("first version")
    MATERIAL = gettext_noop("material change")
    CORRECTION = gettext_noop("correction")


NOTICE: Final[Mapping[ChangeKind, int]] = MappingProxyType(
    {ChangeKind.FIRST: 0, ChangeKind.MATERIAL: NOTICE_DAYS, ChangeKind.CORRECTION: LEAST_NOTICE_DAYS}
)
"""Days each kind is public before it counts; the database refuses less."""


class VersionState(StrEnum):
    """Where a version of the policy stands."""

    DRAFT = gettext_noop("draft")
    PREVIEWED = gettext_noop("previewed")
    PUBLISHED = gettext_noop("published")
    IN_FORCE = gettext_noop("in force")
    REPLACED = gettext_noop("replaced")
    WITHDRAWN = gettext_noop("withdrawn")


VERSION_MOVES: Final[Mapping[VersionState, frozenset[VersionState]]] = MappingProxyType(
    {
        VersionState.DRAFT: frozenset({VersionState.PREVIEWED}),
        VersionState.PREVIEWED: frozenset({VersionState.DRAFT, VersionState.PUBLISHED}),
        VersionState.PUBLISHED: frozenset({VersionState.IN_FORCE, VersionState.WITHDRAWN}),
        VersionState.IN_FORCE: frozenset({VersionState.REPLACED}),
        VersionState.REPLACED: frozenset(),
        VersionState.WITHDRAWN: frozenset(),
    }
)
"""Which state may follow which. After `published` it is the clock that moves, and nobody's hand but a withdrawal."""


def version_state(
    effective_at: datetime, withdrawn_at: datetime | None, *, is_newest_in_force: bool, at: datetime
) -> VersionState:
    """Return the state of a published version at a moment."""
    if withdrawn_at is not None:
        return VersionState.WITHDRAWN
    if is_newest_in_force:
        return VersionState.IN_FORCE
    return VersionState.PUBLISHED if effective_at > at else VersionState.REPLACED


def require_move(state: VersionState, to: VersionState) -> None:
    """Raise Refusal when the table does not allow a move."""
    if to not in VERSION_MOVES[state]:
        raise Refusal(
            "policy_version_stays",
            gettext_noop(
                "This version can no longer be changed in that way. Publish another one that puts it right."
            ),
        )
