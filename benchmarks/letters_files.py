"""The plainest intake that loses nothing: each letter into a file of its own, and the disk is waited for.

Run as `python -m benchmarks.letters_files PORT FOLDER`; it is what the store's own intake is measured against.
"""

import os
import signal
import sys
from pathlib import Path

from aiosmtpd.controller import Controller


class Files:
    """Writes each letter into a file of its own and waits for the disk."""

    def __init__(self, folder: str) -> None:
        """Write into a folder."""
        self.folder, self.written = folder, 0

    async def handle_DATA(self, _server: object, _session: object, envelope: object) -> str:  # noqa: N802
        """Write one."""
        self.written += 1
        with Path(self.folder, str(self.written)).open("wb") as file:  # noqa: ASYNC230 - the disk is waited for
            file.write(envelope.content)  # type: ignore[attr-defined]
            file.flush()
            os.fsync(file.fileno())
        return "250 OK"


if __name__ == "__main__":
    Controller(Files(sys.argv[2]), hostname="127.0.0.1", port=int(sys.argv[1])).start()
    signal.pause()
