"""Spools as a node leaves them: real files, written line by line as the switch writes them."""

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from ringfence.adapters.switch import spool
from ringfence.adapters.switch.node import SipNode
from ringfence.telephony.ports import Outcome, SpooledCall
from tests.world import AT

CALLER = "442079460999"


def spooled(called: str, **changes: object) -> SpooledCall:
    """Return an answered call of ten seconds."""
    values = {
        "call_id": "one@example",
        "caller": f"+{CALLER}",
        "called": called,
        "started_at": AT,
        "answered_at": AT + timedelta(seconds=3),
        "ended_at": AT + timedelta(seconds=13),
        "outcome": Outcome.ANSWERED,
        "node": "edge-1",
    }
    return SpooledCall(**{**values, **changes})  # type: ignore[arg-type]


class Node:
    """A node's folders, and the calls it writes down."""

    def __init__(self, folder: Path, name: str = "edge-1") -> None:
        """Make the folders; the node has just been started, as far as anybody can tell, unless `start` is called."""
        self.node = SipNode(run_dir=folder / "run", spool_dir=folder / "spool", sip_port=25170, name=name)
        self.node.run_dir.mkdir(parents=True)
        self.node.spool_dir.mkdir()
        (self.node.spool_dir / spool.ROTATED).touch()
        self.spool = spool.CallSpool(self.node)

    def start(self) -> None:
        """Be started again: what was under way is forgotten."""
        (self.node.run_dir / "node.pid").write_text("1")

    def answered(self, called: str, at: datetime, *, call: str = "", caller: str = CALLER) -> str:
        """Write that a call was answered, three seconds after it began."""
        call = call or str(uuid.uuid4())
        self._write("answered", f"INVITE|a|b|{self._end(call, caller, called, at, answered=3)}")
        return call

    def ended(
        self, called: str, at: datetime, *, call: str = "", caller: str = CALLER, seconds: int = 10
    ) -> str:
        """Write that an answered call ended."""
        call, began = call or str(uuid.uuid4()), at.timestamp()
        tail = self._end(call, caller, called, at, answered=3)
        self._write("ended", f"{began:.3f}|{began + 3 + seconds:.3f}|{seconds}.000|{tail}")
        return call

    def failed(
        self,
        called: str,
        at: datetime,
        *,
        call: str = "",
        caller: str = CALLER,
        code: int = 480,
        why: str = "-",
        rang: bool = True,
        step: str = "0",
        after: int = 20,
        kind: str = "ended",
    ) -> str:
        """Write that a call was not answered."""
        call, began = call or str(uuid.uuid4()), at.timestamp()
        tail = self._end(call, caller, called, at, failed=after, rang=rang, code=code, step=step, why=why)
        head = f"{began:.3f}|{began + after:.3f}|0.000" if kind == "ended" else "INVITE|a|b"
        self._write(kind, f"{head}|{tail}")
        return call

    def scribble(self, *lines: str, kind: str = "ended") -> None:
        """Write lines that nobody can read."""
        self._write(kind, *lines)

    def _write(self, kind: str, *lines: str) -> None:
        with (self.node.spool_dir / f"{kind}_1.log").open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    def _end(self, call: str, caller: str, called: str, at: datetime, **said: object) -> str:
        began = at.timestamp()
        after = {
            name: began + float(str(said[name])) if name in said else 0 for name in ("answered", "failed")
        }
        columns: Sequence[object] = (
            call,
            caller,
            called.removeprefix("+"),
            f"{began:.6f}",
            f"{after['answered']:.6f}" if after["answered"] else "0",
            f"{after['failed']:.6f}" if after["failed"] else "0",
            int(bool(said.get("rang", True))),
            said.get("code", 200),
            said.get("step", "0"),
            said.get("why", "-"),
            2,
        )
        return "|".join(map(str, columns))
