"""The control connection to a node: JSON-RPC 2.0, one datagram each way over a local socket."""

import contextlib
import itertools
import json
import secrets
import socket
from collections.abc import Collection, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ringfence.adapters import door
from ringfence.privacy.disclosure.door import Exit
from ringfence.telephony.ports import SwitchUnavailable

EXIT: Final = Exit(
    "node",
    inside=frozenset(
        {
            "telephony.NumberRouting.before",
            "telephony.NumberRouting.hours",
            "telephony.Phone.ha1",
            "telephony.RouteStep.target",
        }
    ),
)
"""What a node of ours knows of a customer: where their numbers ring and when, and how their phones prove themselves."""

DATAGRAM = 131072
"""Bytes to receive; the node sends at most 65,456."""


ON_THEIR_WAY = 8
"""Requests sent before the first answer is read; the kernel queues ten."""


class RemoteError(SwitchUnavailable):
    """The node answered that it could not do what was asked; `code` is its code.

    Who does not know better takes it like no answer: it is told again.
    """

    def __init__(self, method: str, code: int) -> None:
        """Keep the code; the node's own message may quote a value and is dropped."""
        super().__init__(f"{method} was refused with code {code}")
        self.code = code


class ControlConnection:
    """An open connection; a context manager, to be used by one thread."""

    def __init__(self, control: Path, *, timeout: float = 1.0, attempts: int = 3) -> None:
        """Prepare a connection to the socket `control`; `timeout` in seconds for each of `attempts`."""
        self._control = control
        self._timeout = timeout
        self._attempts = attempts
        self._ids = itertools.count(secrets.randbelow(1 << 30))
        self._reply = control.parent / f"reply-{secrets.token_hex(4)}"

    def __enter__(self) -> Self:
        """Open the socket. Raises SwitchUnavailable when the directory is not there."""
        self._socket = door.Socket(EXIT, socket.AF_UNIX, socket.SOCK_DGRAM)
        try:
            self._socket.settimeout(self._timeout)
            self._socket.bind(str(self._reply))
            self._reply.chmod(0o600)
        except OSError as error:
            self._socket.close()
            message = "The directory of the SIP node is not there or cannot be written."
            raise SwitchUnavailable(message) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the socket and remove its name."""
        self._socket.close()
        self._reply.unlink(missing_ok=True)

    def ask(self, method: str, *parameters: str | int) -> Any:
        """Ask, wait, and return the result. Every method used here may be repeated.

        Raises SwitchUnavailable when no answer comes, RemoteError when the answer is a refusal.
        """
        number = next(self._ids)
        data = _request(number, method, parameters)
        failure: OSError | None = None
        for _ in range(self._attempts):
            try:
                self._socket.sendto(data, str(self._control))
                return self._answer(method, number)
            except TimeoutError as error:
                failure = error
            except OSError as error:
                failure = error
                break
        message = "The SIP node does not answer."
        raise SwitchUnavailable(message) from failure

    def ask_all(
        self, method: str, all_parameters: Sequence[tuple[str | int, ...]], *, passed: Collection[int] = ()
    ) -> None:
        """Ask the same with many parameters, several on their way at once; refusals with a code in `passed` are passed.

        Raises like `ask`.
        """
        for start in range(0, len(all_parameters), ON_THEIR_WAY):
            part = all_parameters[start : start + ON_THEIR_WAY]
            missing = self._burst(method, part, passed) if len(part) > 1 else part
            for parameters in missing:
                try:
                    self.ask(method, *parameters)
                except RemoteError as refusal:
                    if refusal.code not in passed:
                        raise

    def _burst(
        self, method: str, part: Sequence[tuple[str | int, ...]], passed: Collection[int]
    ) -> list[tuple[str | int, ...]]:
        """Send requests without waiting; return those that were not answered in time."""
        waiting = {next(self._ids): parameters for parameters in part}
        with contextlib.suppress(OSError):
            for number, parameters in waiting.items():
                self._socket.sendto(_request(number, method, parameters), str(self._control))
            while waiting:
                with contextlib.suppress(ValueError):
                    answer = json.loads(self._socket.recv(DATAGRAM))
                    if waiting.pop(answer.get("id"), None) is not None and "error" in answer:
                        code = int(answer["error"].get("code", 0))
                        if code not in passed:
                            raise RemoteError(method, code)
        return list(waiting.values())

    def _answer(self, method: str, number: int) -> Any:
        while True:
            with contextlib.suppress(ValueError):
                answer = json.loads(self._socket.recv(DATAGRAM))
                # An answer to an earlier attempt may still arrive.
                if answer.get("id") == number:
                    break
        if "error" in answer:
            raise RemoteError(method, int(answer["error"].get("code", 0)))
        return answer.get("result")


def _request(number: int, method: str, parameters: Sequence[str | int]) -> bytes:
    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": list(parameters)}
    return json.dumps(request, ensure_ascii=False).encode()
