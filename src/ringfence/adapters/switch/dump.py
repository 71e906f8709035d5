"""A whole table of a node, which does not fit into one datagram: asked for by its pipe, answered into another."""

import contextlib
import json
import os
import secrets
import select
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ringfence.telephony.ports import SwitchUnavailable

CHUNK = 1 << 18
NO_SUCH_TABLE = "no such"


class NoSuchTable(SwitchUnavailable):
    """The node has no table of that name."""


def dump(run_dir: Path, table: str, *, timeout: float = 5.0) -> dict[str, str]:
    """Return what a table holds in memory: key to value. Raises SwitchUnavailable, and NoSuchTable when there is none.

    A refusal is not an empty table.
    """
    answer = _ask(run_dir, "htable.dump", table, timeout=timeout)
    if "error" in answer:
        reason = str((answer["error"] or {}).get("message", ""))
        message = "The SIP node does not tell what it holds."
        raise NoSuchTable(message) if NO_SUCH_TABLE in reason.lower() else SwitchUnavailable(message)
    slots: list[dict[str, Any]] = answer.get("result") or []
    return {str(item["name"]): str(item["value"]) for slot in slots for item in slot["slot"]}


def _ask(run_dir: Path, method: str, *parameters: str, timeout: float) -> dict[str, Any]:
    reply = run_dir / f"reply-{secrets.token_hex(4)}"
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters, "reply_name": reply.name}
    deadline = time.monotonic() + timeout
    try:
        with _pipe(reply) as answer:
            _send(run_dir / "rpc.fifo", json.dumps(request).encode() + b"\n")
            text = b"".join(_read(answer, deadline))
    except OSError as error:
        message = "The SIP node does not answer."
        raise SwitchUnavailable(message) from error
    try:
        return dict(json.loads(text))
    except ValueError as error:
        message = "The SIP node did not answer to the end."
        raise SwitchUnavailable(message) from error


@contextlib.contextmanager
def _pipe(path: Path) -> Iterator[int]:
    os.mkfifo(path, 0o600)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            yield descriptor
        finally:
            os.close(descriptor)
    finally:
        path.unlink(missing_ok=True)


def _send(pipe: Path, request: bytes) -> None:
    # Nobody listens: an error at once, instead of waiting for somebody who does.
    descriptor = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
    try:
        os.write(descriptor, request)
    finally:
        os.close(descriptor)


def _read(descriptor: int, deadline: float) -> Iterator[bytes]:
    waiting = select.poll()
    waiting.register(descriptor, select.POLLIN)
    while True:
        left = deadline - time.monotonic()
        if left <= 0 or not waiting.poll(left * 1000):
            raise TimeoutError
        part = os.read(descriptor, CHUNK)
        if not part:
            return
        yield part
