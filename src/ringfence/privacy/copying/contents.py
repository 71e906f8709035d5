"""The two files that say what a copy holds: `index.html` for people, `manifest.json` for machines."""

import json
from datetime import datetime
from html import escape
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext

from ringfence.kernel.public_ids import public_id
from ringfence.kernel.refusal import gettext_noop
from ringfence.privacy.copying import pages, sources, texts, words
from ringfence.privacy.copying.held import WITHHELD, is_withheld
from ringfence.privacy.copying.making import Progress
from ringfence.privacy.copying.sources import Kind, Source
from ringfence.privacy.copying.whole import FORMAT
from ringfence.privacy.copying.words import both

INDEX: Final = "index.html"
MANIFEST: Final = "manifest.json"
HOW: Final = gettext_noop(
    "Begin here; the pages need no connection. The same records stand in the folder data for other programs, and in"
    " the folder tables for a spreadsheet. The file manifest.json lists every file with its length and digest."
)
LEFT_OUT: Final = gettext_noop("What was left out, and why")
NOTHING: Final = gettext_noop("Nothing is stored of")


def withheld(progress: Progress, kinds: list[Kind]) -> list[dict[str, Any]]:
    """Return what was left out, how often, and why."""
    found: list[dict[str, Any]] = []
    for source in [source for kind in kinds for source in kind.sources if isinstance(source, Source)]:
        for one in source.fields:
            if count := progress.withheld[str(one)]:
                is_secret = is_withheld(one) or bool(one.declaration.secrets)
                why = WITHHELD if is_secret else getattr(source.model, "withheld_because", WITHHELD)
                found.append({"what": str(one), "label": one.label, "records": count, "why": why})
    return found


def manifest(subject: UUID, progress: Progress, at: datetime) -> str:
    """Return what a program needs to know of a copy, and to check it by."""
    kinds = sources.kinds()
    content = {
        "format": FORMAT,
        "schema": f"{settings.PUBLIC_ORIGIN}{texts.schema_of('manifest')}",
        "issuer": settings.SITE_NAME,
        "made_at": sources.plain(at),
        "about": public_id("cus", subject),
        "kinds": [
            {
                "name": kind.name,
                "title": _in_languages(kind.title),
                "records": progress.counts[kind.name],
                "stays": _in_languages(kind.stays),
                "schema": f"{settings.PUBLIC_ORIGIN}{texts.schema_of(kind.name)}",
            }
            for kind in kinds
        ],
        "files": [
            {"name": name, "bytes": file.size, "digest": file.digest, "records": file.records}
            for name, file in sorted(progress.files.items())
        ],
        "withheld": [
            {**one, "why": _in_languages(one["why"]), "label": _in_languages(one["label"])}
            for one in withheld(progress, kinds)
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _in_languages(text: str) -> dict[str, str]:
    said = {}
    for language in words.LANGUAGES:
        with translation.override(language):
            said[language] = gettext(text) if text else ""
    return said


def index(subject: UUID, progress: Progress, at: datetime) -> str:
    """Return the first page of a copy."""
    kinds = sources.kinds()
    head = f"<h1>{escape(both(pages.TITLE))}</h1>\n"
    about = pages.facts(
        {
            gettext_noop("From"): settings.SITE_NAME,
            gettext_noop("Made"): pages.moment(at),
            gettext_noop("About"): public_id("cus", subject),
        }
    )
    empty = [both(kind.title) for kind in kinds if not progress.counts[kind.name]]
    none = f"<h2>{escape(both(NOTHING))}</h2>\n<p>{escape('; '.join(empty))}</p>\n" if empty else ""
    body = f"{head}{about}{_paragraphs(HOW)}{_kinds(progress, kinds)}{none}{_left_out(progress, kinds)}"
    return pages.document(both(pages.TITLE), body)


def _paragraphs(text: str) -> str:
    said = _in_languages(text)
    return "".join(f'<p lang="{language}">{escape(words_)}</p>\n' for language, words_ in said.items())


def _kinds(progress: Progress, kinds: list[Kind]) -> str:
    rows = "".join(_kind(kind, progress) for kind in kinds if progress.counts[kind.name])
    head = "".join(
        f'<th scope="col">{escape(both(label))}</th>' for label in (pages.WHAT, pages.RECORDS, FILES)
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"


FILES: Final = gettext_noop("For other programs")
STAYS: Final = gettext_noop("Stays after a deletion:")


def _kind(kind: Kind, progress: Progress) -> str:
    title, first = escape(both(kind.title)), pages.page_of(kind, 1)
    files = [f"data/{kind.name}.json", *(f"tables/{source.label}.csv" for source in kind.sources)]
    links = ", ".join(
        f'<a href="{escape(name)}">{escape(name.rsplit("/", 1)[1])}</a>'
        for name in files
        if name in progress.files
    )
    stays = f"<br>{escape(both(STAYS))} {escape(both(kind.stays))}" if kind.stays else ""
    count = progress.counts[kind.name]
    return f'<tr><td><a href="{first}">{title}</a>{stays}</td><td>{count}</td><td>{links}</td></tr>\n'


def _left_out(progress: Progress, kinds: list[Kind]) -> str:
    reasons: dict[str, list[str]] = {}
    for one in withheld(progress, kinds):
        reasons.setdefault(str(one["why"]), []).append(both(one["label"]))
    body = "".join(
        f"<h3>{escape('; '.join(sorted(set(named))))}</h3>\n{_paragraphs(why)}"
        for why, named in reasons.items()
    )
    return f"<h2>{escape(both(LEFT_OUT))}</h2>\n{body}"
