"""The door: every way on which bytes leave this process is an exit, and carries what its recipient may get (2.5).

Values are known by having been opened: whatever this request or task has opened of anybody's may leave only through an
exit whose recipient gets that very field (`privacy.recipients`). Everything else is refused before a byte is sent.
The module needs nothing but Python, so that parts beside the store can stand behind the same door.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from ringfence.privacy.disclosure import carried
from ringfence.privacy.disclosure.forms import Message, pieces, texts_of

if TYPE_CHECKING:
    from ringfence.privacy.inventory import Personal

LEAST: Final = 6
"""Bytes of a text that is looked for; a shorter one is a word of any language by chance."""

LEAST_SHARED: Final = 12
"""The same for a value that is shared by many, such as a number of ours."""


class NotLetOut(RuntimeError):
    """Something was about to leave that its recipient may not get. A defect in the code that wanted to send it."""

    def __init__(self, exit_name: str, field: str) -> None:
        super().__init__(f"{exit_name} may not carry {field}: nothing was sent")
        self.exit_name, self.field = exit_name, field


class Request(Protocol):
    """A request over HTTP that is about to be sent, as `httpx` has it."""

    @property
    def method(self) -> str:
        """The verb."""

    @property
    def url(self) -> object:
        """The whole address."""

    @property
    def headers(self) -> object:
        """Every header."""

    def read(self) -> bytes:
        """Return the body."""


_exits: "dict[str, Exit]" = {}
_on_refusal: list[Callable[[str, str], object]] = []


@dataclass(frozen=True, slots=True)
class Exit:
    """One way out. `to` is the key of its recipient; a machine of our own has none, and gets the fields of `inside`.

    Without either it may carry nothing of anybody's.
    """

    name: str
    to: str = ""
    inside: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        _exits[self.name] = self

    def fields(self) -> frozenset[str]:
        """Return the declared fields that may pass."""
        return self.inside | _fields_of(self.to) if self.to else self.inside

    def check(self, *parts: bytes | str) -> None:
        """Let some bytes pass that are about to be sent, or raise NotLetOut."""
        field = self.refused(*parts)
        if field is not None:
            for tell in _on_refusal:
                tell(self.name, field)
            raise NotLetOut(self.name, field)

    def refused(self, *parts: bytes | str) -> str | None:
        """Return the first field for which some bytes may not pass; None when they may."""
        columns = carried.columns()
        if not columns:
            return None
        allowed = self.fields()
        if all(_declared(*column)[0] in allowed for column in columns):
            return None
        message = Message(*parts)
        known = [(one, *_declared(one.table, one.column)) for one in carried.values()]
        passing = [one.content.lower() for one, name, _said in known if name in allowed]
        for one, name, said in known:
            if name in allowed:
                continue
            for text in _looked_for(one, said):
                if message.carries(text) and not any(text.lower() in whole for whole in passing):
                    return name
        return None

    def check_request(self, request: Request) -> None:
        """Let a request pass, or raise NotLetOut; a client of `httpx` asks this before it sends one."""
        headers = "\n".join(f"{name}: {value}" for name, value in dict(request.headers).items())  # type: ignore[call-overload] # a mapping
        self.check(f"{request.method} {request.url}\n{headers}", request.read())


def exits() -> list[Exit]:
    """Return every exit of this process, by name."""
    return sorted(_exits.values(), key=lambda one: one.name)


def on_refusal(tell: Callable[[str, str], object]) -> None:
    """Set who is told of a refusal: by which exit, and which field."""
    _on_refusal[:] = [tell]


def _looked_for(one: carried.Carried, said: "Personal | None") -> Iterator[bytes]:
    if said is not None and is_everybodys(said):
        return
    least = LEAST_SHARED if said is not None and said.common else LEAST
    for text in texts_of(one.content):
        for piece in pieces(text):
            if len(piece) >= least:
                yield piece


def is_everybodys(said: "Personal") -> bool:
    """Tell whether a field says one of a few things that say nothing of whom, such as a time zone."""
    from ringfence.privacy.inventory import Category

    return bool(said.common) and said.category in {
        Category.CHOICE,
        Category.CREDENTIAL,
        Category.DEVICE,
        Category.CONTACT,
    }


def _declared(table: str, column: str) -> "tuple[str, Personal | None]":
    return _columns().get((table, column), (f"{table}.{column}", None))


@lru_cache(maxsize=1)
def _columns() -> "dict[tuple[str, str], tuple[str, Personal | None]]":
    from ringfence.privacy.inventory import personal_fields

    return {
        (one.model._meta.db_table, str(one.model._meta.get_field(one.name).column)): (  # type: ignore[union-attr] # declared fields are concrete
            str(one),
            one.declaration,
        )
        for one in personal_fields()
    }


def _fields_of(key: str) -> frozenset[str]:
    from ringfence.privacy import recipients

    return recipients.given_to(key)
