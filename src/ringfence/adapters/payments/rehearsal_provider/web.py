"""Requests and responses as plain values, and the thin shell that the web server calls."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from granian._granian import RSGIHTTPProtocol as HTTPProtocol
    from granian.rsgi import Scope

log: Final = logging.getLogger("rehearsal")

LARGEST_BODY: Final = 64 * 1024

_ALWAYS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "server": "rehearsal",
    "x-content-type-options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What came in. Header names are in lower case. The body may hold a typed number and is never shown."""

    method: str
    path: str
    query: str = field(default="", repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    def query_value(self, name: str) -> str | None:
        """The first value of a query field, if any."""
        values = parse_qs(self.query).get(name)
        return values[0] if values else None

    def form_value(self, name: str) -> str:
        """The first value of a form field, or nothing."""
        return parse_qs(self.body.decode("utf-8", "replace")).get(name, [""])[0]


@dataclass(frozen=True, slots=True)
class Response:
    """What goes out, besides the headers that every response has."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)

    def header_list(self) -> list[tuple[str, str]]:
        """All headers; a response's own override those that every response has."""
        return list({**_ALWAYS, "content-type": self.content_type, **self.headers}.items())


Answer = Callable[[Request], Response]


def shell(answer: Answer) -> "Callable[[Scope, HTTPProtocol], Awaitable[None]]":
    """The application as the web server calls it.

    A mistake in here is logged by its place, never with the request.
    """

    async def application(scope: "Scope", protocol: "HTTPProtocol") -> None:
        response = await _respond(answer, scope, protocol)
        body = b"" if scope.method == "HEAD" else response.body
        protocol.response_bytes(response.status, response.header_list(), body)

    return application


async def _respond(answer: Answer, scope: "Scope", protocol: "HTTPProtocol") -> Response:
    body = bytearray()
    async for chunk in protocol:
        body += chunk
        if len(body) > LARGEST_BODY:
            return Response(413, b"too large\n")
    headers = {name.lower(): value for name, value in scope.headers.items()}
    method = "GET" if scope.method == "HEAD" else scope.method
    try:
        return answer(Request(method, scope.path, scope.query_string, headers, bytes(body)))
    except Exception as error:  # noqa: BLE001 - the outermost edge, which must not show what came in
        _log_place(error)
        return Response(500, b"something went wrong\n")


def _log_place(error: Exception) -> None:
    """Writes where it happened and of which kind it was; the message could quote what came in."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_name}:{trace.tb_lineno}" if trace else "?"
    log.error("a request failed: %s in %s", type(error).__name__, place)
