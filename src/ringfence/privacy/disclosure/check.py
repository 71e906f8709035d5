"""The check of clause 2.5: each exit has a recipient, each entry stays within it, and nothing is passed by the door.

The door itself is tried: with a word nobody may get, at each exit of the store, whichever process uses it, and nothing
is sent. Of entries the newest are looked at, by their indexes.
"""

from contextvars import copy_context
from datetime import datetime, timedelta
from importlib import import_module
from secrets import token_hex
from typing import Final

from django.conf import settings
from django.db.models import Sum

from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy import recipients
from ringfence.privacy.disclosure import carried, door
from ringfence.privacy.disclosure.models import Disclosure
from ringfence.privacy.disclosure.onward_models import PassedOn, RefusedExit
from ringfence.privacy.inventory import personal_fields
from ringfence.privacy.keys import keyring
from ringfence.privacy.ledger.models import LedgerLine
from ringfence.privacy.promises.registry import BROKEN, DUE_SOON, KEPT, Finding

NEWEST: Final = 2_000
"""Entries that are held against what their recipients may get;"""
IN_THE_RECORD: Final = 50
"""and those whose line is looked for in the record."""

LOOKED_BACK: Final = timedelta(days=7)
"""For how long something that the door refused is worth a look."""

TRIED_WITH: Final = ("accounts_person", "password")
"""A column that no recipient gets."""

SENTENCE: Final = gettext_noop(
    "Whatever leaves us goes through an exit that lets pass what its recipient gets and nothing else, and what we"
    " decided to hand over is entered where its owner reads it."
)
TEXT: Final = gettext_noop(
    "Exits: %(exits)s. Open to what nobody may get, or with a recipient nobody entered: %(open)s. Entries looked at:"
    " %(entries)s. With data that the recipient may not get: %(beyond)s. Without a line in the record: %(unlined)s."
    " Stopped at an exit in the last %(days)s days: %(refused)s. Recipients that have not answered: %(waiting)s, of"
    " these late: %(late)s."
)


def exits_are_guarded(at: datetime) -> Finding:
    """Clause 2.5: the exits, the newest entries, what the door refused, and recipients that owe an answer."""
    ways = _ways_out()
    rows = list(Disclosure.objects.order_by("-at", "id")[:NEWEST])
    refused = RefusedExit.objects.filter(day__gt=(at - LOOKED_BACK).date()).aggregate(count=Sum("count"))
    waiting = PassedOn.objects.filter(answered_at=None)
    figures = {
        "exits": len(ways),
        "open": sum(_is_open(way) for way in ways),
        "entries": len(rows),
        "beyond": _beyond(rows),
        "unlined": _unlined(rows[:IN_THE_RECORD]),
        "refused": refused["count"] or 0,
        "days": LOOKED_BACK.days,
        "waiting": waiting.count(),
        "late": waiting.filter(due_at__lt=at).count(),
    }
    if any(figures[name] for name in ("open", "beyond", "unlined", "late")):
        return Finding(BROKEN, TEXT, figures)
    return Finding(DUE_SOON if figures["refused"] else KEPT, TEXT, figures)


def _ways_out() -> list[door.Exit]:
    """Return every exit of the store: a module that this process has no use for is read for its own."""
    for module in settings.WAYS_OUT:
        import_module(module)
    return door.exits()


def _is_open(way: door.Exit) -> bool:
    """Tell whether an exit would carry what it may not, or has a recipient or a field that nobody knows."""
    known = {str(one) for one in personal_fields()}
    try:
        if not way.fields() <= known:
            return True
    except KeyError:
        return True
    word = token_hex(12)

    def tried() -> bool:
        carried.forget()
        carried.opened(*TRIED_WITH, word.encode())
        return way.refused(f"before {word} after") is None

    return copy_context().run(tried)


def _beyond(rows: list[Disclosure]) -> int:
    allowed = {one.key: one.may_get() for one in recipients.known()}
    return sum(not set(row.fields) <= allowed.get(row.recipient, frozenset()) for row in rows)


def _unlined(rows: list[Disclosure]) -> int:
    """Return how many entries that are told have no line of their own: each is looked for among its person's."""
    return sum(
        not LedgerLine.objects.filter(
            subject_token=token, facts__recipient=row.recipient, facts__clause=row.clause, at__gte=row.at
        ).exists()
        for row in rows
        if row.quiet_until is None and (token := keyring.token(row.subject)) is not None
    )
