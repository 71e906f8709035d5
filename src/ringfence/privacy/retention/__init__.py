"""How long data is kept, how it is let go of, and what a legal hold keeps back (clause 2.8).

The core knows the lengths and nobody's tables. A room that holds data with an end calls `enter` when it enters the
house; from then on its data is let go of every hour, what came of it is noted and shown to staff, and the check of
clause 2.8 counts what stayed. What a legal hold covers goes from its place on time like the rest; a copy is kept aside
until the hold ends (ADR 0024).
"""

from ringfence.privacy.inventory import RetentionClass
from ringfence.privacy.retention.letting_go import let_go
from ringfence.privacy.retention.registry import (
    Backlog,
    Kept,
    Machine,
    Secret,
    backlogs,
    enter,
    enter_backlog,
    enter_machines,
    enter_secret,
    entered,
    kept_until,
    kept_words,
    length,
    machines,
    secrets,
    until_none,
)

__all__ = [
    "Backlog",
    "Kept",
    "Machine",
    "RetentionClass",
    "Secret",
    "backlogs",
    "enter",
    "enter_backlog",
    "enter_machines",
    "enter_secret",
    "entered",
    "kept_until",
    "kept_words",
    "length",
    "let_go",
    "machines",
    "secrets",
    "until_none",
]
