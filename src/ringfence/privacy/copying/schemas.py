"""What the files of a copy look like, for programs: a schema per kind, made of the declarations (clause 7.2)."""

from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import translation
from django.utils.translation import gettext

from ringfence.privacy.copying import held, sources, texts
from ringfence.privacy.copying.sources import OUT, History, Kind, Source
from ringfence.privacy.copying.whole import FORMAT, declared
from ringfence.privacy.inventory import DeclaredField
from ringfence.privacy.sealed import SealedJSON

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
MANIFEST: Final = "manifest"
TEXT: Final = {"type": "string"}
COUNT: Final = {"type": "integer", "minimum": 0}
TYPES: Final[tuple[tuple[type[Any], dict[str, Any]], ...]] = (
    (models.JSONField, {}),
    (models.BooleanField, {"type": "boolean"}),
    (models.IntegerField, {"type": "integer"}),
    (ArrayField, {"type": "array"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
)
WORDS: Final = {"type": "object", "additionalProperties": TEXT}


def schema(name: str) -> dict[str, Any] | None:
    """Return the schema of a kind of data, or of the list of files; None when there is no such kind."""
    if name == MANIFEST:
        return _manifest()
    found = {kind.name: kind for kind in sources.kinds()}.get(name)
    return _kind(found) if found else None


def names() -> list[str]:
    """Return the names of all schemas."""
    return [MANIFEST, *(kind.name for kind in sources.kinds())]


def _head(name: str, title: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "$schema": DIALECT,
        "$id": f"{settings.PUBLIC_ORIGIN}{texts.schema_of(name)}",
        "title": _english(title),
        "type": "object",
        "properties": {"format": {"const": FORMAT}, "schema": TEXT, **properties},
        "required": ["format", "schema", *properties],
    }


def _kind(kind: Kind) -> dict[str, Any]:
    records = [_record(source) for source in kind.sources]
    properties = {
        "name": {"const": kind.name},
        "title": TEXT,
        "stays": TEXT,
        "fields": {"type": "object"},
        "records": {"type": "array", "items": records[0] if len(records) == 1 else {"oneOf": records}},
    }
    return _head(kind.name, kind.title, properties)


def _record(source: Source | History) -> dict[str, Any]:
    if isinstance(source, History):
        columns: dict[str, Any] = dict.fromkeys(source.names, TEXT)
        columns["at"] = {"type": "string", "format": "date-time"}
    else:
        columns = {"kind": {"const": source.label}, "id": TEXT}
        columns |= {field.name: _value(field) for field in source.fields}
    return {
        "type": "object",
        "properties": columns,
        "required": [*columns],
        "additionalProperties": False,
    }


def _value(field: DeclaredField) -> dict[str, Any]:
    """Return what a value looks like. Any may be null, or withheld."""
    about = {
        "title": _english(field.label),
        "description": "; ".join(f"{k}: {v}" for k, v in declared(field).items()),
    }
    if held.is_withheld(field):
        return {**about, "enum": [None, OUT]}
    column = field.model._meta.get_field(field.name)
    kind = _type_of(column.target_field if isinstance(column, models.ForeignKey) else column)
    if "type" not in kind:
        return about
    withheld = ["string"] if hasattr(field.model, "withheld") and kind["type"] != "string" else []
    return {**about, **kind, "type": [kind["type"], *withheld, "null"]}


def _type_of(column: Any) -> dict[str, Any]:
    """Return the type of a column's values; nothing where they may be of any."""
    if isinstance(column, SealedJSON):
        return {}
    for kind, said in TYPES:
        if isinstance(column, kind):
            return said
    return TEXT


def _manifest() -> dict[str, Any]:
    kind = {"name": TEXT, "title": WORDS, "records": COUNT, "stays": WORDS, "schema": TEXT}
    file = {
        "name": TEXT,
        "bytes": COUNT,
        "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        "records": COUNT,
    }
    out = {"what": TEXT, "why": WORDS}
    properties = {
        "issuer": TEXT,
        "made_at": {"type": "string", "format": "date-time"},
        "about": TEXT,
        **{name: _list(of) for name, of in (("kinds", kind), ("files", file), ("withheld", out))},
    }
    return _head(MANIFEST, "The files of a copy, with what was left out and why", properties)


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": {"type": "object", "properties": of, "required": [*of]}}


@lru_cache(maxsize=4096)
def _english(text: str) -> str:
    with translation.override("en"):
        return gettext(text) if text else ""
