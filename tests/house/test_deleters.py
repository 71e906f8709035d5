"""Rows are deleted through the models, where legal holds are respected; what goes past them is named here, with why."""

import re

from tests.house import source

PAST_THE_MODELS = re.compile(
    r"DELETE\s+FROM|TRUNCATE\b|DROP\s+TABLE|SELECT \w*drop_\w*\(|\._raw_delete\(|\.delete_batch\("
)
KNOWN = {
    "accounts/models/entrance.py": "weeks of sign-ins; what a hold covers is set aside by the action before",
    "adapters/payments/rehearsal_provider/mandates.py": "an invented bank",
    "adapters/switch/snapshot.py": "what a node knows; a copy of the routes",
    "config/backups/restoring.py": "rights, not rows",
    "privacy/erasure/queues.py": "jobs, which hold ids and nothing else",
    "privacy/ledger/append.py": "lines that have been taken into the tree",
    "privacy/registered_rows.py": "a deletion, whose first step has set aside what holds cover",
    "telephony/actions/nodes.py": "changes that every node has read",
    "telephony/actions/stock.py": "counts of numbers",
    "telephony/call_days.py": "days of calls; what a hold covers is set aside by the action before",
    "telephony/message_models.py": "days of messages; what a hold covers is set aside by the action before",
}
BY_PARTS = {
    "accounts/actions/sweeping.py": "drop_weeks(",
    "telephony/actions/calls.py": "call_days.drop(",
    "telephony/actions/messages.py": "drop_days(",
}


def sources() -> dict[str, str]:
    """Return the code of the house by its place, without migrations."""
    paths = source.python("src/ringfence")
    return {path.relative_to(source.PACKAGE).as_posix(): path.read_text(encoding="utf-8") for path in paths}


def test_nothing_is_deleted_past_the_models_unnamed() -> None:
    past = {name for name, code in sources().items() if PAST_THE_MODELS.search(code)}
    assert past == KNOWN.keys()


def test_whoever_drops_a_part_of_a_table_sets_aside_before() -> None:
    code = sources()
    drops = {name for name, text in code.items() for words in BY_PARTS.values() if words in text}
    assert {name for name in drops if "/actions/" in name} == BY_PARTS.keys()
    for name, words in BY_PARTS.items():
        before = code[name].rpartition(words)[0]
        assert "set_aside(" in before.rpartition("\n@action")[2], name
