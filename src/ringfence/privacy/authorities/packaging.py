"""The package for an authority: the records of a scope and nothing else, with a list of what is in it.

Each file has the records of one kind about one person or number. Records that a hold of the case has set aside are
among them, since they are gone from their place.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext

from ringfence.privacy.authorities import scope as scopes
from ringfence.privacy.authorities.scope import Scope, Target
from ringfence.privacy.copying import sources, whole
from ringfence.privacy.copying.ahead import Ahead
from ringfence.privacy.copying.sources import Source
from ringfence.privacy.retention import holds
from ringfence.privacy.retention.models import HeldRow, LegalHold
from ringfence.privacy.retention_rules import HoldState

FORMAT: Final = "ringfence-demand-1"
MANIFEST: Final = "manifest.json"
AT_ONCE: Final = 2000
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Order:
    """What a package is made for: the case in words, what was granted, and whom it concerns.

    `cases` are those whose holds may have set something aside. Of `gone`, who were erased, nothing else is there.
    """

    case: str
    authority: str
    reference: str
    legal_basis: str
    scope: Scope
    targets: Sequence[Target]
    cases: Sequence[str] = ()
    gone: frozenset[UUID] = frozenset()


@dataclass(slots=True)
class Package:
    """A package that was made: its content, and how many records it has."""

    content: bytes
    records: int
    manifest: dict[str, Any] = field(default_factory=dict)


def make(order: Order, at: datetime) -> Package:
    """Return the package of an order. Only the fields of its scope are opened."""
    held, files, out = _held_rows(order, at), [], BytesIO()
    ahead = Ahead()
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
            for place, target in enumerate(order.targets, 1):
                for kind, its in _by_kind(order.scope, target):
                    name = f"{place}/{kind}.json"
                    rows = held.get(place, ())
                    if target.person in order.gone:
                        records = _all_set_aside(its, target, order.scope, rows)
                    else:
                        records = _records(its, target, order.scope, rows, ahead)
                    files.append(_write(packed, name, kind, records, at) | {"about": place})
            files = [one for one in files if one["records"]]
            manifest = _manifest(order, files, at)
            packed.writestr(_named(MANIFEST, at), json.dumps(manifest, ensure_ascii=False, indent=1) + "\n")
    finally:
        ahead.close()
    return Package(out.getvalue(), sum(int(one["records"]) for one in files), manifest)


def _by_kind(scope: Scope, target: Target) -> Iterator[tuple[str, list[Source]]]:
    found: dict[str, list[Source]] = {}
    for kind, source in scopes.sources_in(scope, target):
        found.setdefault(kind, []).append(source)
    yield from found.items()


def _records(
    its: Sequence[Source], target: Target, scope: Scope, held: Iterable[HeldRow], ahead: Ahead
) -> Iterator[Record]:
    """Yield the records of some sources about a target, without the ids that we know them by."""
    rows = list(held)
    for source in its:
        after, more = None, True
        while more:
            chunk = source.chunk(target.person, after, AT_ONCE, ahead)
            for record in whole.records(source, chunk):
                yield {name: value for name, value in record.items() if name != "id"}
            after, more = chunk.after, chunk.more
        yield from _set_aside(source, target, scope, rows)


def _all_set_aside(
    its: Sequence[Source], target: Target, scope: Scope, held: Iterable[HeldRow]
) -> Iterator[Record]:
    rows = list(held)
    for source in its:
        yield from _set_aside(source, target, scope, rows)


def whose_is_held(order: Order, at: datetime) -> set[UUID]:
    """Return of whom holds of an order's cases have set something aside."""
    held = _held_rows(order, at)
    return {target.person for place, target in enumerate(order.targets, 1) if held[place]}


def _set_aside(source: Source, target: Target, scope: Scope, rows: Iterable[HeldRow]) -> Iterator[Record]:
    """Yield what holds of the case keep of a source, as far as the scope covers it."""
    for row in rows:
        if row.kind != source.label:
            continue
        content = row.content.open()
        if isinstance(content, dict) and scopes.covers_copy(source.model, content, scope, target):
            yield {
                "kind": source.label,
                **{name: content.get(name) for name in source.names},
                "set_aside": True,
            }


def _held_rows(order: Order, at: datetime) -> dict[int, list[HeldRow]]:
    """Return what holds of the case have set aside, by the place of the target it is about."""
    mine = LegalHold.objects.filter(
        case__in=[*order.cases], state=HoldState.ACTIVE, begins_at__lte=at, until__gt=at
    )
    found: dict[int, list[HeldRow]] = {}
    for place, target in enumerate(order.targets, 1):
        whose = holds.covered_by(target.person, None)
        wanted = Q(hold__in=mine.filter(covers=whose))
        if target.number is not None:
            of_it = mine.filter(covers=holds.covered_by(None, target.number))
            wanted |= Q(hold__in=of_it, whose=whose)
        found[place] = list(HeldRow.objects.filter(wanted).order_by("set_aside_at", "id"))
    return found


def _write(
    packed: zipfile.ZipFile, name: str, kind: str, records: Iterable[Record], at: datetime
) -> dict[str, Any]:
    """Write the file of a kind, record by record, unless there are none; return how it is listed."""
    count, size, digest, file = 0, 0, hashlib.sha256(), None
    for record in records:
        text = json.dumps(record, ensure_ascii=False, default=sources.plain)
        head = f'{{"format": "{FORMAT}", "kind": "{kind}", "records": [\n' if file is None else ",\n"
        file = file or packed.open(_named(name, at), "w")
        content = (head + text).encode()
        file.write(content)
        digest.update(content)
        count, size = count + 1, size + len(content)
    if file is not None:
        file.write(b"\n]}\n")
        digest.update(b"\n]}\n")
        file.close()
        size += 4
    return {"name": name, "records": count, "bytes": size, "digest": digest.hexdigest()}


def _named(name: str, at: datetime) -> zipfile.ZipInfo:
    utc = at.astimezone(UTC)
    made = zipfile.ZipInfo(name, (utc.year, utc.month, utc.day, utc.hour, utc.minute, utc.second))
    made.compress_type = zipfile.ZIP_DEFLATED
    made.external_attr = 0o600 << 16
    return made


def _manifest(order: Order, files: list[dict[str, Any]], at: datetime) -> dict[str, Any]:
    scope = order.scope
    return {
        "format": FORMAT,
        "issuer": settings.COMPANY_NAME or settings.SITE_NAME,
        "made_at": sources.plain(at),
        "case": order.case,
        "authority": order.authority,
        "reference": order.reference,
        "legal_basis": order.legal_basis,
        "scope": {
            "from": sources.plain(scope.since),
            "until": sources.plain(scope.until),
            "fields": sorted(_said(scope), key=lambda one: str(one["name"])),
        },
        "about": [{"place": place, "named": one.named} for place, one in enumerate(order.targets, 1)],
        "files": files,
    }


def _said(scope: Scope) -> Iterator[dict[str, Any]]:
    """Yield what each field is called, and which moment of a record decides whether it lies in the time."""
    for kind in scopes.offered():
        for one in kind.fields:
            if str(one) in scope.fields:
                moment = scopes.moment_of(one.model) or None
                yield {"name": str(one), "label": _in_languages(one.label), "limited_by": moment}


def _in_languages(text: str) -> dict[str, str]:
    said = {}
    for language in ("nb", "en"):
        with translation.override(language):
            said[language] = gettext(text) if text else ""
    return said
