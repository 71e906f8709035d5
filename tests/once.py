"""What parallel workers share is made by the first that needs it."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def once(name: str, make: Callable[[], object]) -> None:
    """Do something once for a run; whoever wants it meanwhile waits. When it fails, the next one tries again."""
    with (Path(os.environ["TEST_RUN_VAR"]) / f"{name}.once").open("ab") as mark:
        fcntl.flock(mark, fcntl.LOCK_EX)
        if not os.fstat(mark.fileno()).st_size:
            make()
            mark.write(b"done")
