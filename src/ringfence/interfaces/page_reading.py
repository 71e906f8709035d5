"""The store reads its own public pages, over HTTP, as any visitor does (clauses 5.2, 7.1 and 7.4).

Every page of the storefront whose address names nothing is read, in both languages; a new page joins by itself. What
a page says is taken from its HTML alone: the words of the policy, the links to others, and the ways around on it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

import httpx
from django.conf import settings
from django.urls import get_resolver, reverse
from django.utils import translation

from ringfence.interfaces import language
from ringfence.interfaces.own_addresses import names_of
from ringfence.kernel.actor import Actor
from ringfence.privacy import policy
from ringfence.privacy.disclosure.door import Exit
from ringfence.privacy.policy import readings
from ringfence.privacy.policy.readings import POLICY_PAGE, Read

EXIT: Final = Exit("page reading")
PATIENCE_SECONDS: Final = 10.0
STOREFRONT: Final = "ringfence.interfaces.storefront.urls"
VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
QUIET: Final = frozenset(
    {"no-referrer", "same-origin", "origin", "strict-origin", "strict-origin-when-cross-origin"}
)
"""Referrer policies under which another site learns no address of ours."""


@dataclass
class Page(HTMLParser):
    """What is looked for in a page, gathered while it is parsed."""

    own_host: str
    words: list[str] = field(default_factory=list)
    version: int | None = None
    lang: str = ""
    ids: set[str] = field(default_factory=set)
    within: set[str] = field(default_factory=set)
    links: list[tuple[str, bool, bool]] = field(default_factory=list)
    styles: list[str] = field(default_factory=list)
    headings: int = 0
    _open: list[tuple[str, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin."""
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element is and where it leads."""
        said = {name: value or "" for name, value in attrs}
        if "id" in said:
            self.ids.add(said["id"])
        if tag == "html":
            self.lang = said.get("lang", "")
        self.headings += tag == "h1"
        if tag == "link" and said.get("rel") == "stylesheet":
            self.styles.append(said.get("href", ""))
        if tag == "a" and "href" in said:
            self._link(said)
        if said.get("data-policy-version", "").isdecimal():
            self.version = int(said["data-policy-version"])
        if tag not in VOID:
            place = None
            if "data-words" in said:
                place = len(self.words)
                self.words.append("")
            self._open.append((tag, place))

    def _link(self, said: Mapping[str, str]) -> None:
        href, rel = said["href"], said.get("rel", "").split()
        if href.startswith("#"):
            self.within.add(href[1:])
            return
        host = urlsplit(href).hostname or ""
        if href.startswith(("http://", "https://", "//")) and host != self.own_host:
            silent = "noreferrer" in rel or said.get("referrerpolicy") == "no-referrer"
            self.links.append((host, "outbound" in said.get("class", "").split(), silent))

    def handle_endtag(self, tag: str) -> None:
        """Leave an element."""
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place][0] == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        """Take in the words of the innermost element that is marked."""
        place = next((place for _tag, place in reversed(self._open) if place is not None), None)
        if place is not None:
            self.words[place] += data


def read_pages(*, by: Actor, at: datetime) -> int:
    """Read every public page and store what they say; return how many were read.

    A page of the policy that answers with anything else than a page shows nothing, and is stored so. Pages of other
    kinds may lead elsewhere.
    """
    read, failed = [], []
    hooks = {"request": [EXIT.check_request]}
    with httpx.Client(
        base_url=settings.READING_ORIGIN, timeout=PATIENCE_SECONDS, event_hooks=hooks
    ) as client:
        printed: dict[str, bool] = {}
        for code, path in public_paths(at):
            try:
                answer = client.get(path, headers={"Accept": "text/html"})
            except httpx.HTTPError:
                failed.append(path)
                continue
            if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                failed.append(path)
            elif _is_page(answer):
                read.append(what_it_says(client, path, code, answer, printed))
            elif POLICY_PAGE.search(path):
                read.append(Read(path=path, language=code))
    readings.note(read=read, failed=failed, by=by, at=at)
    return len(read)


def _is_page(answer: httpx.Response) -> bool:
    is_html = "text/html" in answer.headers.get("content-type", "")
    return answer.status_code == httpx.codes.OK and is_html


def public_paths(at: datetime) -> Iterator[tuple[str, str]]:
    """Yield language and address of each page of the storefront that names nothing, and of the versions that matter."""
    numbers = {found.number for found in (policy.in_force(at), policy.coming(at)) if found}
    for code in language.LANGUAGES:
        with translation.override(code):
            for name in names_of(get_resolver(STOREFRONT), "storefront:"):
                yield code, reverse(name)
            for number in sorted(numbers):
                yield code, reverse("storefront:policy_version", args=[number])


def what_it_says(
    client: httpx.Client, path: str, code: str, answer: httpx.Response, printed: dict[str, bool]
) -> Read:
    """Return what a page says; `printed` remembers which style sheets have a form for paper."""
    page = parsed(answer.text)
    for style in page.styles:
        if style not in printed:
            printed[style] = _has_print(client, style)
    faults = _faults(page, code, prints=any(printed[style] for style in page.styles))
    if answer.headers.get("referrer-policy", "") not in QUIET:
        faults["referrer"] += 1
    shown = [" ".join(words.split()) for words in page.words]
    is_policy = page.version is not None
    return Read(
        path=path,
        language=code,
        version=page.version,
        words=policy.digest_of_words(words for words in shown if words) if is_policy else None,
        outbound=len(page.links),
        hosts=[host for host, _marked, _silent in page.links],
        faults=faults,
    )


def parsed(html: str) -> Page:
    """Return a page as it was parsed."""
    page = Page(urlsplit(settings.PUBLIC_ORIGIN).hostname or "")
    page.feed(html)
    page.close()
    return page


def _faults(page: Page, code: str, *, prints: bool) -> Counter[str]:
    found = {
        "unmarked": sum(not marked for _host, marked, _silent in page.links),
        "referrer": sum(not silent for _host, _marked, silent in page.links),
        "no_top": int("top" not in page.within or "top" not in page.ids),
        "no_language": int(page.lang != code),
        "no_main": int("main" not in page.ids),
        "no_skip": int("main" not in page.within),
        "no_heading": int(page.headings != 1),
        "no_print": int(not prints),
    }
    return Counter({name: count for name, count in found.items() if count})


def _has_print(client: httpx.Client, style: str) -> bool:
    try:
        return "@media print" in client.get(style).text
    except httpx.HTTPError:
        return False
